// What every crash test ends with: clients repeat what had no answer, the books are compared, everything is asked once
// more, and every event has to arrive.
import { Audit, type Settled } from './audit.ts';
import type { Deliveries } from './deliveries.ts';
import { type Ground, SETTLED_WITHIN_MS } from './ground.ts';

interface Aftermath {
  readonly payments: Settled['payments'];
  /** For the test's output. */
  readonly figures: string;
}

export async function aftermath(
  ground: Ground,
  deliveries: Deliveries | null = null,
): Promise<Aftermath> {
  const { traffic } = ground;
  const audit = new Audit(ground);
  ground.step('repeats of what had no answer');
  await traffic.repeatAll(traffic.unanswered());
  ground.step('audit');
  const settled = await audit.agree(SETTLED_WITHIN_MS);
  ground.step('repeats of everything');
  const told = [settled.figures, `${await audit.repeatAll()} repeats moved nothing`];
  ground.step('deliveries');
  if (deliveries !== null) told.push(await deliveries.complete(SETTLED_WITHIN_MS));
  ground.step('done');
  return { payments: settled.payments, figures: told.join('; ') };
}
