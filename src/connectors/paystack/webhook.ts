// Paystack's webhooks (psp/paystack.md section 4). There is no event for a failed charge, no timestamp, and published
// refund events carry no refund id. Reading believes nothing; the signature is checked over the raw bytes.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Outcome } from '../../domain/attempt/outcome.ts';
import type { DisputeWord } from '../../domain/payment/dispute.ts';
import type {
  Authenticity,
  Credentials,
  InboundMessage,
  WebhookMessage,
  WebhookTarget,
} from '../contract.ts';
import { idOf, type Json, objectOf, parseObject, textOf } from '../json.ts';
import { fromSubunits } from './amount.ts';
import { disputeStatusOf } from './dispute.ts';
import { readTransfer } from './payout.ts';
import { readPreauthorization } from './preauthorization.ts';
import { readRefund, referenceInNote } from './refund.ts';
import { metadataOf } from './reply.ts';
import { type Expected, readTransaction } from './transaction.ts';

export function verifyWebhook(
  { headers, rawBody }: InboundMessage,
  { secret_key: secretKey }: Credentials,
): Authenticity {
  const given = headers['x-paystack-signature'] ?? '';
  // Paystack always signs: without a key or a body no signature can be right.
  if (!secretKey || rawBody.length === 0 || !/^[0-9a-f]{128}$/.test(given)) return 'forged';
  const right = createHmac('sha512', secretKey).update(rawBody).digest();
  return timingSafeEqual(Buffer.from(given, 'hex'), right) ? 'verified' : 'forged';
}

export function readWebhook({ rawBody }: InboundMessage): WebhookMessage | null {
  const body = parseObject(rawBody.toString('utf8'));
  const event = textOf(body?.event);
  if (body === null || event === null) return null;
  const data = objectOf(body.data);
  const about = aboutOf(event);
  const currency = textOf(data.currency);
  return {
    eventId: eventIdOf(event, data),
    eventType: event,
    target: targetOf(about, data),
    about,
    outcome: outcomeOf(event, about, data),
    ...(about === 'dispute' ? { dispute: disputeWord(event, data) } : {}),
    amountMinor:
      about === 'refund' && currency !== null ? fromSubunits(data.amount, currency) : null,
  };
}

function aboutOf(event: string): WebhookMessage['about'] {
  if (event.startsWith('charge.dispute.')) return 'dispute';
  if (event.startsWith('refund.')) return 'refund';
  if (event.startsWith('transfer.')) return 'payout';
  const charge = ['charge.', 'preauthorization.', 'bank.transfer.'];
  return charge.some((prefix) => event.startsWith(prefix)) ? 'charge' : null;
}

/**
 * Event, object and status. Null for a refund event without any id of the refund: two equal partial refunds would
 * share it, and the second would be taken for a repeat of the first; the host then compares bodies.
 */
function eventIdOf(event: string, data: Json): string | null {
  const rejected = objectOf(data.bank_transfer);
  const id = idOf(data.id) ?? idOf(data.refund_reference) ?? idOf(rejected.transaction_id);
  const object = id ?? textOf(data.reference);
  const status = textOf(data.status) ?? textOf(rejected.message_type) ?? '';
  return object === null ? null : `${event}:${object}:${status}`;
}

function targetOf(about: WebhookMessage['about'], data: Json): WebhookTarget {
  const transaction = objectOf(data.transaction);
  const own = about === 'charge' || about === 'payout';
  const parent = textOf(data.transaction_reference) ?? textOf(transaction.reference);
  const metadata = metadataOf(data.metadata ?? transaction.metadata);
  return {
    reference: own ? textOf(data.reference) : parent,
    pspReference: about === 'payout' ? textOf(data.transfer_code) : null,
    paymentId: textOf(metadata.payment_id),
    refundReference: about === 'refund' ? referenceInNote(data) : null,
    refundPspReference: about === 'refund' ? idOf(data.id) : null,
  };
}

/** One that has just been opened is open, whatever its status is called. */
function disputeWord(event: string, data: Json): DisputeWord | null {
  const id = idOf(data.id);
  const status = disputeStatusOf(data) ?? (event === 'charge.dispute.create' ? 'DISPUTE' : null);
  return id === null || status === null ? null : { id, status };
}

/** What the event says; null where it is only a reason to ask. */
function outcomeOf(event: string, about: WebhookMessage['about'], data: Json): Outcome | null {
  if (about === 'refund') return settled(readRefund(data));
  const reference = textOf(data.reference);
  if (reference === null || about === null || about === 'dispute') return null;
  // The signature, not the body, tells the mode: each mode has its own key.
  const mode = data.domain === 'live' ? 'live' : 'sandbox';
  const expected: Expected = { reference, mode, pspState: {} };
  if (about === 'payout') return settled(readTransfer(data, true, expected));
  if (event === 'charge.success') return settled(readTransaction(data, true, expected));
  // A failed capture or release says nothing about the attempt that a query would not say better.
  const done = event.startsWith('preauthorization.') && event.endsWith('.success');
  return done ? settled(readPreauthorization(data, true, expected)) : null;
}

/** An event we cannot read is a reason to ask, not an unknown charge. */
function settled(outcome: Outcome): Outcome | null {
  return outcome.kind === 'unknown' ? null : outcome;
}
