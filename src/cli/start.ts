// `switchyard start`: the server, from the environment's settings until a signal. Logs go to standard output as JSON
// lines; what a person has to know goes to standard error, where keys do not end up in a log collector's index.
import { Command } from 'commander';
import { type Config, readConfig } from '../config.ts';
import { type RunningServer, startServer } from '../main.ts';
import { createLog } from '../observe/log.ts';
import { sentenceOf } from './fault.ts';
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
  let server: RunningServer | null = null;
  let ending = false;
  const end = async (status: number): Promise<void> => {
    if (ending) return;
    ending = true;
    await server?.stop().catch((error: unknown) => {
      log.error({ error: String(error) }, 'the server did not stop cleanly');
      process.exitCode = 1;
    });
    process.exit(process.exitCode ?? status);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (ending) process.exit(1);
      if (server !== null) log.info({ signal }, 'stopping');
      void end(0);
    });
  }
  const crash = (error: unknown) => {
    log.error({ error: error instanceof Error ? error.stack : String(error) }, 'unexpected error');
    void end(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);

  try {
    server = await startServer(config, log);
    const made = server.embedded ? await makeFirstOrganization(server.context) : null;
    process.stderr.write(welcome(server, config, made));
  } catch (error) {
    const sentence = sentenceOf(error);
    if (sentence === null) return crash(error);
    process.stderr.write(`${sentence}\n`);
    return end(1);
  }
  void server.failed.then((sentence) => {
    log.error({ reason: sentence }, 'the database is gone');
    process.stderr.write(`The bundled Postgres does not run any more: ${sentence}.\n`);
    void end(1);
  });
}
