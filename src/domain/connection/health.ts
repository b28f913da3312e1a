// How well a connection's PSP has been answering, and whether to keep sending it payments. A pure reading of
// per-minute counts: there is no breaker state to lose, and two servers that see the same counts agree.
import { declines } from '../attempt/decline.ts';
import type { Outcome } from '../attempt/outcome.ts';

export type HealthStatus = 'unknown' | 'healthy' | 'degraded' | 'unhealthy';
export type Breaker = 'closed' | 'open' | 'half_open';

/** The calls of one minute. */
export interface HealthBucket {
  readonly startMs: number;
  /** Calls that the PSP answered properly, a customer's declined card included. */
  readonly succeeded: number;
  /** Calls that failed because of the PSP. */
  readonly failed: number;
  /** Failures since the last success of this bucket; equals `failed` when there was none. */
  readonly failedInARow: number;
  readonly lastCallAtMs: number;
}

export interface Health {
  /** Success rate over the window; 1 when there were no calls. */
  readonly score: number;
  readonly status: HealthStatus;
  /** `degraded` and `unhealthy` count in routing only after enough calls: 0, 1 or 2, lower is better. */
  readonly tier: number;
  readonly breaker: Breaker;
  readonly lastCallAtMs: number | null;
}

export const healthLimits = {
  bucketMs: 60_000,
  windowMs: 30 * 60_000,
  /** One failure of one call is a score of 0 and proves little. */
  tierCallsMin: 10,
  /** The breaker trips after this many failures in a row … */
  failuresInARow: 5,
  /** … or when the last call failed and so did half of at least this many calls in the recent window. */
  ratioCallsMin: 10,
  ratio: 0.5,
  recentMs: 5 * 60_000,
  /** A tripped breaker stays open this long after the last call; then a payment may probe. */
  probeIntervalMs: 30_000,
} as const;

export const noHealth: Health = {
  score: 1,
  status: 'unknown',
  tier: 0,
  breaker: 'closed',
  lastCallAtMs: null,
};

/** Whether a call counts for or against the PSP; null when it says nothing about it. */
export function healthEffect(outcome: Outcome): 'succeeded' | 'failed' | null {
  switch (outcome.kind) {
    case 'succeeded':
    case 'requires_action':
    case 'pending':
      return 'succeeded';
    case 'declined':
      return declines[outcome.decline.code].pspFault ? 'failed' : 'succeeded';
    case 'not_sent':
      return 'failed';
    case 'unknown':
      return outcome.notFound ? null : 'failed';
  }
}

export function healthOf(all: readonly HealthBucket[], nowMs: number): Health {
  const { bucketMs, windowMs, tierCallsMin } = healthLimits;
  // Newest first. Another server's clock may be a little ahead; a bucket from far ahead is nobody's.
  const buckets = all
    .filter(({ startMs }) => startMs > nowMs - windowMs - bucketMs && startMs <= nowMs + bucketMs)
    .sort((a, b) => b.startMs - a.startMs);
  const { succeeded, calls } = totals(buckets);
  if (calls === 0) return noHealth;
  const score = succeeded / calls;
  const status = score >= 0.95 ? 'healthy' : score >= 0.9 ? 'degraded' : 'unhealthy';
  const tier = { healthy: 0, degraded: 1, unhealthy: 2 }[status];
  const lastCallAtMs = Math.max(...buckets.map((bucket) => bucket.lastCallAtMs));
  return {
    score,
    status,
    tier: calls < tierCallsMin ? 0 : tier,
    breaker: breakerOf(buckets, nowMs, lastCallAtMs),
    lastCallAtMs,
  };
}

/**
 * Whether this payment may go through a half-open breaker. After the interval the chance grows from nothing to
 * certainty over one more interval, so that a burst of payments sends a few probes and a lone payment still probes;
 * the first probe is the new last call and closes the door for another interval. `draw` is 0 ≤ draw < 1, from the seed.
 */
export function letsThrough(health: Health, nowMs: number, draw: number): boolean {
  if (health.breaker !== 'half_open') return health.breaker === 'closed';
  const idleMs = nowMs - (health.lastCallAtMs ?? 0);
  return draw < idleMs / healthLimits.probeIntervalMs - 1;
}

function breakerOf(newestFirst: HealthBucket[], nowMs: number, lastCallAtMs: number): Breaker {
  const limits = healthLimits;
  const inARow = failuresInARow(newestFirst);
  const recent = totals(newestFirst.filter(({ startMs }) => startMs > nowMs - limits.recentMs));
  const mostlyFailing =
    recent.calls >= limits.ratioCallsMin &&
    recent.calls - recent.succeeded >= limits.ratio * recent.calls;
  // A success ends the run, and with it the trip: one good probe closes the breaker.
  const tripped = inARow >= limits.failuresInARow || (inARow > 0 && mostlyFailing);
  if (!tripped) return 'closed';
  return nowMs - lastCallAtMs < limits.probeIntervalMs ? 'open' : 'half_open';
}

function failuresInARow(newestFirst: readonly HealthBucket[]): number {
  let run = 0;
  for (const bucket of newestFirst) {
    run += bucket.failedInARow;
    if (bucket.succeeded > 0) break;
  }
  return run;
}

function totals(buckets: readonly HealthBucket[]): { succeeded: number; calls: number } {
  let succeeded = 0;
  let calls = 0;
  for (const bucket of buckets) {
    succeeded += bucket.succeeded;
    calls += bucket.succeeded + bucket.failed;
  }
  return { succeeded, calls };
}
