// The order in which a payment tries its connections, and why (DESIGN section 6). Pure: the same configuration,
// request, health, time and seed give the same plan. Plain JSON, because it is stored with the payment and shown.

import { type DropReason, whyNot } from './capable.ts';
import type { CompiledConnection, CompiledRouting } from './compile.ts';
import { describeDropped, describeKept } from './explain.ts';
import { type Circumstances, type Criterion, decisive, type Ranked, rank } from './rank.ts';
import { normaliseRequest, type PlanRequest } from './request.ts';
import { type MatchReason, matches, type RoutingRule, targetsOf } from './rule.ts';

export type Source = 'forced' | 'rule' | 'default';

export interface Candidate {
  readonly connectionId: string;
  readonly provider: string;
  readonly source: Source;
  readonly ruleId?: string;
  /** Whether it may be tried after an earlier candidate's definite failure. */
  readonly mayFallBackTo: boolean;
}

export type KeptReason =
  | 'forced'
  | 'rule'
  | 'rule_split'
  | 'rule_order'
  | 'after_rule'
  | 'only_candidate'
  | Criterion;

export interface Considered {
  readonly connectionId: string;
  readonly provider: string;
  readonly verdict: 'chosen' | 'ordered' | 'dropped';
  /** `chosen` by default: what put it ahead of the next. `ordered`: what put it behind the one before. */
  readonly reason: KeptReason | DropReason;
  /** A sentence for people. */
  readonly detail: string;
}

export interface RuleVerdict {
  readonly ruleId: string;
  readonly name: string;
  readonly verdict: 'matched' | 'not_matched' | 'disabled' | 'connection_unavailable';
  readonly reason: MatchReason | DropReason | 'disabled' | 'breaker_open' | 'connection_missing';
}

export interface RoutePlan {
  /** In the order of trying; empty when nothing can take the payment. */
  readonly candidates: readonly Candidate[];
  /** Every connection once: the candidates in their order, then the dropped. */
  readonly considered: readonly Considered[];
  /** The rules that were looked at: those up to the one that decided, by priority. */
  readonly rules: readonly RuleVerdict[];
  /** The rule that matched, also when its connections were not available. */
  readonly ruleId: string | null;
  /** Whether default routing may add connections. */
  readonly fallbackToDefault: boolean;
}

/** The connections that remain and the ones that do not. */
interface Field {
  readonly kept: readonly Ranked[];
  readonly byId: ReadonlyMap<string, Ranked>;
  readonly dropped: ReadonlyMap<CompiledConnection, DropReason>;
}

export function plan(
  compiled: CompiledRouting,
  asked: PlanRequest,
  circumstances: Circumstances,
): RoutePlan {
  const request = normaliseRequest(asked);
  return explained(decide(compiled, request, circumstances), request);
}

/** The candidates of `plan` alone, without its reasons, which take most of its time. */
export function candidatesFor(
  compiled: CompiledRouting,
  asked: PlanRequest,
  circumstances: Circumstances,
): Candidate[] {
  return candidatesOf(decide(compiled, normaliseRequest(asked), circumstances));
}

function decide(
  compiled: CompiledRouting,
  request: PlanRequest,
  circumstances: Circumstances,
): Decision {
  const field = survey(compiled, request, circumstances);
  if (request.forcedConnectionId !== null)
    return decision(field, { head: field.kept, source: 'forced', rule: null, rules: [] });
  const { rule, rules } = firstMatch(compiled, request, circumstances.nowMs);
  if (rule === null) return decision(field, { head: [], source: 'default', rule, rules });
  const targets = targetsOf(rule, circumstances.seed);
  const { head, unavailable } = headOf(rule, targets, field, compiled);
  rules.push({
    ruleId: rule.id,
    name: rule.name,
    verdict: unavailable === null ? 'matched' : 'connection_unavailable',
    reason: unavailable ?? 'matched',
  });
  return decision(field, { head, source: 'rule', rule, rules });
}

function survey(
  { connections }: CompiledRouting,
  request: PlanRequest,
  circumstances: Circumstances,
): Field {
  const capable: CompiledConnection[] = [];
  const dropped = new Map<CompiledConnection, DropReason>();
  for (const one of connections) {
    const reason = whyNot(one, request);
    if (reason === null) capable.push(one);
    else dropped.set(one, reason);
  }
  const kept = rank(capable, request, circumstances);
  return { kept, byId: new Map(kept.map((item) => [item.one.connection.id, item])), dropped };
}

function firstMatch({ rules }: CompiledRouting, request: PlanRequest, nowMs: number) {
  const seen: RuleVerdict[] = [];
  for (const compiled of rules) {
    const { id, name, enabled } = compiled.rule;
    if (!enabled) {
      seen.push({ ruleId: id, name, verdict: 'disabled', reason: 'disabled' });
      continue;
    }
    const { matched, reason } = matches(compiled, request, nowMs);
    if (matched) return { rule: compiled.rule, rules: seen };
    seen.push({ ruleId: id, name, verdict: 'not_matched', reason });
  }
  return { rule: null, rules: seen };
}

/**
 * The rule's connections that can take the payment. One whose breaker is open counts as not available where the
 * rule permits another way; where it does not, it is tried all the same.
 */
function headOf(
  rule: RoutingRule,
  targets: readonly string[],
  { kept, byId, dropped }: Field,
  compiled: CompiledRouting,
): { head: Ranked[]; unavailable: RuleVerdict['reason'] | null } {
  const able = targets.flatMap((id) => byId.get(id) ?? []);
  if (able.length === 0) {
    const first = compiled.byId.get(targets[0] ?? '');
    return { head: [], unavailable: (first && dropped.get(first)) ?? 'connection_missing' };
  }
  const open = able.filter((item) => !item.blocked);
  const otherWay = rule.fallbackToDefault && kept.some((item) => !item.blocked);
  if (open.length === 0 && otherWay) return { head: [], unavailable: 'breaker_open' };
  return { head: [...open, ...able.filter((item) => item.blocked)], unavailable: null };
}

interface Choice {
  /** The connections that a force or a rule put in front. */
  readonly head: readonly Ranked[];
  readonly source: Source;
  readonly rule: RoutingRule | null;
  readonly rules: readonly RuleVerdict[];
}

interface Decision extends Choice {
  readonly field: Field;
  readonly fallbackToDefault: boolean;
  /** The order of trying: the head, then the rest of the field where default routing may add it. */
  readonly order: readonly Ranked[];
}

function decision(field: Field, choice: Choice): Decision {
  const { head, source, rule } = choice;
  const fallbackToDefault = source !== 'forced' && (rule?.fallbackToDefault ?? true);
  const order = fallbackToDefault ? [...head, ...behind(head, field)] : head;
  return { ...choice, field, fallbackToDefault, order };
}

function behind(head: readonly Ranked[], { kept }: Field): Ranked[] {
  return kept.filter((item) => !head.includes(item));
}

function candidatesOf({ order, head, source, rule }: Decision): Candidate[] {
  return order.map((item, i) => ({
    ...named(item.one),
    source: i < head.length ? source : 'default',
    ...(rule && i < head.length && { ruleId: rule.id }),
    mayFallBackTo: i > 0,
  }));
}

function explained(decided: Decision, request: PlanRequest): RoutePlan {
  const { field, head, order, rule, rules, fallbackToDefault } = decided;
  const dropped = new Map(field.dropped);
  if (!fallbackToDefault)
    for (const { one } of behind(head, field)) dropped.set(one, 'rule_without_fallback');
  const oldestFirst = [...dropped].sort(([a], [b]) => a.age - b.age);
  return {
    candidates: candidatesOf(decided),
    considered: [
      ...order.map((item, i) => kept(item, i, order, request, decided)),
      ...oldestFirst.map(([one, reason]) => ({
        ...named(one),
        verdict: 'dropped' as const,
        reason,
        detail: describeDropped(reason, request, one, rule),
      })),
    ],
    rules,
    ruleId: rule?.id ?? null,
    fallbackToDefault,
  };
}

function kept(
  item: Ranked,
  i: number,
  order: readonly Ranked[],
  request: PlanRequest,
  choice: Choice,
): Considered {
  const reason = keptReason(item, i, order, choice);
  return {
    ...named(item.one),
    verdict: i === 0 ? 'chosen' : 'ordered',
    reason,
    detail: describeKept(reason, request, item, i, order, choice.rule),
  };
}

function keptReason(
  item: Ranked,
  i: number,
  order: readonly Ranked[],
  { head, source, rule }: Choice,
): KeptReason {
  if (i < head.length) {
    if (source === 'forced') return 'forced';
    if (i > 0) return 'rule_order';
    return rule?.split?.length ? 'rule_split' : 'rule';
  }
  const before = order[i - 1];
  const next = order[i + 1];
  if (before) return i === head.length ? 'after_rule' : decisive(before, item);
  return next ? decisive(item, next) : 'only_candidate';
}

function named({ connection }: CompiledConnection) {
  return { connectionId: connection.id, provider: connection.provider };
}
