// Monnify's webhooks (psp/monnify.md section 4): signed over the raw body in live mode, not at all in the sandbox, where
// they are only a reason to ask. There is no event for failed cards or expired payments.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Outcome } from '../../domain/attempt/outcome.ts';
import type {
  Authenticity,
  Credentials,
  InboundMessage,
  WebhookMessage,
  WebhookTarget,
} from '../contract.ts';
import { type Json, objectOf, parseObject, textOf } from '../json.ts';
import { fromNaira } from './amount.ts';
import { readPayout } from './payout.ts';
import { readRefund } from './refund.ts';
import { readTransaction } from './transaction.ts';

export function verifyWebhook(
  { headers, rawBody }: InboundMessage,
  { api_key: apiKey, secret_key: secretKey }: Credentials,
): Authenticity {
  const given = headers['monnify-signature'];
  // The sandbox signs nothing; in live mode what is not signed is nobody's.
  if (given === undefined) return apiKey?.startsWith('MK_TEST_') ? 'unsigned' : 'forged';
  if (!secretKey || rawBody.length === 0 || !/^[0-9a-f]{128}$/i.test(given)) return 'forged';
  const right = createHmac('sha512', secretKey).update(rawBody).digest();
  return timingSafeEqual(Buffer.from(given, 'hex'), right) ? 'verified' : 'forged';
}

const ABOUT: Readonly<Partial<Record<string, WebhookMessage['about']>>> = {
  SUCCESSFUL_TRANSACTION: 'charge',
  REJECTED_PAYMENT: 'charge',
  SUCCESSFUL_DISBURSEMENT: 'payout',
  FAILED_DISBURSEMENT: 'payout',
  REVERSED_DISBURSEMENT: 'payout',
  SUCCESSFUL_REFUND: 'refund',
  FAILED_REFUND: 'refund',
};

export function readWebhook({ rawBody }: InboundMessage): WebhookMessage | null {
  const body = parseObject(rawBody.toString('utf8'));
  const eventType = textOf(body?.eventType);
  if (body === null || eventType === null) return null;
  const data = objectOf(body.eventData);
  const about = (Object.hasOwn(ABOUT, eventType) ? ABOUT[eventType] : null) ?? null;
  return {
    eventId: eventIdOf(eventType, data),
    eventType,
    target: targetOf(about, data),
    about,
    outcome: settled(outcomeOf(eventType, about, data)),
    amountMinor: about === 'refund' ? fromNaira(data.refundAmount) : null,
  };
}

/** Transaction, event and status (section 4); a refund by its own reference; a rejected payment by its bank's session. */
function eventIdOf(eventType: string, data: Json): string | null {
  const object = textOf(data.refundReference) ?? textOf(data.transactionReference);
  if (object === null || eventType === 'REJECTED_PAYMENT') return null;
  const status =
    textOf(data.paymentStatus) ?? textOf(data.refundStatus) ?? textOf(data.status) ?? '';
  // Paid in part, and then another part: one status, two events.
  const amount = fromNaira(data.amountPaid) ?? '';
  return `${eventType}:${object}:${status}:${amount}`;
}

function targetOf(about: WebhookMessage['about'], data: Json): WebhookTarget {
  const isPayout = about === 'payout';
  return {
    reference: isPayout ? textOf(data.reference) : textOf(data.paymentReference),
    pspReference: isPayout ? null : textOf(data.transactionReference),
    paymentId: textOf(objectOf(data.metaData).payment_id),
    refundReference: about === 'refund' ? textOf(data.refundReference) : null,
    refundPspReference: about === 'refund' ? textOf(data.refundReference) : null,
  };
}

function outcomeOf(eventType: string, about: WebhookMessage['about'], data: Json): Outcome | null {
  const target = targetOf(about, data);
  if (about === 'refund')
    return target.refundReference === null ? null : readRefund(data, target.refundReference);
  const { reference } = target;
  if (reference === null || about === null) return null;
  if (about === 'payout') return readPayout(data, reference, {});
  // The money of a rejected payment goes back: what is left is the query's to tell.
  return eventType === 'SUCCESSFUL_TRANSACTION'
    ? readTransaction(data, { reference, pspState: {} })
    : null;
}

/** An event we cannot read is a reason to ask, not an unknown payment. */
function settled(outcome: Outcome | null): Outcome | null {
  return outcome?.kind === 'unknown' ? null : outcome;
}
