// The control for starting: a process that starts the bundled Postgres on a data directory, and nothing else.
import { startEmbedded } from '../../src/store/embedded/start.ts';

export type BareOrder = 'stop';
export type BareWord = 'ready' | 'stopped';

const [, , dataDir = ''] = process.argv;
const postgres = await startEmbedded({ dataDir, log: () => {} });
const stop = async () => {
  await postgres.stop();
  if (process.connected) process.send?.('stopped' satisfies BareWord);
};
process.on('message', () => void stop());
process.on('disconnect', () => void stop().finally(() => process.exit()));
process.send?.('ready' satisfies BareWord);
