// JSON bodies with every number as it was written (api/formance.md section 7): amounts are read without going through a
// double, so that 9007199254740993 survives, and integral exponent forms (the SDK writes 10^21 as 1e+21) are integers.
// Integers beyond 2^53, and long ones in fields named amount, come out as bigint.
import { invalid } from '../../kernel/problem.ts';
import { isCardNumber } from '../card-number.ts';

/** Throws a Problem for what is not JSON. */
export function parseExactly(text: string): unknown {
  try {
    return NEEDS_CARE.test(text) ? JSON.parse(text, revive) : (JSON.parse(text) as unknown);
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid('invalid_json', 'The body is not valid JSON');
    // The revival goes down as deep as the text does, and the stack does not.
    if (error instanceof RangeError)
      throw invalid('validation_error', 'The body is nested too deeply');
    throw error;
  }
}

/** A long number, or one with a fraction or an exponent. May also be found within a text: then nothing is lost. */
const NEEDS_CARE = /\d{12}|\d[.eE]/;
const AMOUNT = /amount$/i;
/** No amount has more digits: what has is left a double, and refused as such. */
const DIGITS_MAX = 60;

/** TypeScript's library does not know the third argument yet (ECMAScript 2026, JSON.parse source text access). */
function revive(
  this: unknown,
  key: string,
  value: unknown,
  context?: { source?: string },
): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined) return value;
  const exact = integerOf(source);
  if (exact === null) return value;
  // An amount may look like a card's number; nothing else may.
  if (AMOUNT.test(key)) return exact;
  if (isCardNumber(source))
    throw invalid('card_number_refused', `${key} looks like a card number, which are never taken`);
  return Number.isSafeInteger(value) ? value : exact;
}

/** `15`, `1.50e1` and `15.0` -> 15n; null for a fraction. */
export function integerOf(source: string): bigint | null {
  const [, sign, whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/.exec(source) ?? [];
  if (sign === undefined) return null;
  const digits = `${whole}${fraction}`.replace(/^0+(?=\d)/, '');
  const shift = Number(power) - fraction.length;
  if (digits === '0') return 0n;
  if (digits.length + Math.max(shift, 0) > DIGITS_MAX) return null;
  const kept = shift < 0 ? digits.slice(0, shift) : digits + '0'.repeat(shift);
  if (shift < 0 && /[1-9]/.test(digits.slice(shift))) return null;
  const number = BigInt(kept === '' ? '0' : kept);
  return sign === '-' ? -number : number;
}
