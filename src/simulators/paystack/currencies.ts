// Currencies, limits and fees (psp/paystack.md section 6). Paystack counts in hundredths of every currency, XOF too.
import { shiftPoint } from '../../kernel/money.ts';
import { invalidParams, refuse } from './wire.ts';

interface Currency {
  readonly country: string;
  /** Smallest amount in subunits. */
  readonly minimum: number;
  /** Fee in hundredths of a percent. */
  readonly feeBps: number;
  readonly channels: readonly string[];
  /** mobile_money.provider words. */
  readonly networks: readonly string[];
}

const row = (
  country: string,
  minimum: number,
  feeBps: number,
  channels: string,
  networks = '',
): Currency => ({
  country,
  minimum,
  feeBps,
  channels: channels.split(' '),
  networks: networks === '' ? [] : networks.split(' '),
});

const currencies: Readonly<Partial<Record<string, Currency>>> = {
  NGN: row('NG', 5_000, 150, 'card bank bank_transfer ussd qr apple_pay payattitude'),
  USD: row('NG', 200, 390, 'card'),
  GHS: row('GH', 10, 195, 'card mobile_money', 'mtn atl vod'),
  ZAR: row('ZA', 100, 290, 'card eft qr capitec_pay apple_pay'),
  KES: row('KE', 300, 290, 'card mobile_money bank_transfer', 'mpesa mpesa_offline mptill atl'),
  XOF: row('CI', 100, 195, 'card mobile_money', 'mtn orange wave'),
};

export const CURRENCIES = Object.keys(currencies);
export const CHANNELS =
  'card bank apple_pay ussd qr mobile_money bank_transfer eft capitec_pay payattitude'.split(' ');

/** 10,000,000 major units. */
const MAXIMUM = 1_000_000_000;

export function currencyOf(value: unknown): string {
  const code = value ?? 'NGN';
  if (typeof code === 'string' && currencies[code]) return code;
  throw unsupportedCurrency();
}

export function unsupportedCurrency() {
  return refuse(400, 'Currency not supported by merchant', {
    code: 'unsupported_currency',
    nextStep: 'Use a currency that is enabled for your integration',
  });
}

export function rulesOf(currency: string): Currency {
  return currencies[currency]!;
}

/** Subunits of a charge: a positive integer, or its digits as text, as the live API takes it. */
export function chargeAmountOf(value: unknown, currency: string): number {
  const amount = amountOf(value);
  const { minimum } = rulesOf(currency);
  if (amount < minimum)
    throw invalidParams(`Amount is below the minimum of ${formatAmount(minimum, currency)}`);
  if (amount > MAXIMUM) throw invalidParams('Amount is higher than the maximum limit');
  return amount;
}

export function amountOf(value: unknown): number {
  const amount = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof amount !== 'number' || !Number.isSafeInteger(amount) || amount <= 0)
    throw invalidParams('Invalid Amount Sent');
  return amount;
}

export function feeOf(amount: number, currency: string): number {
  return Math.floor((amount * rulesOf(currency).feeBps) / 10_000);
}

/** `GHS 200.00`, for pages. */
export function formatAmount(subunits: number, currency: string): string {
  return `${currency} ${shiftPoint(BigInt(subunits), 2)}`;
}

/** ISO 4217 minor units: XOF has none, and Paystack ignores its fraction. */
export function toMinor(subunits: number, currency: string): bigint {
  return currency === 'XOF' ? BigInt(subunits) / 100n : BigInt(subunits);
}
