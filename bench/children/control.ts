// The control where pgbench is not installed: as many connections as clients, each running the control's statements
// in turn with the driver that the server uses. A process of its own, as pgbench is.
import pg from 'pg';
import type { Script } from '../control/statements.ts';

export interface ControlOrder {
  readonly script: Script;
  readonly connection: pg.ClientConfig;
  readonly clients: number;
  readonly measureMs: number;
}

export interface ControlResult {
  readonly payments: number;
  readonly tookMs: number;
}

interface Prepared {
  readonly name: string;
  readonly text: string;
  readonly names: readonly string[];
  readonly keep: string | null;
}

async function run({
  script,
  connection,
  clients,
  measureMs,
}: ControlOrder): Promise<ControlResult> {
  const prepared = script.statements.map(({ sql, keep }, index) => prepare(sql, keep, index));
  const all = await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = new pg.Client(connection);
      await client.connect();
      return client;
    }),
  );
  const startedMs = performance.now();
  let payments = 0;
  await Promise.all(
    all.map(async (client) => {
      while (performance.now() - startedMs < measureMs) {
        await pay(client, prepared, script.values);
        payments += 1;
      }
    }),
  );
  const tookMs = performance.now() - startedMs;
  await Promise.all(all.map((client) => client.end()));
  return { payments, tookMs };
}

async function pay(
  client: pg.Client,
  prepared: readonly Prepared[],
  constants: ReadonlyMap<string, string>,
): Promise<void> {
  const kept = new Map<string, string>();
  for (const { name, text, names, keep } of prepared) {
    const values = names.map((one) => kept.get(one) ?? constants.get(one));
    const { rows } = await client.query({ name, text, values });
    if (keep !== null) kept.set(keep, rows[0][keep]);
  }
}

/** `:name` becomes `$1`, `$2` …; the same name the same number. A cast (`::text`) is none. */
function prepare(sql: string, keep: string | null, index: number): Prepared {
  const names: string[] = [];
  const text = sql.replaceAll(/(?<!:):([a-z]\w*)/g, (_, name: string) => {
    if (!names.includes(name)) names.push(name);
    return `$${names.indexOf(name) + 1}`;
  });
  return { name: `control_${index}`, text, names, keep };
}

process.on('message', (order: ControlOrder) => {
  run(order).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit());
