// Reads Paystack's transaction object, as charge, submit, verify and check answer it, into an outcome.
// A success counts only under our reference and in the connection's mode, with an amount; whether it is the right
// amount is the host's to compare. Status words: psp/paystack.md sections 2.2 and 3.
import {
  type CustomerAction,
  declined,
  type Outcome,
  unknown,
} from '../../domain/attempt/outcome.ts';
import type { Mode } from '../contract.ts';
import { idOf, type Json, objectOf, parseObject, textOf } from '../json.ts';
import { fromSubunits } from './amount.ts';
import { failed, refused, refusedByStatus } from './declines.ts';
import type { Answer } from './reply.ts';

/** The attempt an answer must be about. */
export interface Expected {
  readonly reference: string;
  readonly mode: Mode;
  readonly pspState: Readonly<Record<string, string>>;
}

/** Reads the answer of a call that moves money: a refusal of the call is a refusal of the charge. */
export function readCharge(answer: Answer, expected: Expected): Outcome {
  if (answer.kind === 'bare') return refusedByStatus(answer.httpStatus);
  if (answer.kind !== 'reply') return answer;
  const { reply } = answer;
  if (textOf(reply.data.status) !== null || reply.data.paused === true)
    return readTransaction(reply.data, reply.accepted, expected);
  return reply.accepted ? unknown('reply without a status') : refused(reply, 'payer');
}

export function readTransaction(data: Json, accepted: boolean, expected: Expected): Outcome {
  const stranger = strangerTo(expected, data);
  if (stranger !== null) return unknown(stranger);
  const status = data.paused === true ? 'paused' : (textOf(data.status) ?? '');
  const facts = factsOf(data, status, expected);
  switch (status) {
    case 'success':
      return accepted
        ? succeeded(data, 'captured', expected, facts)
        : unknown('success, but refused');
    case 'reversed':
      return succeeded(data, 'refunded', expected, facts);
    case 'failed':
      return failed(data, 'payer', facts);
    case 'timeout':
      return declined('payer_timeout', textOf(data.message) ?? 'not paid in time', status, facts);
    case 'pending':
    case 'processing':
    case 'queued':
      return {
        ...withStep(facts, '', {}),
        kind: 'pending',
        message: textOf(data.message) ?? status,
      };
    case 'abandoned':
      return abandoned(facts, expected);
    default: {
      const action = actionOf(status, data, expected);
      // A word that is not in the table never means failure (psp/common.md section 4).
      if (action === null) return { ...facts, ...unknown(`status ${status}`) };
      const known = status === 'ongoing' ? facts : withStep(facts, status, data);
      return { ...known, kind: 'requires_action', action };
    }
  }
}

/** Why the object is not the one we asked about; null when it may be. */
export function strangerTo({ reference, mode }: Expected, data: Json): string | null {
  const theirs = textOf(data.reference);
  if (theirs !== null && theirs !== reference) return 'the reply is about another reference';
  const otherMode = mode === 'live' ? 'test' : 'live';
  return data.domain === otherMode ? 'the reply is from the other mode' : null;
}

export interface Facts {
  readonly pspReference: string;
  readonly pspState: Readonly<Record<string, string>>;
  readonly feeMinor?: bigint;
  readonly feeCurrency?: string;
}

/** Paystack knows the transaction by our reference; its own id is kept for the list of refunds. */
export function factsOf(data: Json, status: string, { reference, pspState }: Expected): Facts {
  const id = idOf(data.id);
  const currency = textOf(data.currency);
  const feeMinor = currency === null ? null : fromSubunits(data.fees, currency);
  return {
    pspReference: reference,
    pspState: { ...pspState, ...(id === null ? {} : { transaction_id: id }), status },
    ...(feeMinor === null || currency === null ? {} : { feeMinor, feeCurrency: currency }),
  };
}

function succeeded(
  data: Json,
  what: 'captured' | 'refunded',
  { reference }: Expected,
  facts: Facts,
): Outcome {
  const currency = textOf(data.currency);
  const amountMinor = currency === null ? null : chargedMinor(data, currency);
  if (data.reference !== reference || currency === null || amountMinor === null)
    return { ...facts, ...unknown(`${what}, but without reference, amount and currency`) };
  return { ...facts, kind: 'succeeded', what, amountMinor, currency };
}

/**
 * What was charged for us. A fee passed on to the customer makes `amount` larger than the `requested_amount`; a
 * partial debit makes it smaller (psp/paystack.md section 2.4, the rule is inferred there).
 */
function chargedMinor(data: Json, currency: string): bigint | null {
  const charged = fromSubunits(data.amount, currency);
  const requested = fromSubunits(data.requested_amount, currency);
  if (charged === null || requested === null) return charged;
  if (charged > requested) return requested;
  return charged;
}

/**
 * Nobody is paying now, but while Paystack's session is open the customer may come back and pay: not a failure. Our
 * own expiry is the host's to apply; `pspState.status` tells it.
 */
export function abandoned(facts: Facts, { pspState }: Expected): Outcome {
  const url = pspState.authorization_url;
  if (url) return { ...facts, kind: 'requires_action', action: { type: 'redirect', url } };
  return { ...facts, kind: 'pending', message: 'the customer has left the payment page' };
}

/** What a step shows to the customer. Not its texts: they are Paystack's words, and only for the moment. */
const SHOWN = [
  'url',
  'authorization_url',
  'ussd_code',
  'qr_code',
  'account_number',
  'account_name',
  'bank',
  'account_expires_at',
  'transaction_reference',
];
const SHOWN_MAX = 2_000;

/** Verify only says `ongoing`: the step is kept, so that the customer is not told to wait for what he has to do. */
function withStep(facts: Facts, step: string, data: Json): Facts {
  const shown = JSON.stringify(Object.fromEntries(SHOWN.map((name) => [name, data[name]])));
  const kept = step !== '' && shown.length <= SHOWN_MAX ? { step, shown } : { step: '' };
  if (kept.step === '' && !facts.pspState.step) return facts;
  return { ...facts, pspState: { ...facts.pspState, ...kept } };
}

const SUBMITS: Readonly<Record<string, 'otp' | 'pin' | 'phone' | 'birthday' | 'address'>> = {
  send_otp: 'otp',
  send_pin: 'pin',
  send_phone: 'phone',
  send_birthday: 'birthday',
  send_address: 'address',
};

function actionOf(status: string, data: Json, expected: Expected): CustomerAction | null {
  const message = textOf(data.display_text) ?? textOf(data.message) ?? '';
  const field = SUBMITS[status];
  if (field) return { type: 'submit', field, message: message || `Please enter your ${field}` };
  switch (status) {
    case 'open_url':
      return redirect(data.url);
    case 'paused':
      return redirect(data.authorization_url);
    case 'ongoing':
      return (
        redirect(expected.pspState.authorization_url) ?? lastStep(expected) ?? waitFor(message)
      );
    case 'pay_offline':
      return offline(data, message);
    case 'pending_bank_transfer':
      return bankTransfer(data, message);
    default:
      return null;
  }
}

function lastStep(expected: Expected): CustomerAction | null {
  const { step, shown } = expected.pspState;
  if (!step || step === 'ongoing' || shown === undefined) return null;
  return actionOf(step, parseObject(shown) ?? {}, expected);
}

function redirect(url: unknown): CustomerAction | null {
  const text = textOf(url);
  return text === null ? null : { type: 'redirect', url: text };
}

function waitFor(message: string): CustomerAction {
  return { type: 'wait', message: message || 'Please complete the payment' };
}

function offline(data: Json, message: string): CustomerAction {
  const ussdCode = textOf(data.ussd_code);
  if (ussdCode !== null) return { type: 'ussd', code: ussdCode, message };
  const qr = textOf(data.qr_code);
  if (qr !== null) return { type: 'qr', imageUrl: textOf(data.url), text: qr };
  return waitFor(message);
}

function bankTransfer(data: Json, message: string): CustomerAction | null {
  const accountNumber = idOf(data.account_number);
  if (accountNumber === null) return null;
  // Pesalink finds the payment by the narration.
  const narration = textOf(data.transaction_reference);
  return {
    type: 'bank_transfer',
    bankName: textOf(objectOf(data.bank).name) ?? '',
    accountNumber,
    accountName: textOf(data.account_name) ?? '',
    expiresAt: textOf(data.account_expires_at),
    message: narration === null ? message : `${message} Narration: ${narration}`.trim(),
  };
}
