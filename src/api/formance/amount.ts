// Amounts on the wire: JSON numbers of any size, never through a double (api/formance.md section 7).
import { invalidField } from './envelope.ts';

const INT64_MAX = 2n ** 63n - 1n;

/** A number or bigint as parseExactly gives it. Throws a Problem naming the field. */
export function readAmount(said: unknown, field: string): bigint {
  const amount = typeof said === 'number' && Number.isSafeInteger(said) ? BigInt(said) : said;
  if (amount === undefined) throw invalidField(field, 'is required');
  if (typeof amount !== 'bigint') throw invalidField(field, 'is invalid');
  if (amount < 0n) throw invalidField(field, 'must be greater than or equal to 0');
  if (amount > INT64_MAX) throw invalidField(field, 'is too large');
  return amount;
}

/** TypeScript's library does not know it yet (ECMAScript 2026, JSON.parse source text access). */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): object };

/** What JSON.stringify writes as this number, whatever its size. */
export function amountJson(amount: bigint): number | object {
  const number = Number(amount);
  return Number.isSafeInteger(number) ? number : rawJSON(String(amount));
}
