// What Switchyard adds to a payment's time over the PSP's own, at a steady rate. The PSP measures how long it had each
// payment; the rest is ours: both commits, routing, HTTP and the way there and back. The worker runs beside it and
// asks about every payment that nobody has paid, as it does in production.
import { type Finding, finding } from './report.ts';
import type { Stand } from './stand.ts';
import { percentile } from './statistics.ts';

const RATE_PER_S = 100;
const PSP_MS = 50;

export async function benchLatency(stand: Stand, quick: boolean): Promise<Finding[]> {
  await stand.clear();
  await stand.setPsp({ delayMs: PSP_MS });
  const { samples } = await stand.load({
    get: null,
    clients: 64,
    ratePerS: RATE_PER_S,
    warmUpMs: quick ? 2_000 : 10_000,
    measureMs: quick ? 5_000 : 60_000,
  });
  const tookMs = await stand.setPsp({ delayMs: 0 });
  const added = samples.map(({ ms, reference }) => {
    const pspMs = tookMs.get(reference);
    if (pspMs === undefined) throw new Error('the PSP does not know a payment that was made');
    return ms - pspMs;
  });
  const psp = [...tookMs.values()];
  await stand.clear();
  const at = (percent: number, atMost: number) =>
    finding(
      {
        part: 'latency',
        what: `added at ${RATE_PER_S}/s, p${percent}`,
        unit: 'ms',
        value: percentile(added, percent),
        control: {
          name: `the PSP's own time, p${percent}`,
          value: percentile(psp, percent),
        },
      },
      { of: 'measured', atMost },
    );
  return [at(50, 8), at(99, 40)];
}
