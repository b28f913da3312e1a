// Safaricom's callbacks (psp/mpesa.md section 4): unsigned, sent once. Each comes to an address that one request of ours
// named; that is enough to ask, and never enough to believe. The exception is the answer to our own question about a
// payout or a reversal, for which there is no other way (status.ts).
import { declined, type Outcome } from '../../domain/attempt/outcome.ts';
import { type Callback, judgeCallback, readCallback } from '../callback.ts';
import type {
  Authenticity,
  Credentials,
  InboundMessage,
  WebhookMessage,
  WebhookTarget,
} from '../contract.ts';
import { idOf, type Json, objectOf, parseObject, textOf } from '../json.ts';
import { fromShillings } from './amount.ts';
import { ALREADY_REVERSED, merchantDecline, PAID, stkDecline } from './results.ts';
import { parametersOf, readStatus } from './status.ts';

export function verifyWebhook(
  { query }: InboundMessage,
  { consumer_secret: secret = '' }: Credentials,
  nowMs: number,
): Authenticity {
  // Payments to the PayBill come to the address that was registered once, or to the ordinary one.
  if (query.callback === undefined || readCallback(query.callback) === null) return 'unsigned';
  const judged = judgeCallback(query.callback, secret, nowMs);
  if (judged === 'answer') return 'verified';
  return judged === 'hint' ? 'unsigned' : 'forged';
}

export function readWebhook({ rawBody, query }: InboundMessage): WebhookMessage | null {
  const body = parseObject(rawBody.toString('utf8'));
  if (body === null) return null;
  const callback = readCallback(query.callback);
  const push = objectOf(objectOf(body.Body).stkCallback);
  const checkout = textOf(push.CheckoutRequestID);
  if (checkout !== null) return readPush(push, checkout, callback);
  const result = objectOf(body.Result);
  const conversation = textOf(result.OriginatorConversationID);
  if (conversation !== null) return readResult(result, conversation, callback);
  return readPayIn(body);
}

const NOBODY: WebhookTarget = {
  reference: null,
  pspReference: null,
  paymentId: null,
  refundReference: null,
  refundPspReference: null,
};

function readPush(push: Json, checkout: string, callback: Callback | null): WebhookMessage {
  const { CallbackMetadata: metadata } = push;
  const items = objectOf(metadata).Item;
  const named = Object.fromEntries(
    (Array.isArray(items) ? items : [])
      .map(objectOf)
      .flatMap(({ Name: name, Value: value }) => (textOf(name) === null ? [] : [[name, value]])),
  ) as Json;
  const amountMinor = fromShillings(named.Amount);
  const receipt = textOf(named.MpesaReceiptNumber);
  const code = idOf(push.ResultCode);
  // Only of what came to the secret address of this payment: anybody may know its CheckoutRequestID.
  const addressed = callback?.about === 'p';
  const hints = addressed && {
    checkout_request_id: checkout,
    ...(receipt === null ? {} : { receipt }),
    ...(amountMinor === null ? {} : { amount_minor: amountMinor.toString() }),
  };
  return {
    eventId: `stk:${checkout}:${code}`,
    eventType: code === PAID ? 'stk.success' : 'stk.failure',
    target: {
      ...NOBODY,
      reference: addressed ? callback.reference : null,
      pspReference: checkout,
    },
    about: 'charge',
    outcome: claimOf(code, textOf(push.ResultDesc) ?? '', checkout, amountMinor),
    amountMinor: null,
    ...(hints ? { hints } : {}),
  };
}

/** What a callback claims; nobody believes it. */
function claimOf(
  code: string | null,
  said: string,
  pspReference: string,
  amountMinor: bigint | null,
): Outcome | null {
  const facts = { pspReference };
  if (code === PAID && amountMinor !== null && amountMinor > 0n)
    return { ...facts, kind: 'succeeded', what: 'captured', amountMinor, currency: 'KES' };
  const decline = code === null ? null : stkDecline(code);
  return decline === null ? null : declined(decline, said || `result ${code}`, code, facts);
}

function readResult(
  result: Json,
  conversation: string,
  callback: Callback | null,
): WebhookMessage | null {
  // Only the address tells what it is about.
  if (callback === null || callback.about === 'p') return null;
  const { about, reference, askedMs } = callback;
  const isRefund = about === 'r';
  const kind = isRefund ? 'reversal' : 'payout';
  const answers = askedMs !== null;
  return {
    eventId: `${kind}:${reference}:${askedMs ?? 'result'}:${conversation}`,
    eventType: answers ? `${kind}.status` : `${kind}.result`,
    target: isRefund ? { ...NOBODY, refundReference: reference } : { ...NOBODY, reference },
    about: isRefund ? 'refund' : 'payout',
    outcome: answers ? readStatus(result, about) : resultOf(result, isRefund),
    amountMinor: null,
  };
}

function resultOf(result: Json, isRefund: boolean): Outcome | null {
  const code = idOf(result.ResultCode);
  const parameters = parametersOf(result);
  const amountMinor = fromShillings(parameters[isRefund ? 'Amount' : 'TransactionAmount']);
  if (code === PAID && amountMinor !== null && amountMinor > 0n) {
    const what = isRefund ? 'refunded' : 'paid_out';
    return { kind: 'succeeded', what, amountMinor, currency: 'KES' };
  }
  if (code === null || code === ALREADY_REVERSED) return null;
  const decline = merchantDecline(code);
  const said = textOf(result.ResultDesc) ?? `result ${code}`;
  return decline === null ? null : declined(decline, said, code);
}

/** A payment to the PayBill: what a payer paid in by himself, or the shadow of an STK push, which is told apart. */
function readPayIn(body: Json): WebhookMessage | null {
  const receipt = textOf(body.TransID);
  const account = textOf(body.BillRefNumber)?.trim().toUpperCase() ?? null;
  if (receipt === null || account === null || textOf(body.BusinessShortCode) === null) return null;
  const isPush = /^S[0-9A-F]{11}$/.test(account);
  return {
    eventId: `c2b:${receipt}`,
    eventType: 'c2b.confirmation',
    target: { ...NOBODY, pspReference: isPush ? null : account },
    about: isPush ? null : 'charge',
    outcome: null,
    amountMinor: null,
  };
}
