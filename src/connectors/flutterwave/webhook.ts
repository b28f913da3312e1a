// Flutterwave's webhooks (psp/flutterwave.md section 4): three shapes, and a literal token that tells who sent it but is
// not bound to the body. So what a webhook says is never believed: it names what to ask about, and has no outcome.
import { createHash, timingSafeEqual } from 'node:crypto';
import type {
  Authenticity,
  Credentials,
  InboundMessage,
  WebhookMessage,
  WebhookTarget,
} from '../contract.ts';
import { idOf, type Json, objectOf, parseObject, textOf } from '../json.ts';
import { referenceIn } from './refund.ts';

export function verifyWebhook(
  { headers, rawBody }: InboundMessage,
  { secret_hash: secret }: Credentials,
): Authenticity {
  // The merchant configured none: then Flutterwave sends no header, and anybody may have sent this.
  if (!secret) return 'unsigned';
  if (rawBody.length === 0) return 'forged';
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const same = timingSafeEqual(digest(headers['verif-hash'] ?? ''), digest(secret));
  return same ? 'verified' : 'forged';
}

export function readWebhook({ rawBody }: InboundMessage): WebhookMessage | null {
  const body = parseObject(rawBody.toString('utf8'));
  if (body === null) return null;
  const about = aboutOf(body);
  const eventType = textOf(body.event) ?? textOf(body['event.type']) ?? about;
  if (eventType === null) return null;
  const data = dataOf(body);
  const id = idOf(data.id);
  return {
    eventId: id === null ? null : `${about ?? eventType}:${id}:${textOf(data.status) ?? ''}`,
    eventType,
    target: targetOf(about, data, body),
    about,
    outcome: null,
    // In major units of a currency that the event does not name.
    amountMinor: null,
    ...(about === 'charge' && id !== null ? { hints: { transaction_id: id } } : {}),
  };
}

/** `event` first, then `event.type`, then the keys: section 4's rule, for the shape before and after 2020. */
function aboutOf(body: Json): WebhookMessage['about'] {
  const event = textOf(body.event)?.toLowerCase() ?? null;
  if (event?.startsWith('charge.')) return 'charge';
  if (event?.startsWith('transfer.')) return 'payout';
  if (event?.startsWith('refund')) return 'refund';
  if (event !== null) return null;
  const type = textOf(body['event.type'])?.toLowerCase() ?? '';
  if (type === 'transfer' || 'transfer' in body) return 'payout';
  if (type === 'refund' || ('TransactionId' in body && 'AmountRefunded' in body)) return 'refund';
  return type.endsWith('_transaction') || 'txRef' in body ? 'charge' : null;
}

/** In `data`, in `transfer`, or the body itself. */
function dataOf(body: Json): Json {
  if ('data' in body) return objectOf(body.data);
  return 'transfer' in body ? objectOf(body.transfer) : body;
}

function targetOf(about: WebhookMessage['about'], data: Json, body: Json): WebhookTarget {
  const id = idOf(data.id);
  const isRefund = about === 'refund';
  const reference =
    about === 'payout' ? idOf(data.reference) : (idOf(data.tx_ref) ?? idOf(data.txRef));
  return {
    reference: isRefund ? null : reference,
    pspReference: isRefund ? idOf(data.TransactionId ?? data.tx_id) : id,
    paymentId: textOf(objectOf(body.meta_data).payment_id),
    refundReference: isRefund ? referenceIn(data.comments) : null,
    refundPspReference: isRefund ? id : null,
  };
}
