// Routing hints and labels of a connection: a merchant's wishes for the default order. Kept as sent; read here.
import { countryProblem } from './capabilities.ts';
import { type FieldProblem, isObject, listProblems } from './field-problem.ts';
import { methodKey, methodWordProblem } from './method.ts';

/** The wire shape (seed 000), members optional, so that what was sent can be given back. */
export interface RoutingHints {
  readonly country_preference?: readonly string[] | null;
  readonly method_bias?: Readonly<Record<string, string>> | null;
  readonly fallback_only?: boolean | null;
}

const LABELS_MAX = 20;
const LABEL = /^[a-z0-9_-]{1,64}$/;

const biasRanks: ReadonlyMap<string, number> = new Map([
  ['primary', 0],
  ['high', 0],
  ['secondary', 1],
  ['medium', 1],
  ['tertiary', 2],
  ['low', 2],
  ['fallback', 3],
]);

/** A connection that says nothing about a method stands in the middle: behind `high`, before `low`. */
export const NEUTRAL_BIAS = 1;

/** Canonical method -> rank, 0 first. Words that mean nothing are passed over. */
export function biasByMethod(hints: RoutingHints): Map<string, number> {
  const ranks = new Map<string, number>();
  for (const [method, word] of Object.entries(hints.method_bias ?? {})) {
    const rank = biasRanks.get(String(word).toLowerCase());
    const key = methodKey(method);
    // Two spellings of one method: the better word counts, whatever the order they were sent in.
    if (rank !== undefined) ranks.set(key, Math.min(rank, ranks.get(key) ?? rank));
  }
  return ranks;
}

/** Country -> position in the preference list. */
export function positionByCountry(hints: RoutingHints): Map<string, number> {
  const positions = new Map<string, number>();
  for (const [position, country] of (hints.country_preference ?? []).entries()) {
    const code = country.toUpperCase();
    if (!positions.has(code)) positions.set(code, position);
  }
  return positions;
}

/** `primary` first, `fallback` last, every other label changes nothing. */
export function labelRank(labels: readonly string[]): number {
  if (labels.includes('fallback')) return 2;
  return labels.includes('primary') ? 0 : 1;
}

export function hintsProblems(value: unknown, field = 'routing_hints'): FieldProblem[] {
  if (value === undefined || value === null) return [];
  if (!isObject(value)) return [{ field, message: 'must be an object' }];
  const problems = listProblems(
    value.country_preference,
    `${field}.country_preference`,
    300,
    countryProblem,
  );
  problems.push(...biasProblems(value.method_bias ?? {}, `${field}.method_bias`));
  const only = value.fallback_only ?? false;
  if (typeof only !== 'boolean')
    problems.push({ field: `${field}.fallback_only`, message: 'must be a boolean' });
  return problems;
}

export function labelsProblems(value: unknown, field = 'labels'): FieldProblem[] {
  return listProblems(value, field, LABELS_MAX, (label) =>
    LABEL.test(label) ? null : 'must be 1 to 64 lower-case letters, digits, - or _',
  );
}

function biasProblems(value: unknown, field: string): FieldProblem[] {
  if (!isObject(value)) return [{ field, message: 'must be an object' }];
  return Object.entries(value).flatMap(([method, word]) => {
    const at = `${field}.${method.slice(0, 40)}`;
    const message = methodWordProblem(method);
    if (message !== null) return [{ field: at, message }];
    if (typeof word === 'string' && biasRanks.has(word.toLowerCase())) return [];
    return [{ field: at, message: `must be one of ${[...biasRanks.keys()].join(', ')}` }];
  });
}
