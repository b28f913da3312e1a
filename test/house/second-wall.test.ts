// F19, the second wall (docs/decisions/0020): no statement reads a row of another environment. Postgres plans every
// statement of src/store, and each look at a table that belongs to environments has to be bound to one: to a parameter, or
// to another row whose environment is known. Those that serve all environments at once are listed, each with its reason.
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Statement } from '../../src/store/db.ts';
import { type TestDatabase, testDatabase } from '../database.ts';

const WORKERS = 'a worker takes what is due, of whichever environment; the rows name theirs';
const SWEEPS = 'deletes what is old, by age alone';
const ADMIN = 'for the admin token, which is for all environments';
const SENDERS = 'finds out whose it is: an address or a reference stands for the environment';

const FOR_ALL: Readonly<Record<string, string>> = {
  audit_verify: ADMIN,
  backlog_measure: 'counts what waits, for the metrics of the whole server',
  mismatches_find: ADMIN,
  mismatches_list: ADMIN,
  mismatches_resolve: ADMIN,
  unresolved_list: ADMIN,
  conflicts_claim: WORKERS,
  due_attempts: WORKERS,
  due_hasten: WORKERS,
  due_operations: WORKERS,
  due_payments: WORKERS,
  due_orphans: WORKERS,
  inbound_claim: WORKERS,
  inbound_strays: WORKERS,
  ingestions_claim: WORKERS,
  deliveries_sweep: SWEEPS,
  due_sweep_keys: SWEEPS,
  gone_connections_forget: SWEEPS,
  inbound_forget_forged: SWEEPS,
  script_runs_forget: SWEEPS,
  connxt_environments_by_token: SENDERS,
  inbound_addressed: SENDERS,
  inbound_owners: SENDERS,
  payments_environment: SENDERS,
};

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await testDatabase();
  client = new pg.Client(database.connectionString);
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await database?.close();
});

function statements(): Statement[] {
  const program = resolve(import.meta.dirname, 'list-statements.ts');
  const options = { encoding: 'utf8', maxBuffer: 2 ** 26 } as const;
  const printed = execFileSync(process.execPath, [program], options);
  return JSON.parse(printed);
}

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Alias?: string;
  readonly Plans?: readonly Plan[];
}

const nodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)];

/** What has to hold for a row, each by itself: of `((a) AND ((b) OR (c)))` only `a` and `(b) OR (c)`. */
function demands(condition: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const piece of condition.split(/([()]| AND )/)) {
    if (piece === ' AND ' && depth === 0) {
      parts.push('');
      continue;
    }
    depth += Number(piece === '(') - Number(piece === ')');
    parts[parts.length - 1] += piece;
  }
  const [whole = ''] = parts;
  const isWrapped = parts.length === 1 && /^\(.*\)$/s.test(whole) && isPair(whole);
  return isWrapped ? demands(whole.slice(1, -1)) : parts;
}

/** Whether its first and last parentheses belong together. */
function isPair(text: string): boolean {
  let depth = 0;
  return [...text].every((one, at) => {
    depth += Number(one === '(') - Number(one === ')');
    return depth > 0 || at === text.length - 1;
  });
}

/** Looks at tables of environments that no condition binds to one, as `alias of table`. */
function unbound(plan: Plan, owned: ReadonlySet<string>): string[] {
  const all = nodes(plan);
  const conditions = all
    .flatMap((node) => Object.entries(node))
    .filter(([name]) => /Cond|Filter/.test(name))
    .flatMap(([, condition]) => demands(String(condition)));
  return all
    .filter((node) => node['Node Type'] !== 'ModifyTable' && owned.has(node['Relation Name'] ?? ''))
    .filter(({ Alias }) => {
      const bound = new RegExp(`\\b${Alias}\\.environment_id = |= ${Alias}\\.environment_id\\b`);
      return !conditions.some((one) => !one.includes(' OR ') && bound.test(one));
    })
    .map((node) => `${node.Alias} of ${node['Relation Name']}`);
}

async function ownedTables(): Promise<Set<string>> {
  const { rows } = await client.query(`SELECT table_name FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name = 'environment_id'`);
  return new Set(rows.map((row) => row.table_name));
}

async function planOf(text: string): Promise<Plan> {
  const { rows } = await client.query(`EXPLAIN (GENERIC_PLAN, VERBOSE, FORMAT JSON) ${text}`);
  return rows[0]['QUERY PLAN'][0].Plan;
}

it('binds every look at a table of environments to one environment', async () => {
  const owned = await ownedTables();
  const all = statements();
  expect(all.length).toBeGreaterThan(150);
  const open = new Map<string, string[]>();
  for (const { name, text } of all) {
    const looks = unbound(await planOf(text), owned);
    if (looks.length > 0) open.set(name, looks);
  }
  expect([...open.keys()].toSorted(), JSON.stringify([...open])).toEqual(
    Object.keys(FOR_ALL).toSorted(),
  );
});

it.each([
  ['SELECT id FROM payments WHERE id = $1', ['payments of payments']],
  ['SELECT id FROM payments WHERE environment_id = $1 AND id = $2', []],
  [
    'SELECT a.id FROM payments p JOIN attempts a ON a.payment_id = p.id WHERE p.environment_id = $1',
    ['a of attempts'],
  ],
  [
    'SELECT id FROM payments WHERE ($1::text IS NULL OR environment_id = $1) AND id = $2',
    ['payments of payments'],
  ],
])('sees through %s', async (text, looks) => {
  expect(unbound(await planOf(text), await ownedTables())).toEqual(looks);
});
