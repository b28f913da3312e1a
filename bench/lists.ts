// Pages of a million payments through HTTP, at the start and 100,000 payments deep, beside the same statement asked of
// Postgres directly. The payments are written by SQL into the real table, in the shape of one that the server made.
import { openDb } from '../src/store/db.ts';
import { listPayments, type PaymentFilter } from '../src/store/payment-lists.ts';
import { type Finding, finding } from './report.ts';
import type { Stand } from './stand.ts';
import { median, timed } from './statistics.ts';

/** The customer of every eighth payment: a shop's guest account. */
const GUEST = 'cus_guest';

interface Question {
  readonly what: string;
  readonly filter: PaymentFilter;
  /** No index leads there: measured to be known, without an aim. */
  readonly unaided?: true;
}

const QUESTIONS: readonly Question[] = [
  { what: 'all', filter: {} },
  { what: 'status=succeeded', filter: { status: 'succeeded' } },
  { what: 'status=failed', filter: { status: 'failed' } },
  { what: 'one busy customer', filter: { customer_id: GUEST } },
  { what: 'one customer', filter: { customer_id: 'cus_1' } },
  { what: 'provider=stripe', filter: { provider: 'stripe' }, unaided: true },
  { what: 'currency=KES, rare', filter: { currency: 'KES' }, unaided: true },
];
const LIMIT = 50;

export async function benchLists(stand: Stand, quick: boolean): Promise<Finding[]> {
  const [payments, deep, rounds, times] = quick
    ? [100_000, 10_000, 3, 10]
    : [1_000_000, 100_000, 5, 20];
  await stand.clear();
  await seed(stand, payments);
  const db = openDb({ connection: stand.connection, maxConnections: 1 });
  const findings: Finding[] = [];
  try {
    for (const { what, filter, unaided } of QUESTIONS) {
      for (const offset of [0, deep]) {
        const ask = () => listPayments(db, stand.environmentId, filter, { limit: LIMIT, offset });
        const found = (await ask()).length;
        if (offset > 0 && found === 0) continue; // there are not so many
        const [ours, theirs]: [number[], number[]] = [[], []];
        for (let round = 0; round < rounds; round += 1) {
          ours.push(await throughHttp(stand, filter, offset, times));
          theirs.push(await timed(times, ask));
        }
        const name = 'the same statement, directly';
        findings.push(
          finding(
            {
              part: 'lists',
              what: `${what}, offset ${offset}, p50`,
              unit: 'ms',
              value: median(ours),
              control: {
                name,
                value: median(theirs),
              },
            },
            unaided ? undefined : { of: 'measured', atMost: 20 },
          ),
        );
      }
    }
  } finally {
    await db.close();
    await stand.clear();
  }
  return findings;
}

async function throughHttp(
  stand: Stand,
  filter: PaymentFilter,
  offset: number,
  times: number,
): Promise<number> {
  const words = Object.entries(filter).map(([name, value]): [string, string] => [name, `${value}`]);
  const query = new URLSearchParams([...words, ['limit', `${LIMIT}`], ['offset', `${offset}`]]);
  const { samples } = await stand.load({
    get: [`/v1/payments?${query}`],
    count: times,
    clients: 1,
    ratePerS: null,
    warmUpMs: 0,
    measureMs: 60_000,
  });
  return median(samples.map(({ ms }) => ms));
}

/**
 * A payment of the server's, `count` times over the last 90 days: four in five succeeded, a few thousand customers of
 * whom a few buy often, amounts from small to large, two PSPs, one rare currency.
 */
async function seed({ database, load, setPsp }: Stand, count: number): Promise<void> {
  await setPsp({ delayMs: 0 });
  await load({
    get: null,
    count: 1,
    clients: 1,
    ratePerS: null,
    warmUpMs: 0,
    measureMs: 5_000,
  });
  const { rows } = await database.query<{ column_name: string }>(COLUMNS);
  const values = rows.map(({ column_name: column }) => CHANGED[column] ?? `sample.${column}`);
  await database.query(`INSERT INTO payments SELECT ${values.join(', ')} ${GIVEN}`, [count, GUEST]);
  await database.query('VACUUM (ANALYZE) payments');
}

const COLUMNS = `
SELECT column_name FROM information_schema.columns WHERE table_name = 'payments' ORDER BY ordinal_position`;

/** What differs between the payments; everything else is the sample's. */
const CHANGED: Readonly<Record<string, string>> = {
  id: `'pay_' || lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || substr(md5(n::text), 1, 20)`,
  status: `CASE WHEN d < 0.80 THEN 'succeeded' WHEN d < 0.94 THEN 'failed' WHEN d < 0.96 THEN 'canceled'
    WHEN d < 0.98 THEN 'expired' WHEN d < 0.995 THEN 'refunded' ELSE 'requires_action' END`,
  amount_minor: '(500 * exp(4 * e))::bigint',
  currency: `CASE WHEN n % 1000 = 7 THEN 'KES' ELSE 'GHS' END`,
  customer_id: `CASE WHEN n % 8 = 0 THEN $2 ELSE 'cus_' || floor(20000 * e * e)::int END`,
  provider: `CASE WHEN n % 5 = 0 THEN 'stripe' ELSE 'paystack' END`,
  reference: `'order-' || n`,
  due_at: 'NULL::timestamptz',
  created_at: 'at',
  updated_at: 'at',
};

const GIVEN = `
FROM (SELECT * FROM payments LIMIT 1) sample, (
  SELECT n, now() - interval '90 days' * (1 - n::float8 / ($1::int + 1)) AS at, random() AS d, random() AS e
  FROM generate_series(1, $1::int) n
) given`;
