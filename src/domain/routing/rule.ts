// A routing rule: which payments it means, and the connections it sends them to. With the seed's fields alone it
// behaves as seed 002 says; `conditions`, `connections` and `split` are ours and optional.
import { methodKey } from '../connection/method.ts';
import { drawOrder, type Share } from './draw.ts';
import { isWithin, type TimeWindow } from './time-window.ts';

export interface RoutingRule {
  readonly id: string;
  readonly name: string;
  readonly countries: readonly string[];
  /** Empty: every method, also a payment that names none. */
  readonly methods: readonly string[];
  readonly connectionId: string;
  readonly priority: number;
  readonly fallbackToDefault: boolean;
  readonly enabled: boolean;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly conditions?: RuleConditions | null;
  /** Tried after `connectionId`, in this order. */
  readonly connections?: readonly string[] | null;
  /** Drawn by weight, before `connectionId`. */
  readonly split?: readonly Share[] | null;
}

/** The wire shape, kept as sent. All stated members must hold; an absent, null or empty one always does. */
export interface RuleConditions {
  /** Minor units of the payment's currency, both ends included. */
  readonly amount_min?: number | null;
  readonly amount_max?: number | null;
  readonly currencies?: readonly string[] | null;
  /** Beginnings of card numbers. */
  readonly bins?: readonly string[] | null;
  readonly customer_ids?: readonly string[] | null;
  readonly metadata?: Readonly<Record<string, string | number | boolean>> | null;
  readonly time?: TimeWindow | null;
}

/** What a rule can ask about a payment. */
export interface PaymentFacts {
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly method: string | null;
  readonly country: string | null;
  readonly bin: string | null;
  readonly customerId: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export type MatchReason =
  | 'matched'
  | 'country'
  | 'method'
  | 'currency'
  | 'amount'
  | 'bin'
  | 'customer'
  | 'metadata'
  | 'time';

export interface Match {
  readonly matched: boolean;
  /** `matched`, or the first thing about the payment that the rule does not mean. */
  readonly reason: MatchReason;
}

/** A rule made ready to be asked many times. */
export interface CompiledRule {
  readonly rule: RoutingRule;
  readonly countries: ReadonlySet<string>;
  readonly methods: ReadonlySet<string>;
  readonly conditions: CompiledConditions | null;
}

interface CompiledConditions {
  readonly minMinor: bigint | null;
  readonly maxMinor: bigint | null;
  readonly currencies: ReadonlySet<string>;
  readonly bins: readonly string[];
  readonly customerIds: ReadonlySet<string>;
  readonly metadata: readonly (readonly [string, string])[];
  readonly time: TimeWindow | null;
}

export function compileRule(rule: RoutingRule): CompiledRule {
  return {
    rule,
    countries: new Set(rule.countries.map((code) => code.toUpperCase())),
    methods: new Set(rule.methods.map(methodKey)),
    conditions: rule.conditions ? compileConditions(rule.conditions) : null,
  };
}

/** A payment without a method or country is not one of a rule's listed methods or countries. */
export function matches(compiled: CompiledRule, payment: PaymentFacts, nowMs: number): Match {
  const reason = mismatch(compiled, payment, nowMs);
  return { matched: reason === null, reason: reason ?? 'matched' };
}

/** Highest priority first, then the oldest. */
export function rulesInOrder(rules: readonly RoutingRule[]): RoutingRule[] {
  return [...rules].sort(
    (a, b) => b.priority - a.priority || a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1),
  );
}

/** Every connection that the rule names, in the order in which this payment should try them. */
export function targetsOf(rule: RoutingRule, seed: string): string[] {
  const drawn = rule.split?.length ? drawOrder(seed, rule.id, rule.split) : [];
  return [...new Set([...drawn, rule.connectionId, ...(rule.connections ?? [])])];
}

function mismatch(
  { countries, methods, conditions }: CompiledRule,
  payment: PaymentFacts,
  nowMs: number,
): MatchReason | null {
  const { country, method } = payment;
  if (country === null || !countries.has(country)) return 'country';
  if (methods.size > 0 && (method === null || !methods.has(method))) return 'method';
  return conditions && unmetCondition(conditions, payment, nowMs);
}

function unmetCondition(
  conditions: CompiledConditions,
  payment: PaymentFacts,
  nowMs: number,
): MatchReason | null {
  const { minMinor, maxMinor, currencies, bins, customerIds, metadata, time } = conditions;
  const { amountMinor, bin, customerId } = payment;
  if (currencies.size > 0 && !currencies.has(payment.currency)) return 'currency';
  if (minMinor !== null && amountMinor < minMinor) return 'amount';
  if (maxMinor !== null && amountMinor > maxMinor) return 'amount';
  if (bins.length > 0 && !bins.some((prefix) => bin?.startsWith(prefix))) return 'bin';
  if (customerIds.size > 0 && !(customerId !== null && customerIds.has(customerId)))
    return 'customer';
  for (const [key, value] of metadata)
    if (!Object.hasOwn(payment.metadata, key) || String(payment.metadata[key]) !== value)
      return 'metadata';
  return time === null || isWithin(time, nowMs) ? null : 'time';
}

function compileConditions(conditions: RuleConditions): CompiledConditions {
  return {
    minMinor: minorOf(conditions.amount_min),
    maxMinor: minorOf(conditions.amount_max),
    currencies: new Set((conditions.currencies ?? []).map((code) => code.toUpperCase())),
    bins: conditions.bins ?? [],
    customerIds: new Set(conditions.customer_ids ?? []),
    metadata: Object.entries(conditions.metadata ?? {}).map(
      ([key, value]) => [key, String(value)] as const,
    ),
    time: conditions.time ?? null,
  };
}

function minorOf(value: number | null | undefined): bigint | null {
  return value === undefined || value === null ? null : BigInt(value);
}
