// Stripe's units against ISO 4217's (psp/stripe.md section 6). Nothing is ever rounded: an amount that Stripe cannot
// hold is refused before a request is made, and a reply that ISO cannot hold is not believed.
import { declined, type Outcome } from '../../domain/attempt/outcome.ts';
import { type Money, parseInteger } from '../../kernel/money.ts';

// Presentment currencies (135 and more, [remembered]); the account decides which of them are enabled.
const SUPPORTED = new Set(
  (
    'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD ' +
    'CDF CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD ' +
    'HNL HTG HUF IDR ILS INR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA ' +
    'MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON ' +
    'RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD SZL THB TJS TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS ' +
    'VND VUV WST XAF XCD XOF XPF YER ZAR ZMW'
  ).split(' '),
);

/** ISO has no decimals, Stripe takes hundredths of whole units. */
const SENT_TIMES_100 = new Set(['UGX', 'ISK']);
/** ISO has two decimals, Stripe none. */
const SENT_WHOLE = new Set(['MGA']);
/** Three decimals, and the last must be 0. */
const LAST_DIGIT_ZERO = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND']);
/** Charged with two decimals, paid out in whole units. */
const PAID_OUT_WHOLE = new Set(['HUF', 'TWD']);

/** The most that Stripe's amount fields hold for any currency ([remembered]: IDR, twelve digits). */
const WIRE_MAX = 999_999_999_999n;

export function supportedCurrencies(): string[] {
  return [...SUPPORTED];
}

/** The integer to send for a charge or refund, or null when Stripe has no such amount. */
export function toStripeAmount(money: Money): bigint | null {
  if (!SUPPORTED.has(money.currency) || money.amountMinor <= 0n) return null;
  const { wire, exact } = scale(money);
  return exact && wire <= WIRE_MAX ? wire : null;
}

function scale({ amountMinor, currency }: Money): { wire: bigint; exact: boolean } {
  if (SENT_TIMES_100.has(currency)) return { wire: amountMinor * 100n, exact: true };
  if (SENT_WHOLE.has(currency)) {
    return { wire: amountMinor / 100n, exact: amountMinor % 100n === 0n };
  }
  return { wire: amountMinor, exact: !LAST_DIGIT_ZERO.has(currency) || amountMinor % 10n === 0n };
}

/** As toStripeAmount, with the narrower units of payouts. */
export function toStripePayoutAmount(money: Money): bigint | null {
  const wire = toStripeAmount(money);
  return wire !== null && PAID_OUT_WHOLE.has(money.currency) && wire % 100n !== 0n ? null : wire;
}

/** Reads an amount and currency (any case) of a reply. Null when they are not an amount of a currency we know. */
export function fromStripeAmount(amount: unknown, currency: unknown): Money | null {
  const wire = typeof amount === 'number' ? parseInteger(amount) : null;
  if (wire === null || typeof currency !== 'string') return null;
  const code = currency.toUpperCase();
  if (!SUPPORTED.has(code)) return null;
  if (SENT_WHOLE.has(code)) return { amountMinor: wire * 100n, currency: code };
  if (!SENT_TIMES_100.has(code)) return { amountMinor: wire, currency: code };
  return wire % 100n === 0n ? { amountMinor: wire / 100n, currency: code } : null;
}

/** Why an amount could not be sent. Nothing left this machine, and another PSP may well take the amount. */
export function amountRefused(money: Money): Outcome {
  const { amountMinor, currency } = money;
  if (!SUPPORTED.has(currency)) {
    return declined('merchant_config', `Stripe has no payments in ${currency}`);
  }
  if (amountMinor <= 0n) return declined('amount_too_small', 'the amount must be more than zero');
  if (scale(money).wire > WIRE_MAX) {
    return declined('amount_too_large', 'the amount has more digits than Stripe takes');
  }
  const message = `Stripe cannot take this fraction of ${currency}`;
  return {
    kind: 'declined',
    decline: { code: 'invalid_request', pspCode: null, message, fallbackOverride: 'yes' },
  };
}
