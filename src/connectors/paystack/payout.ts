// Payouts: a recipient (moves no money, the same account gives the same recipient), then a transfer under our
// reference (psp/paystack.md section 2.7).
import { declined, type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { Call, PayoutInput } from '../contract.ts';
import { type Json, textOf } from '../json.ts';
import { fromSubunits, toSubunits } from './amount.ts';
import { type ApiRequest, ask } from './api.ts';
import { failed, refused, refusedByStatus } from './declines.ts';
import type { Answer } from './reply.ts';
import { readQuery } from './sync.ts';
import { type Expected, strangerTo } from './transaction.ts';

export async function payout(input: PayoutInput, call: Call): Promise<Outcome> {
  if (input.pspReference !== null) return syncPayout(input, call);
  // An account of somebody else has Paystack's name of it: the recipient's code.
  const known = input.pspState.recipient_code ?? input.destination;
  if (known) return transfer(input, known, call);
  const request = recipientRequest(input);
  if (request === null)
    return {
      kind: 'declined',
      decline: {
        code: 'invalid_account',
        pspCode: null,
        message: 'Paystack cannot pay this kind of account in this currency',
        // Nothing was sent, and another PSP may well pay it.
        fallbackOverride: 'yes',
      },
    };
  const recipient = readRecipient(await ask(request, call));
  return typeof recipient === 'string' ? transfer(input, recipient, call) : recipient;
}

async function transfer(input: PayoutInput, recipient: string, call: Call): Promise<Outcome> {
  const answer = await ask(transferRequest(input, recipient), call);
  const expected = expectedOf(input, call);
  return readTransferReply(answer, {
    ...expected,
    pspState: { ...expected.pspState, recipient_code: recipient },
  });
}

/** Transfers allow lower case only, unlike transactions. */
function expectedOf({ reference, pspState }: PayoutInput, { mode }: Call): Expected {
  return { reference: reference.toLowerCase(), mode, pspState };
}

const BANK_TYPES: Readonly<Partial<Record<string, string>>> = {
  NGN: 'nuban',
  GHS: 'ghipss',
  ZAR: 'basa',
  KES: 'kepss',
};
const MOBILE_MONEY_CURRENCIES = ['GHS', 'KES', 'XOF'];

/** Null when Paystack has no such recipient. */
function recipientRequest({ beneficiary, amount }: PayoutInput): ApiRequest | null {
  if (beneficiary === null) return null;
  const { currency } = amount;
  const mobile = beneficiary.type === 'mobile_money';
  const mobileType = MOBILE_MONEY_CURRENCIES.includes(currency) ? 'mobile_money' : undefined;
  const type = mobile ? mobileType : BANK_TYPES[currency];
  if (type === undefined) return null;
  const json = {
    type,
    name: beneficiary.name,
    account_number: beneficiary.accountNumber,
    // Networks are `MTN`, `ATL`, `VOD`, `MPESA` here, and lower case in charges.
    bank_code: mobile ? beneficiary.bankCode.toUpperCase() : beneficiary.bankCode,
    currency,
  };
  return { method: 'POST', path: '/transferrecipient', json, movesNoMoney: true };
}

/** The recipient's code, or the outcome of the payout: without a recipient no transfer was sent. */
function readRecipient(answer: Answer): string | Outcome {
  if (answer.kind === 'bare') return refusedByStatus(answer.httpStatus);
  if (answer.kind !== 'reply') return noRecipient(answer.reason);
  const { reply } = answer;
  if (!reply.accepted) {
    const refusal = refused(reply, 'merchant', 'invalid_account');
    return refusal.kind === 'declined' ? refusal : noRecipient(reply.message);
  }
  return textOf(reply.data.recipient_code) ?? noRecipient('reply without a code');
}

function noRecipient(reason: string): Outcome {
  return { kind: 'not_sent', reason: `no recipient, so no transfer: ${reason}` };
}

function transferRequest(input: PayoutInput, recipient: string): ApiRequest {
  const json = {
    source: 'balance',
    amount: toSubunits(input.amount),
    currency: input.amount.currency,
    recipient,
    reference: input.reference.toLowerCase(),
    ...(input.narration ? { reason: input.narration } : {}),
  };
  return { method: 'POST', path: '/transfer', json };
}

function readTransferReply(answer: Answer, expected: Expected): Outcome {
  if (answer.kind === 'bare') return refusedByStatus(answer.httpStatus);
  if (answer.kind !== 'reply') return answer;
  const { reply } = answer;
  if (textOf(reply.data.status) !== null) return readTransfer(reply.data, reply.accepted, expected);
  return reply.accepted ? unknown('reply without a status') : refused(reply, 'merchant');
}

/** A transfer object. Conclusive: success, failed, reversed, abandoned, blocked, rejected (section 3). */
export function readTransfer(data: Json, accepted: boolean, expected: Expected): Outcome {
  const stranger = strangerTo(expected, data);
  if (stranger !== null) return unknown(stranger);
  const status = textOf(data.status) ?? '';
  const code = textOf(data.transfer_code);
  const facts = {
    ...(code === null ? {} : { pspReference: code }),
    pspState: { ...expected.pspState, status },
  };
  switch (status) {
    case 'success':
      return paidOut(data, accepted, expected, facts);
    case 'pending':
    case 'received':
      return { ...facts, kind: 'pending', message: status };
    case 'otp':
      return {
        ...facts,
        kind: 'pending',
        message:
          'Paystack waits for an OTP: finish the transfer in its dashboard, or switch OTP off',
      };
    case 'reversed':
      return declined('generic_decline', 'the transfer came back', status, facts);
    case 'failed':
    case 'blocked':
    case 'rejected':
    case 'abandoned':
      return failed({ gateway_response: status, ...named(data) }, 'merchant', facts);
    default:
      return { ...facts, ...unknown(`transfer status ${status}`) };
  }
}

/** The texts of a failed transfer that say why. */
function named(data: Json): Json {
  const response = textOf(data.gateway_response);
  const reason = textOf(data.failures) ?? textOf(data.message);
  return { ...(response ? { gateway_response: response } : {}), message: reason };
}

function paidOut(
  data: Json,
  accepted: boolean,
  { reference }: Expected,
  facts: Pick<Outcome, 'pspReference' | 'pspState'>,
): Outcome {
  const currency = textOf(data.currency);
  const amountMinor = currency === null ? null : fromSubunits(data.amount, currency);
  const ours = accepted && data.reference === reference;
  if (!ours || currency === null || amountMinor === null)
    return { ...facts, ...unknown('success, but without reference, amount and currency') };
  return { ...facts, kind: 'succeeded', what: 'paid_out', amountMinor, currency };
}

export async function syncPayout(input: PayoutInput, call: Call): Promise<Outcome> {
  const expected = expectedOf(input, call);
  const path = `/transfer/verify/${encodeURIComponent(expected.reference)}`;
  return readQuery(await ask({ method: 'GET', path }, call), expected, readTransfer);
}
