// `switchyard keys list`.
import { readConfig } from '../config.ts';
import type { Context } from '../flows/context.ts';
import { listKeys as listKeysOf } from '../store/api-keys.ts';
import { listOrganizations } from '../store/organizations.ts';
import { table } from './table.ts';
import { withContext } from './with-context.ts';

const HEAD = ['organization', 'name', 'mode', 'key', 'for', 'last used', 'state'];
const PAGE = 200;

export async function listKeys(): Promise<void> {
  const rows = await withContext(readConfig(process.env), readRows);
  process.stdout.write(`${table(HEAD, rows)}\n`);
}

async function readRows({ db }: Context): Promise<string[][]> {
  const rows: string[][] = [];
  for (let offset = 0; ; offset += PAGE) {
    const { organizations } = await listOrganizations(db, { limit: PAGE, offset });
    for (const { id, name, environments } of organizations) {
      for (const environment of environments) {
        for (const key of await listKeysOf(db, environment.id, PAGE)) {
          const used = key.lastUsedAt === null ? 'never' : new Date(key.lastUsedAt).toISOString();
          const state = key.revokedAt === null ? 'active' : 'revoked';
          rows.push([id, name, environment.mode, key.id, key.name, used, state]);
        }
      }
    }
    if (organizations.length < PAGE) return rows;
  }
}
