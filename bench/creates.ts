// Durable payments a second through HTTP, against what Postgres can do with the same rows. Each payment is two commits
// with a call of a PSP between them that takes no time. Server and control take turns, each on empty tables just after
// a checkpoint.
import { dirname } from 'node:path';
import { chooseControl } from './control/pgbench.ts';
import { controlScript } from './control/statements.ts';
import { type Finding, finding } from './report.ts';
import type { Stand } from './stand.ts';
import { median, percentile } from './statistics.ts';

const CLIENTS = [1, 16, 64];

export async function benchCreates(stand: Stand, quick: boolean): Promise<Finding[]> {
  // A round ends before the first question about a payment that nobody paid (after 10 s), so that only creates are
  // measured.
  const [rounds, warmUpMs, measureMs] = quick ? [1, 1_000, 2_000] : [5, 1_500, 6_000];
  await stand.setPsp({ delayMs: 0 });
  const load = { get: null, ratePerS: null, warmUpMs, measureMs };
  await stand.load({ ...load, clients: 16 });
  const control = await chooseControl({
    script: await controlScript(stand.database, await newestPayment(stand)),
    connection: stand.connection,
    dir: dirname(stand.dataDir),
  });
  const findings: Finding[] = [];
  for (const clients of CLIENTS) {
    const [ours, theirs, times]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < rounds; round += 1) {
      await stand.clear();
      const { samples, measuredMs } = await stand.load({ ...load, clients });
      ours.push((samples.length * 1000) / measuredMs);
      times.push(
        percentile(
          samples.map(({ ms }) => ms),
          50,
        ),
      );
      await stand.clear();
      theirs.push(await control.run(clients, measureMs));
    }
    const what = clients === 1 ? '1 client' : `${clients} clients`;
    findings.push(
      finding(
        {
          part: 'creates',
          what,
          value: median(ours),
          unit: '/s',
          control: {
            name: control.name,
            value: median(theirs),
          },
        },
        clients === 64 ? { of: 'ratio', atLeast: 0.5 } : undefined,
      ),
      finding({ part: 'creates', what: `${what}, p50`, value: median(times), unit: 'ms' }),
    );
  }
  await stand.clear();
  return findings;
}

async function newestPayment({ database }: Stand): Promise<string> {
  const sql = `SELECT id FROM payments WHERE status = 'requires_action' ORDER BY id DESC LIMIT 1`;
  const { rows } = await database.query<{ id: string }>(sql);
  const [row] = rows;
  if (!row) throw new Error('no payment was made');
  return row.id;
}
