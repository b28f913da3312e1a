// What a connection's PSP is expected to charge for a payment. An estimate for routing and reports: the PSP's own
// figure replaces it. Percentages are read from their decimal text, so 1.95 is 195/100 and nothing is a float.
import { isCurrency } from '../../kernel/currency.ts';
import { type FieldProblem, isObject } from './field-problem.ts';
import { methodKey, methodWordProblem } from './method.ts';

export interface FeeEntry {
  /** 1.95 means 1.95 %. */
  readonly percentage?: number | null;
  /** Minor units of the payment's currency. */
  readonly fixed?: number | null;
}

/** The wire shape (seed 000), kept as sent. */
export interface FeeStructure extends FeeEntry {
  readonly per_method?: Readonly<Record<string, FeeEntry>> | null;
  readonly per_currency?: Readonly<Record<string, FeeEntry>> | null;
}

/** A structure made ready to calculate with. */
export interface FeeTable {
  readonly base: Fee | null;
  readonly byMethod: ReadonlyMap<string, Fee>;
  readonly byCurrency: ReadonlyMap<string, Fee>;
}

interface Fee {
  /** The percentage is `numerator / denominator` of the amount. */
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly fixed: bigint;
}

/** The four members that every answer shows. */
export function completeFeeStructure(structure: FeeStructure | null | undefined) {
  return {
    percentage: structure?.percentage ?? 0,
    fixed: structure?.fixed ?? 0,
    per_method: structure?.per_method ?? {},
    per_currency: structure?.per_currency ?? {},
  };
}

/** A base of 0 % + 0 is what a merchant who never stated fees has: it counts as not stated. */
export function feeTable(structure: FeeStructure | null | undefined): FeeTable {
  const base = structure?.percentage || structure?.fixed ? feeOf(structure) : null;
  return {
    base,
    byMethod: new Map(
      Object.entries(structure?.per_method ?? {}).map(([name, fee]) => [
        methodKey(name),
        feeOf(fee),
      ]),
    ),
    byCurrency: new Map(
      Object.entries(structure?.per_currency ?? {}).map(([code, fee]) => [
        code.toUpperCase(),
        feeOf(fee),
      ]),
    ),
  };
}

/** The most specific entry wins whole: method, then currency, then base. Null when no fee is stated. */
export function statedFee(
  table: FeeTable,
  amountMinor: bigint,
  method: string | null,
  currency: string,
): bigint | null {
  const fee =
    (method === null ? undefined : table.byMethod.get(method)) ??
    table.byCurrency.get(currency) ??
    table.base;
  if (fee === null) return null;
  const share = amountMinor * fee.numerator;
  return (2n * share + fee.denominator) / (2n * fee.denominator) + fee.fixed; // half up
}

/**
 * @example expectedFee({ percentage: 1.95, fixed: 10 }, 5000n, 'card', 'GHS') // 108n: 97.5 is rounded up
 */
export function expectedFee(
  structure: FeeStructure | null,
  amountMinor: bigint,
  method: string | null,
  currency: string,
): bigint {
  if (amountMinor < 0n) throw new Error('a fee is of an amount that is not negative');
  const key = method === null ? null : methodKey(method);
  return statedFee(feeTable(structure), amountMinor, key, currency) ?? 0n;
}

export function feeStructureProblems(value: unknown, field = 'fee_structure'): FieldProblem[] {
  if (value === undefined || value === null) return [];
  return [
    ...entryProblems(value, field),
    ...(isObject(value)
      ? [
          ...recordProblems(value.per_method, `${field}.per_method`, methodWordProblem),
          ...recordProblems(value.per_currency, `${field}.per_currency`, (code) =>
            isCurrency(code.toUpperCase()) ? null : 'is not an ISO 4217 currency',
          ),
        ]
      : []),
  ];
}

function feeOf(entry: FeeEntry): Fee {
  const { digits, scale } = decimal(entry.percentage ?? 0);
  return {
    numerator: digits,
    denominator: 100n * 10n ** BigInt(scale),
    fixed: BigInt(entry.fixed ?? 0),
  };
}

/** A JSON number as `digits / 10^scale`, from its shortest decimal text (`1.95`, `1e-7`). */
function decimal(value: number): { digits: bigint; scale: number } {
  const [mantissa = '0', exponent = '0'] = String(value).split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  const digits = BigInt(`${whole}${fraction}`);
  const scale = fraction.length - Number(exponent);
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

function recordProblems(
  value: unknown,
  field: string,
  wrongKey: (key: string) => string | null,
): FieldProblem[] {
  if (value === undefined || value === null) return [];
  if (!isObject(value)) return [{ field, message: 'must be an object' }];
  return Object.entries(value).flatMap(([key, entry]) => {
    const at = `${field}.${key.slice(0, 40)}`;
    const message = wrongKey(key);
    return message === null ? entryProblems(entry, at) : [{ field: at, message }];
  });
}

function entryProblems(value: unknown, field: string): FieldProblem[] {
  if (!isObject(value)) return [{ field, message: 'must be an object' }];
  const problems: FieldProblem[] = [];
  const percentage = value.percentage ?? 0;
  if (!(typeof percentage === 'number' && percentage >= 0 && percentage <= 100))
    problems.push({ field: `${field}.percentage`, message: 'must be a number from 0 to 100' });
  if (!(Number.isSafeInteger(value.fixed ?? 0) && Number(value.fixed ?? 0) >= 0))
    problems.push({ field: `${field}.fixed`, message: 'must be a whole number of minor units' });
  return problems;
}
