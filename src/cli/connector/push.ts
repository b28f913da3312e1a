// `switchyard connector push`, `versions` and `rollback`: the life of a connector on a server.
import { resolve } from 'node:path';
import { CommandError } from '../fault.ts';
import { table } from '../table.ts';
import { readFolder } from './folder.ts';
import { type AdminApi, adminApi, type ServerOptions } from './server.ts';
import { testFolder } from './test.ts';

interface Definition {
  readonly id: string;
  readonly flowTargetId: string;
  readonly description: string;
  readonly publishedNumber?: number | null;
}

interface Version {
  readonly number: number;
  readonly status: string;
  readonly sha256: string | null;
  readonly createdAt: string;
}

interface Target {
  readonly id: string;
  readonly code: string;
  readonly name: string;
}

/** Tests, then a draft of each action, checked and published. The same once more changes nothing. */
export async function pushConnector(
  dir: string | undefined,
  options: ServerOptions & { readonly tests: boolean },
): Promise<void> {
  const folder = readFolder(resolve(dir ?? '.'));
  const { connector, scripts } = folder;
  if (options.tests && (await testFolder(folder)) > 0)
    throw new CommandError('Nothing was pushed: its own tests fail.');
  const api = adminApi(options);
  await api('POST', '/script-connectors', { connector, scripts });
  process.stdout.write(`${connector.name} is published.\n\n${await listing(api, connector.key)}\n`);
}

export async function listVersions(key: string, options: ServerOptions): Promise<void> {
  process.stdout.write(`${await listing(adminApi(options), key)}\n`);
}

/** New transactions run the version before the current one, or the one that is named. */
export async function rollBack(
  key: string,
  action: string,
  options: ServerOptions & { readonly to?: number },
): Promise<void> {
  const api = adminApi(options);
  const definitions = await definitionsOf(api, key);
  const found = definitions.find(({ description }) => actionOf(description) === action);
  if (!found) throw new CommandError(`${key} has no ${action}.`);
  const body = options.to === undefined ? {} : { number: options.to };
  const { number } = await api<Version>('POST', `/flow-definitions/${found.id}/rollback`, body);
  process.stdout.write(`${action} of ${key} runs version ${number} from now on.\n`);
}

async function listing(api: AdminApi, key: string): Promise<string> {
  const definitions = await definitionsOf(api, key);
  const rows = await Promise.all(
    definitions.map(async ({ id, description }) => {
      const path = `/flow-definitions/${id}/versions`;
      const { versions } = await api<{ versions: readonly Version[] }>('GET', path);
      return versions.map(({ number, status, sha256, createdAt }) => [
        actionOf(description),
        String(number),
        status,
        sha256?.slice(0, 12) ?? '',
        createdAt,
      ]);
    }),
  );
  return table(['action', 'version', 'status', 'sha256', 'made'], rows.flat());
}

async function definitionsOf(api: AdminApi, key: string): Promise<readonly Definition[]> {
  const { flowTargets } = await api<{ flowTargets: readonly Target[] }>('GET', '/flow-targets');
  const target = flowTargets.find(({ code }) => code === key);
  if (!target) throw new CommandError(`The server has no connector ${key}.`);
  const all = await api<{ flowDefinitions: readonly Definition[] }>('GET', '/flow-definitions');
  return all.flowDefinitions.filter(({ flowTargetId }) => flowTargetId === target.id);
}

/** `SYS-PSP-DEPOSIT-PAYMAXIS` -> `DEPOSIT`. */
function actionOf(description: string): string {
  return description.split('-')[2] ?? description;
}
