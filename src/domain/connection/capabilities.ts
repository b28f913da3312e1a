// What a connection can do: what the merchant declared, completed by and bounded by its connector's manifest.

import { isCountry } from '../../kernel/country.ts';
import { isCurrency } from '../../kernel/currency.ts';
import { type FieldProblem, isObject, listProblems } from './field-problem.ts';
import { methodKey, methodWordProblem } from './method.ts';

/** As the merchant sent it. A member that is absent, null or empty is taken from the manifest. */
export interface DeclaredCapabilities {
  readonly methods?: readonly string[] | null;
  readonly countries?: readonly string[] | null;
  readonly currencies?: readonly string[] | null;
}

/** The part of a connector's manifest that routing reads. */
export interface ManifestCapabilities {
  readonly methods: readonly string[];
  readonly countries: readonly string[] | 'any';
  readonly currencies: readonly string[] | 'any';
  readonly operations: readonly string[];
  readonly manualCapture: {
    readonly methods: readonly string[];
    readonly currencies: readonly string[] | 'any';
  } | null;
  readonly minimumMinor: Readonly<Record<string, bigint>>;
  readonly maximumMinor: Readonly<Record<string, bigint>>;
}

export interface EffectiveCapabilities {
  /** Canonical words. */
  readonly methods: readonly string[];
  readonly countries: readonly string[] | 'any';
  readonly currencies: readonly string[] | 'any';
}

/**
 * Countries are the merchant's to declare (an account may sell anywhere). Methods and currencies are not beyond what
 * the connector speaks: M-Pesa's requests have no currency, so 50 USD sent there would become 50 KES.
 */
export function effectiveCapabilities(
  declared: DeclaredCapabilities,
  manifest: ManifestCapabilities,
): EffectiveCapabilities {
  const currencies = orAny(manifest.currencies);
  return {
    methods: narrowed(declared.methods?.map(methodKey), manifest.methods.map(methodKey)),
    countries: upper(declared.countries) ?? orAny(manifest.countries),
    currencies:
      currencies === 'any'
        ? (upper(declared.currencies) ?? 'any')
        : narrowed(upper(declared.currencies), currencies),
  };
}

export function capabilitiesProblems(value: unknown, field = 'capabilities'): FieldProblem[] {
  if (value === undefined || value === null) return [];
  if (!isObject(value)) return [{ field, message: 'must be an object' }];
  return [
    ...listProblems(value.methods, `${field}.methods`, 40, methodWordProblem),
    ...listProblems(value.countries, `${field}.countries`, 300, countryProblem),
    ...listProblems(value.currencies, `${field}.currencies`, 300, (code) =>
      isCurrency(code.toUpperCase()) ? null : 'is not an ISO 4217 currency',
    ),
  ];
}

export function countryProblem(code: string): string | null {
  return isCountry(code.toUpperCase()) ? null : 'is not an ISO 3166-1 alpha-2 country';
}

function narrowed(declared: readonly string[] | undefined, possible: readonly string[]): string[] {
  const all = new Set(possible);
  return declared?.length
    ? [...new Set(declared)].filter((item) => all.size === 0 || all.has(item))
    : [...all];
}

function upper(list: readonly string[] | null | undefined): string[] | undefined {
  return list?.length ? list.map((code) => code.toUpperCase()) : undefined;
}

function orAny(list: readonly string[] | 'any'): readonly string[] | 'any' {
  return list.length === 0 ? 'any' : list;
}
