// Starts a charge: Paystack's hosted page, a saved card, or a direct charge on a phone or an account
// (psp/paystack.md sections 2.1 to 2.3). The request is a pure function of the stored input.
import { declined, type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { ChargeInput, Instrument, Method } from '../contract.ts';
import { emailOf, emailOrPlaceholder } from '../customer-email.ts';
import { type Json, textOf } from '../json.ts';
import { refuseAmount, toSubunits } from './amount.ts';
import type { ApiRequest } from './api.ts';
import { phoneFor } from './customer.ts';
import { refused, refusedByStatus } from './declines.ts';
import type { Answer } from './reply.ts';
import { type Expected, readCharge } from './transaction.ts';

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
  const { instrument } = input;
  if (instrument?.token) return planSavedCard(input, instrument.token);
  const direct = instrument ? directInstrument(input, instrument, nowMs) : null;
  if (direct) {
    const json = { ...basics(input), ...direct, metadata: input.metadata };
    return { request: { method: 'POST', path: '/charge', json }, read: readCharge };
  }
  return planPage(input, '/transaction/initialize');
}

/** The hosted page; for preauthorizations too, which answer in the same shape. */
export function planPage(input: ChargeInput, path: string, extra: Json = {}): Plan {
  const channel = CHANNELS[input.method ?? ''];
  if (channel === undefined && input.method !== null)
    return { refusal: declined('merchant_config', `Paystack has no channel ${input.method}`) };
  const json = {
    ...basics(input),
    callback_url: input.returnUrl,
    ...(channel ? { channels: [channel] } : {}),
    metadata: { ...input.metadata, cancel_action: input.cancelUrl },
    ...extra,
  };
  return { request: { method: 'POST', path, json }, read: readPage };
}

export function planSavedCard(input: ChargeInput, token: string, path?: string): Plan {
  if (!token.startsWith('AUTH_'))
    return { refusal: declined('invalid_request', 'the token is not a Paystack authorization') };
  const email = emailOf(input.customer);
  // Paystack charges a saved card only for the customer it was saved for.
  if (email === null)
    return { refusal: declined('invalid_request', 'a saved card needs the customer email') };
  const json = {
    ...basics(input),
    authorization_code: token,
    // The official description has JSON text here, and an object everywhere else.
    metadata: JSON.stringify(input.metadata),
  };
  const request = {
    method: 'POST',
    path: path ?? '/transaction/charge_authorization',
    json,
  } as const;
  return { request, read: readCharge };
}

function basics(input: ChargeInput): Json {
  return {
    email: emailOrPlaceholder(input),
    amount: toSubunits(input.amount),
    currency: input.amount.currency,
    reference: input.reference,
  };
}

const CHANNELS: Readonly<Partial<Record<string, string>>> = {
  card: 'card',
  mobile_money: 'mobile_money',
  bank_transfer: 'bank_transfer',
  bank: 'bank',
  ussd: 'ussd',
  apple_pay: 'apple_pay',
  qr: 'qr',
  eft: 'eft',
} satisfies Partial<Record<Method, string>>;

/** The instrument object of `POST /charge`; null when the data given is not enough, and the page must ask for it. */
function directInstrument(
  { method, amount, expiresAtMs }: ChargeInput,
  { phone, network, bankCode, accountNumber }: Instrument,
  nowMs: number,
): Json | null {
  const { currency } = amount;
  const from = (code: string | null) => (code === null ? undefined : USSD_TYPES[code]);
  if (phone && network && (method === null || method === 'mobile_money'))
    return {
      mobile_money: { phone: phoneFor(currency, phone), provider: network.toLowerCase() },
    };
  // Who names his own account is charged there; who names none pays into one of Paystack's.
  const own = method === 'bank' || (method === 'bank_transfer' && currency === 'NGN');
  if (own && bankCode && accountNumber)
    return { bank: { code: bankCode, account_number: accountNumber } };
  if (method === 'ussd' && from(bankCode)) return { ussd: { type: from(bankCode) } };
  if (method === 'bank_transfer' && (currency === 'NGN' || currency === 'KES'))
    return { bank_transfer: { account_expires_at: accountExpiry(currency, expiresAtMs, nowMs) } };
  if (method === 'qr' && currency === 'ZAR') return { qr: { provider: 'scan-to-pay' } };
  if (method === 'eft' && currency === 'ZAR') return { eft: { provider: 'ozow' } };
  return null;
}

/** Paystack's USSD types, by themselves and by the bank that runs them (GTB, UBA, Sterling, Zenith). */
const USSD_TYPES: Readonly<Partial<Record<string, string>>> = {
  '737': '737',
  '058': '737',
  '919': '919',
  '033': '919',
  '822': '822',
  '232': '822',
  '966': '966',
  '057': '966',
};

const MINUTE_MS = 60_000;

/** Section 2.2: Nigerian accounts live 15 minutes to 8 hours, Pesalink ones at most 25 minutes. */
function accountExpiry(currency: string, expiresAtMs: number, nowMs: number): string {
  const earliest = nowMs + 15 * MINUTE_MS;
  const latest = nowMs + (currency === 'KES' ? 25 : 8 * 60) * MINUTE_MS;
  return new Date(Math.min(Math.max(expiresAtMs, earliest), latest)).toISOString();
}

/** `/transaction/initialize` answers with the page's address and the popup's access code. */
function readPage(answer: Answer, { reference, pspState }: Expected): Outcome {
  if (answer.kind === 'bare') return refusedByStatus(answer.httpStatus);
  if (answer.kind !== 'reply') return answer;
  const { reply } = answer;
  if (!reply.accepted) return refused(reply, 'payer');
  if (reply.data.reference !== reference) return unknown('the reply is about another reference');
  const url = textOf(reply.data.authorization_url);
  if (url === null) return unknown('reply without a payment page');
  return {
    kind: 'requires_action',
    action: { type: 'redirect', url },
    clientToken: textOf(reply.data.access_code),
    pspReference: reference,
    pspState: { ...pspState, flow: 'page', authorization_url: url },
  };
}
