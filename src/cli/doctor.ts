// `switchyard doctor`: looks at everything an installation needs, changes nothing, and says what is wrong.
import { Command } from 'commander';
import { type Config, httpAddress, readConfig } from '../config.ts';
import type { Context } from '../flows/context.ts';
import { checkConnections } from './doctor-connections.ts';
import { checkClock, checkDisk, checkPostgres, checkSecrets } from './doctor-database.ts';
import { sentenceOf } from './fault.ts';
import { table } from './table.ts';
import { withContext } from './with-context.ts';

export interface Finding {
  readonly what: string;
  /** `note`: worth knowing, nothing to repair. */
  readonly state: 'ok' | 'note' | 'wrong';
  readonly detail: string;
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check settings, database, clock, keys and PSPs; exit 1 when something is wrong')
    .addHelpText(
      'after',
      `
Reads the settings of the environment it runs in: run it as the server runs, beside it or instead of
it. It changes nothing. Each connection's PSP is asked one question that moves no money.`,
    )
    .action(async () => {
      const findings = await examine(process.env);
      const rows = findings.map(({ what, state, detail }) => [what, state, detail]);
      process.stdout.write(`${table(['what', 'state', ''], rows)}\n`);
      process.exitCode = findings.some(({ state }) => state === 'wrong') ? 1 : 0;
    });
}

type Env = Readonly<Record<string, string | undefined>>;

export async function examine(env: Env): Promise<Finding[]> {
  let config: Config;
  try {
    config = readConfig(env);
  } catch (error) {
    return [{ what: 'settings', state: 'wrong', detail: told(error) }];
  }
  const server = await checkServer(config);
  const findings = [checkSettings(config), server];
  try {
    const parts = await withContext(config, (context) =>
      examineDatabase(config, context, server.state === 'ok'),
    );
    return [...findings, ...parts];
  } catch (error) {
    return [...findings, { what: 'database', state: 'wrong', detail: told(error) }];
  }
}

async function examineDatabase(config: Config, context: Context, running: boolean) {
  return [
    await checkPostgres(context.db, config),
    await checkDisk(context.db, config),
    await checkClock(context),
    ...(await checkSecrets(context)),
    ...(await checkConnections(context, running)),
  ];
}

function checkSettings(config: Config): Finding {
  const database = config.databaseUrl === null ? `bundled, in ${config.dataDir}` : 'DATABASE_URL';
  const detail = `database: ${database}; sandbox: ${config.sandbox}; roles: ${[...config.roles]}`;
  return { what: 'settings', state: 'ok', detail };
}

async function checkServer(config: Config): Promise<Finding> {
  const url = httpAddress(config.host, config.port);
  const what = 'server';
  try {
    const reply = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(3_000) });
    if (reply.status === 200) return { what, state: 'ok', detail: `ready at ${url}` };
    const { status: reason } = (await reply.json()) as { status: string };
    return { what, state: 'wrong', detail: `${url}/readyz answers ${reply.status}: ${reason}` };
  } catch {
    return { what, state: 'note', detail: `nothing answers at ${url}` };
  }
}

function told(error: unknown): string {
  return sentenceOf(error) ?? String(error);
}
