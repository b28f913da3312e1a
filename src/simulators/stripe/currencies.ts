// Which amounts Stripe takes in which currency (psp/stripe.md section 6). Amounts are integers in Stripe's own unit,
// which is not always ISO's: UGX and ISK are sent in hundredths, MGA has no decimals.
import { exponentOf, isCurrency } from '../../kernel/currency.ts';
import { invalidRequest } from './errors.ts';
import type { Rule } from './params.ts';
import { integer, text } from './params.ts';

const ZERO_DECIMAL = new Set(
  'bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '),
);
const THREE_DECIMAL = new Set('bhd jod kwd omr tnd'.split(' '));
/** Sent in hundredths although nothing below a whole unit exists. */
const WHOLE_ONLY = new Set(['ugx', 'isk']);
/** Charged in hundredths, paid out in whole units. */
const WHOLE_PAYOUTS = new Set(['huf', 'twd']);

/** ISO codes that Stripe does not present. */
const NOT_OFFERED = new Set(
  (
    'bov btn che chw clf cou cup ern iqd irr kpw lyd mru mxv sdg ssp stn syp tmt usn uyi ' +
    'uyw ved ves xcg zwg'
  ).split(' '),
);

/** Published minimum charges in the same unit; other currencies: their threshold is not published, so none here. */
const MINIMUM: Readonly<Record<string, number>> = {
  usd: 50,
  aed: 200,
  aud: 50,
  bgn: 100,
  brl: 50,
  cad: 50,
  chf: 50,
  czk: 1500,
  dkk: 250,
  eur: 50,
  gbp: 30,
  hkd: 400,
  huf: 17500,
  inr: 50,
  jpy: 50,
  mxn: 1000,
  myr: 200,
  nok: 300,
  nzd: 50,
  pln: 200,
  ron: 200,
  sek: 300,
  sgd: 50,
  thb: 1000,
};

const MAXIMUM_DIGITS: Readonly<Record<string, number>> = {
  cop: 10,
  huf: 10,
  jpy: 10,
  idr: 12,
  lbp: 12,
  inr: 9,
};

export const currency: Rule<string> = (value, path) => {
  const code = text(100)(value, path).toLowerCase();
  if (/^[a-z]{3}$/.test(code) && isCurrency(code.toUpperCase()) && !NOT_OFFERED.has(code)) {
    return code;
  }
  throw invalidRequest(`Invalid currency: ${code}.`, path);
};

export const amount: Rule<number> = integer(1);

/** Throws unless this amount can be charged. */
export function checkAmount(amountUnits: number, code: string, param = 'amount'): void {
  const minimum = MINIMUM[code] ?? 1;
  if (amountUnits < minimum) {
    throw invalidRequest(
      `Amount must be at least ${inMajor(minimum, code)}`,
      param,
      'amount_too_small',
    );
  }
  const maximum = 10 ** (MAXIMUM_DIGITS[code] ?? 8) - 1;
  if (amountUnits > maximum) {
    throw invalidRequest(
      `Amount must be no more than ${inMajor(maximum, code)}`,
      param,
      'amount_too_large',
    );
  }
  checkFraction(amountUnits, code, param);
}

/** Refunds and captures have no minimum, but the same fractions. */
export function checkFraction(amountUnits: number, code: string, param = 'amount'): void {
  const step = WHOLE_ONLY.has(code) ? 100 : THREE_DECIMAL.has(code) ? 10 : 1;
  if (amountUnits % step === 0) return;
  throw invalidRequest(
    `Invalid amount. The amount in ${code} must be divisible by ${step}.`,
    param,
    step === 100 ? 'invalid_charge_amount_no_decimal_compatible' : 'parameter_invalid_integer',
  );
}

export function checkPayoutAmount(amountUnits: number, code: string): void {
  checkFraction(amountUnits, code);
  if (WHOLE_PAYOUTS.has(code) && amountUnits % 100 !== 0) {
    throw invalidRequest(
      `Invalid amount. Payouts in ${code} must be divisible by 100.`,
      'amount',
      'parameter_invalid_integer',
    );
  }
}

/** For people: `10.99 USD`. */
export function inMajor(amountUnits: number, code: string): string {
  const decimals = decimalsOf(code);
  const digits = String(amountUnits).padStart(decimals + 1, '0');
  const point = digits.length - decimals;
  const major = decimals === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return `${major} ${code.toUpperCase()}`;
}

/** Stripe's fee on a card charge: 2.9 % and 30 cents, without the cents where the currency has none [SY]. */
export function feeOn(amountUnits: number, code: string): number {
  const fixed =
    ZERO_DECIMAL.has(code) || WHOLE_ONLY.has(code) ? 0 : THREE_DECIMAL.has(code) ? 90 : 30;
  const share = Math.floor((amountUnits * 29) / 1000);
  return Math.min(share + fixed, amountUnits);
}

function decimalsOf(code: string): number {
  return ZERO_DECIMAL.has(code) ? 0 : THREE_DECIMAL.has(code) ? 3 : 2;
}

/** From Stripe's unit to ISO 4217 minor units: UGX and ISK lose two digits, MGA gains two. */
export function toIsoMinor(amountUnits: number, code: string): bigint {
  const difference = exponentOf(code.toUpperCase()) - decimalsOf(code);
  const amount = BigInt(amountUnits);
  return difference < 0 ? amount / 10n ** BigInt(-difference) : amount * 10n ** BigInt(difference);
}
