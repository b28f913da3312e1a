// `policy.velocity_max_per_minute` of a payment (api/reevit.md sections 5 and 13): how many a customer may begin within a
// minute. It slows down who tries one card after the other; of two that begin at the same moment both may pass.
import { Problem } from '../../kernel/problem.ts';
import { countLatestOf } from '../../store/payment-lists.ts';
import type { Context, Environment } from '../context.ts';

const MINUTE_MS = 60_000;
/** So many are counted; who allows more allows them all. */
const COUNTED_MAX = 10_000;

/** Throws when the customer has had them all. 0: as many as he likes. */
export async function checkVelocity(
  { db, ports }: Context,
  environment: Environment,
  customerId: string | null,
  maxPerMinute: number,
): Promise<void> {
  if (maxPerMinute === 0 || maxPerMinute > COUNTED_MAX || customerId === null) return;
  const sinceMs = ports.clock.nowMs() - MINUTE_MS;
  const made = await countLatestOf(db, environment.id, customerId, maxPerMinute, sinceMs);
  if (made < maxPerMinute) return;
  const message = `The customer has begun ${made} payments within a minute; policy.velocity_max_per_minute allows no more`;
  throw new Problem(400, 'velocity_exceeded', message, { field: 'policy.velocity_max_per_minute' });
}
