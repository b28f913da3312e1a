// `switchyard start`: the server, from the environment's settings until a signal. Logs go to standard output as JSON
// lines; what a person has to know goes to standard error, where keys do not end up in a log collector's index.
import { Command } from 'commander';
import { type Config, readConfig } from '../config.ts';
import { startServer } from '../main.ts';
import { createLog } from '../observe/log.ts';
import { sentenceOf } from './fault.ts';
import { onSignal } from './signals.ts';
import { makeFirstOrganization, welcome } from './welcome.ts';

export function startCommand(): Command {
  return new Command('start')
    .description('run the server')
    .addHelpText(
      'after',
      `
Without DATABASE_URL it starts the bundled Postgres in SWITCHYARD_DATA_DIR (./data). The first start
makes an organization and prints its keys, once. Stop it with Ctrl-C or SIGTERM; a second signal ends
it at once.

  PORT=9000 SWITCHYARD_DATA_DIR=/var/lib/switchyard switchyard start`,
    )
    .action(() => run(readConfig(process.env)));
}

async function run(config: Config): Promise<void> {
  const log = createLog({ level: config.logLevel });
  const starting = startServer(config, log);
  let ending = false;
  /** A start under way is waited for: only a whole server can be stopped in an orderly way. */
  const end = async (status: number): Promise<void> => {
    if (ending) return;
    ending = true;
    try {
      const server = await starting.catch(() => null);
      await server?.stop();
    } catch (error) {
      log.error({ error: String(error) }, 'the server did not stop cleanly');
      process.exit(1);
    }
    process.exit(status);
  };
  onSignal((signal) => {
    log.info({ signal }, 'stopping');
    void end(0);
  });
  const crash = (error: unknown) => {
    log.error({ error: error instanceof Error ? error.stack : String(error) }, 'unexpected error');
    void end(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);

  try {
    const server = await starting;
    const made = server.embedded ? await makeFirstOrganization(server.context) : null;
    process.stderr.write(welcome(server, config, made));
    void server.failed.then((sentence) => {
      process.stderr.write(`The bundled Postgres does not run any more: ${sentence}.\n`);
      void end(1);
    });
  } catch (error) {
    const sentence = sentenceOf(error);
    if (sentence === null) return crash(error);
    process.stderr.write(`${sentence}\n`);
    return end(1);
  }
}
