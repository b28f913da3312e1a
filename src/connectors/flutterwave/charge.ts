// Starts a charge: Flutterwave's hosted page, a saved card, or a direct charge on a phone, an account or a code
// (psp/flutterwave.md sections 2.1 and 2.2). The request is a pure function of the stored input.
import { declined, type Outcome } from '../../domain/attempt/outcome.ts';
import type { ChargeInput, Instrument } from '../contract.ts';
import { emailOf, emailOrPlaceholder } from '../customer-email.ts';
import type { Json } from '../json.ts';
import { refuseAmount, toMajor } from './amount.ts';
import type { ApiRequest } from './api.ts';
import { digitsOf, mobileMoneyOf } from './mobile-money.ts';
import { hasAccounts, planPage } from './page.ts';
import { type Asked, readCharge } from './read-charge.ts';
import type { Answer } from './reply.ts';
import type { Expected } from './transaction.ts';

/** A request and how to read its answer, or why there is nothing to send. */
export type Plan =
  | { readonly refusal: Outcome }
  | {
      readonly request: ApiRequest;
      readonly read: (answer: Answer, expected: Expected) => Outcome;
    };

export function planCharge(input: ChargeInput, nowMs: number): Plan {
  const refusal = refuseAmount(input.amount);
  if (refusal) return { refusal };
  if (input.captureMethod === 'manual')
    return { refusal: declined('merchant_config', 'Flutterwave authorises cards by number only') };
  const { instrument } = input;
  if (instrument?.token) return planSavedCard(input, instrument.token);
  const direct = instrument ? planDirect(input, instrument, nowMs) : null;
  return direct ?? planPage(input);
}

function planSavedCard(input: ChargeInput, token: string): Plan {
  if (!token.startsWith('flw-'))
    return { refusal: declined('invalid_request', 'the token is not one of Flutterwave') };
  const email = emailOf(input.customer);
  // Flutterwave charges a saved card only for the customer it was saved for.
  if (email === null)
    return { refusal: declined('invalid_request', 'a saved card needs the customer email') };
  const json = { ...basics(input), email, token, country: input.country ?? 'NG' };
  const request = { method: 'POST', path: '/tokenized-charges', json } as const;
  return { request, read: reading({ digits: null, prompts: false, endsAtMs: input.expiresAtMs }) };
}

/** Null when the data given is not enough, and the page must ask for it. */
function planDirect(input: ChargeInput, instrument: Instrument, nowMs: number): Plan | null {
  const { method, amount } = input;
  const { phone, network } = instrument;
  const { currency } = amount;
  if (phone && (method === null || method === 'mobile_money'))
    return planMobileMoney(input, phone, network);
  // Who names his own account is charged there; who names none pays into one, where there are such.
  const own = instrument.bankCode !== null && instrument.accountNumber !== null;
  if (method === 'bank_transfer' && hasAccounts(currency) && !own) {
    const seconds = accountSeconds(input.expiresAtMs, nowMs);
    const narration = input.description ? { narration: input.description.slice(0, 100) } : {};
    const extra = { expires: seconds, is_permanent: false, ...narration };
    return direct(input, 'bank_transfer', extra, nowMs + seconds * 1_000);
  }
  if (method === 'ussd' && currency === 'NGN' && instrument.bankCode)
    return direct(input, 'ussd', { account_bank: instrument.bankCode });
  return method === 'bank' || method === 'bank_transfer' ? planBank(input, instrument) : null;
}

function planMobileMoney(input: ChargeInput, number: string, network: string | null): Plan | null {
  const found = mobileMoneyOf(input.amount.currency, number, network, input.country);
  if (found === 'page') return null;
  if (found === 'invalid')
    return { refusal: declined('invalid_phone', 'this is not a phone number of that country') };
  const digits = digitsOf(found.phone);
  const extra = {
    phone_number: digits,
    ...(found.network ? { network: found.network } : {}),
    ...(found.country ? { country: found.country } : {}),
  };
  return direct(input, found.type, extra, input.expiresAtMs, digits);
}

const BANK_TYPES: Readonly<Partial<Record<string, string>>> = {
  NGN: 'mono',
  GBP: 'account-ach-uk',
  EUR: 'account-ach-uk',
  ZAR: 'ach_payment',
  USD: 'ach_payment',
};

/** The payer chooses and approves on the bank's own page. */
function planBank(input: ChargeInput, { bankCode, accountNumber }: Instrument): Plan | null {
  const type = BANK_TYPES[input.amount.currency];
  if (type === undefined) return null;
  const account =
    bankCode && accountNumber ? { account_bank: bankCode, account_number: accountNumber } : {};
  return direct(input, type, {
    ...account,
    ...(type === 'account-ach-uk' ? { is_token_io: 1 } : {}),
  });
}

function direct(
  input: ChargeInput,
  type: string,
  extra: Json,
  endsAtMs = input.expiresAtMs,
  digits: string | null = null,
): Plan {
  const json = { ...basics(input), email: emailOrPlaceholder(input), ...extra };
  const request = { method: 'POST', path: `/charges?type=${type}`, json } as const;
  return { request, read: reading({ digits, prompts: digits !== null, endsAtMs }) };
}

function reading(asked: Asked) {
  return (answer: Answer, expected: Expected) => readCharge(answer, expected, asked);
}

function basics(input: ChargeInput): Json {
  const { name } = input.customer;
  return {
    tx_ref: input.reference,
    amount: toMajor(input.amount),
    currency: input.amount.currency,
    ...(name ? { fullname: name } : {}),
    redirect_url: input.returnUrl,
    meta: input.metadata,
  };
}

const YEAR_S = 31_536_000;

/** An account lives at least so long that the payer can open his bank's app (section 2.2: at most a year). */
function accountSeconds(expiresAtMs: number, nowMs: number): number {
  return Math.min(Math.max(Math.floor((expiresAtMs - nowMs) / 1_000), 300), YEAR_S);
}
