// The ledger: payments recorded a second against what Postgres can do with the same rows, the room that one takes, and
// pages and filters of a million, at the start and deep, beside the same statement asked of Postgres directly.
import { dirname } from 'node:path';
import { type Db, openDb } from '../src/store/db.ts';
import { listLedger } from '../src/store/ledger.ts';
import type { Condition, PageRequest } from '../src/store/pages.ts';
import { chooseControl } from './control/pgbench.ts';
import { recordedScript } from './control/statements.ts';
import { type Finding, finding } from './report.ts';
import type { Stand } from './stand.ts';
import { median, timed } from './statistics.ts';

const CLIENTS = [1, 16, 64];
const PAGE_SIZE = 15;

export async function benchFormance(stand: Stand, quick: boolean): Promise<Finding[]> {
  const creates = await benchRecording(stand, quick);
  const db = openDb({ connection: stand.connection, maxConnections: 1 });
  try {
    await stand.clear();
    return [...creates, ...(await benchPages(stand, db, quick))];
  } finally {
    await db.close();
    await stand.clear();
  }
}

async function benchRecording(stand: Stand, quick: boolean): Promise<Finding[]> {
  const [rounds, warmUpMs, measureMs] = quick ? [1, 500, 2_000] : [5, 1_500, 6_000];
  const load = { ledger: stand.ledger, get: null, ratePerS: null, warmUpMs, measureMs };
  await stand.load({ ...load, clients: 16 });
  const control = await chooseControl({
    script: await recordedScript(stand.database, await newestPayment(stand)),
    connection: stand.connection,
    dir: dirname(stand.dataDir),
  });
  const findings: Finding[] = [];
  for (const clients of CLIENTS) {
    const [ours, theirs]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      await stand.clear();
      const { samples, measuredMs } = await stand.load({ ...load, clients });
      ours.push((samples.length * 1000) / measuredMs);
      await stand.clear();
      theirs.push(await control.run(clients, measureMs));
    }
    const what = `recorded, ${clients} client${clients === 1 ? '' : 's'}`;
    const measured = { part: 'formance', what, value: median(ours), unit: '/s' };
    const beside = { name: control.name, value: median(theirs) };
    const aim = clients === 64 ? ({ of: 'ratio', atLeast: 0.5 } as const) : undefined;
    findings.push(finding({ ...measured, control: beside }, aim));
  }
  return findings;
}

async function newestPayment({ database }: Stand): Promise<string> {
  const { rows } = await database.query<{ id: string }>('SELECT id FROM payments LIMIT 1');
  const [row] = rows;
  if (!row) throw new Error('no payment was recorded');
  return row.id;
}

interface Question {
  readonly what: string;
  readonly query: object | null;
  readonly filter: Condition | null;
}

const match = (field: string, value: string, key: string | null = null) => ({
  query: { $match: { [key === null ? field : `${field}[${key}]`]: value } },
  filter: { op: 'match', field, key, value } as const,
});

const QUESTIONS: readonly Question[] = [
  { what: 'all', query: null, filter: null },
  { what: 'status=SUCCEEDED', ...match('status', 'SUCCEEDED') },
  { what: 'status=DISPUTE, rare', ...match('status', 'DISPUTE') },
  { what: 'status=EXPIRED, none', ...match('status', 'EXPIRED') },
  { what: 'one reference', ...match('reference', 'order-4711') },
  { what: 'no such reference', ...match('reference', 'none') },
  { what: 'metadata of half', ...match('metadata', 'web', 'channel') },
  { what: 'metadata of few', ...match('metadata', 'c-7', 'customer') },
  { what: 'metadata of none', ...match('metadata', 'none', 'channel') },
];

async function benchPages(stand: Stand, db: Db, quick: boolean): Promise<Finding[]> {
  const [count, deep, times] = quick ? [100_000, 10_000, 10] : [1_000_000, 100_000, 40];
  const bytes = await seed(stand, count);
  const findings = [
    finding(
      { part: 'formance', what: 'room of a recorded payment', value: bytes, unit: 'B' },
      { of: 'measured', atMost: 2048 },
    ),
  ];
  for (const { what, query, filter } of QUESTIONS) {
    for (const skipped of [0, deep]) {
      const place = await placeAfter(stand, db, query, filter, skipped);
      if (place === null) continue; // there are not so many
      const direct = () => listLedger(db, stand.environmentId, place.page);
      const ours = await throughHttp(stand, place.path, times);
      const theirs = await timed(times, direct);
      findings.push(
        finding(
          {
            part: 'formance',
            what: `${what}, after ${skipped}, p50`,
            unit: 'ms',
            value: ours,
            control: { name: 'the same statement, directly', value: theirs },
          },
          { of: 'measured', atMost: 20 },
        ),
      );
    }
  }
  return findings;
}

/** The page after so many, for HTTP and for the database; null when the list ends before. */
async function placeAfter(
  stand: Stand,
  db: Db,
  query: object | null,
  filter: Condition | null,
  skipped: number,
): Promise<{ readonly path: string; readonly page: PageRequest } | null> {
  const order = [
    { field: 'created_at', descending: true },
    { field: 'attempt_id', descending: true },
  ];
  const asked = new URLSearchParams(query === null ? {} : { query: JSON.stringify(query) });
  const page: PageRequest = { limit: PAGE_SIZE + 1, filter, order, after: null };
  if (skipped === 0) return { path: `/api/payments/payments?${asked}`, page };
  asked.set('pageSize', '100');
  let cursor: string | undefined;
  for (let seen = 0; seen < skipped; seen += 100) {
    const words = cursor === undefined ? asked : new URLSearchParams({ cursor });
    const reply = await fetch(`${stand.url}/api/payments/payments?${words}`, {
      headers: { authorization: `Bearer ${stand.ledger.token}` },
    });
    const answer = (await reply.json()) as { cursor: { next?: string } };
    cursor = answer.cursor.next;
    if (cursor === undefined) return null;
  }
  const last = await listLedger(db, stand.environmentId, { ...page, limit: 1 });
  const after = last[0]?.position ?? null;
  return { path: `/api/payments/payments?cursor=${cursor}`, page: { ...page, limit: 101, after } };
}

async function throughHttp(stand: Stand, path: string, times: number): Promise<number> {
  const { samples } = await stand.load({
    ledger: stand.ledger,
    get: [path],
    count: times,
    clients: 1,
    ratePerS: null,
    warmUpMs: 0,
    measureMs: 60_000,
  });
  return median(samples.map(({ ms }) => ms));
}

const TABLES = ['payments', 'attempts', 'events'] as const;

/** A recorded payment of the server's, `count` times over the last 90 days. Answers the bytes that one takes. */
async function seed({ database, load, ledger }: Stand, count: number): Promise<number> {
  const once = { count: 1, clients: 1, ratePerS: null, warmUpMs: 0, measureMs: 5_000 };
  await load({ ledger, get: null, ...once });
  await database.query('BEGIN'); // now() is the same in all of it
  for (const table of TABLES) {
    const { rows } = await database.query<{ column_name: string }>(COLUMNS, [table]);
    const names = rows.map(({ column_name: name }) => name).filter((name) => name !== 'sequence');
    const values = names.map(
      (name) => CHANGED[`${table}.${name}`] ?? CHANGED[name] ?? `sample.${name}`,
    );
    await database.query(
      `INSERT INTO ${table} (${names.join(', ')}) SELECT ${values.join(', ')}
       FROM (SELECT * FROM ${table} LIMIT 1) sample, ${GIVEN}`,
      [count],
    );
  }
  await database.query('COMMIT');
  for (const table of TABLES) await database.query(`VACUUM (ANALYZE) ${table}`);
  const sizes = TABLES.map((table) => `pg_total_relation_size('${table}')`).join(' + ');
  const { rows } = await database.query<{ bytes: string }>(`SELECT ${sizes} AS bytes`);
  await database.query(LABEL);
  await database.query('VACUUM (ANALYZE) payments');
  return Number(rows[0]?.bytes) / count;
}

const COLUMNS = `SELECT column_name FROM information_schema.columns WHERE table_name = $1 ORDER BY ordinal_position`;

const idOf = (prefix: string) =>
  `'${prefix}_' || lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || substr(md5(n::text), 1, 20)`;

/** What differs between the payments; everything else is the sample's. */
const CHANGED: Readonly<Record<string, string>> = {
  'payments.id': idOf('pay'),
  'attempts.id': idOf('att'),
  'events.id': idOf('evt'),
  payment_id: idOf('pay'),
  reference: `'order-' || n`,
  ledger_status: `CASE WHEN n % 20000 = 7 THEN 'DISPUTE' WHEN n % 5 = 0 THEN 'FAILED' ELSE 'SUCCEEDED' END`,
  'attempts.created_at': 'at',
  'payments.created_at': 'at',
};

/** Metadata for every second, after the room was measured: most recorded payments have none. */
const LABEL = `
UPDATE payments SET metadata = jsonb_build_object('channel', 'web', 'customer', 'c-' || n % 10000)
FROM (SELECT id, substr(reference, 7)::int AS n FROM payments WHERE reference LIKE 'order-%') numbered
WHERE numbered.id = payments.id AND n % 2 = 0`;

const GIVEN = `(
  SELECT n, now() - interval '90 days' * (1 - n::float8 / ($1::int + 1)) AS at
  FROM generate_series(1, $1::int) n
) given`;
