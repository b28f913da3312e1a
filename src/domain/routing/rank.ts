// Default routing: an order of the connections that can take a payment, and what decided between two of them.
import { statedFee } from '../connection/fees.ts';
import { type Health, letsThrough, noHealth } from '../connection/health.ts';
import { NEUTRAL_BIAS } from '../connection/hints.ts';
import type { CompiledConnection } from './compile.ts';
import { draw } from './draw.ts';
import { publishedOrder } from './published-order.ts';
import type { PlanRequest } from './request.ts';

/**
 * The first that differs decides. An open breaker comes first because from a dead PSP there may be no way back: a
 * lost reply is an unknown outcome, and from that nothing falls back.
 */
export const criteria = [
  'breaker_open',
  'fallback_only',
  'prefer',
  'country_preference',
  'method_bias',
  'health',
  'fee',
  'label',
  'published_order',
  'age',
] as const;

export type Criterion = (typeof criteria)[number];

export interface Ranked {
  readonly one: CompiledConnection;
  /** True when its breaker is open and this payment is not a probe. */
  readonly blocked: boolean;
  readonly feeMinor: bigint | null;
  /** One number per criterion, lower is better. */
  readonly keys: readonly number[];
}

export interface Circumstances {
  readonly health: ReadonlyMap<string, Health>;
  readonly nowMs: number;
  readonly seed: string;
}

export function rank(
  capable: readonly CompiledConnection[],
  request: PlanRequest,
  circumstances: Circumstances,
): Ranked[] {
  const published = publishedOrder(request.country, request.method);
  return capable
    .map((one) => ranked(one, request, circumstances, published))
    .sort((a, b) => compare(a.keys, b.keys));
}

/** What put `later` behind `earlier`. */
export function decisive(earlier: Ranked, later: Ranked): Criterion {
  const i = earlier.keys.findIndex((key, k) => key !== later.keys[k]);
  return criteria[i] ?? 'age';
}

function ranked(
  one: CompiledConnection,
  request: PlanRequest,
  { health, nowMs, seed }: Circumstances,
  published: (provider: string) => number,
): Ranked {
  const { country, method, prefer, amountMinor, currency } = request;
  const { id } = one.connection;
  const state = health.get(id) ?? noHealth;
  const blocked = state.breaker !== 'closed' && !letsThrough(state, nowMs, draw(seed, 'probe', id));
  const feeMinor = statedFee(one.fees, amountMinor, method, currency);
  const keys = [
    blocked ? 1 : 0,
    one.fallbackOnly ? 1 : 0,
    placeIn(prefer, one.providerWord),
    (country === null ? undefined : one.positionByCountry.get(country)) ?? Infinity,
    (method === null ? undefined : one.biasByMethod.get(method)) ?? NEUTRAL_BIAS,
    state.tier,
    // Compared only, never paid: beyond 2^53 minor units two fees may tie. An unstated fee is not a fee of 0.
    feeMinor === null ? Infinity : Number(feeMinor),
    one.labelRank,
    published(one.providerWord),
    one.age,
  ];
  return { one, blocked, feeMinor, keys };
}

function placeIn(list: readonly string[], word: string): number {
  const place = list.indexOf(word);
  return place < 0 ? list.length : place;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) {
    if (a[i]! < b[i]!) return -1;
    if (a[i]! > b[i]!) return 1;
  }
  return 0;
}
