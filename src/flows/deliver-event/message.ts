// One delivery as it goes over the wire: a body that serves both generations of Reevit's clients and Standard Webhooks
// (api/reevit.md section 15), signed anew for each attempt. What it tells is the snapshot of the event, never what the
// payment has become since (reliability.md F14).
import type { DueDelivery } from '../../store/deliveries.ts';
import type { Context, Environment } from '../context.ts';
import { wholeSnapshot } from '../record/snapshot.ts';
import type { Sign } from './sign.ts';

/** Standard Webhooks: under 20 KB. */
const BODY_BYTES_MAX = 20_000;

export type EventOf = Pick<
  DueDelivery,
  'eventId' | 'eventType' | 'paymentId' | 'paymentSequence' | 'snapshot' | 'createdAt'
>;

/** `evt_…` at `wh_…` is `evtd_…`: one id from two, so that no index is needed to find it. */
export function deliveryIdOf({ eventId, endpointId }: Pick<DueDelivery, 'eventId' | 'endpointId'>) {
  return `evtd_${eventId.slice('evt_'.length)}${endpointId.slice('wh_'.length)}`;
}

/** Null for what is no id of a delivery. */
export function deliveryOf(id: string): { eventId: string; endpointId: string } | null {
  const [, event, endpoint] = /^evtd_([0-9a-f]{32})([0-9a-f]{32})$/.exec(id) ?? [];
  return event && endpoint ? { eventId: `evt_${event}`, endpointId: `wh_${endpoint}` } : null;
}

/** What every way to an event shows of it: deliveries, the feed, the stream. */
export function eventBody(
  context: Context,
  environment: Environment,
  { eventId, eventType, paymentId, paymentSequence, snapshot, createdAt }: EventOf,
): Record<string, unknown> & { readonly data: Readonly<Record<string, unknown>> } {
  const at = timeOf(createdAt);
  return {
    id: eventId,
    event: eventType,
    type: eventType,
    org_id: environment.organizationId,
    mode: environment.mode,
    created_at: at,
    timestamp: at,
    sequence: paymentSequence ?? 0,
    data: dataOf(context, environment, eventType, wholeSnapshot(snapshot, paymentId)),
  };
}

/** A snapshot that nobody can present (of another version) is told as it is: it must not hold up those behind it. */
function dataOf(
  { presentEvent, log }: Context,
  environment: Environment,
  type: string,
  snapshot: EventOf['snapshot'],
): Readonly<Record<string, unknown>> {
  try {
    return presentEvent(environment, type, snapshot);
  } catch (error) {
    log.error({ type, error: String(error) }, 'an event cannot be presented');
    return snapshot;
  }
}

export interface WireMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function messageOf(
  context: Context,
  environment: Environment,
  sign: Sign,
  delivery: DueDelivery,
  nowMs: number,
): WireMessage {
  const id = deliveryIdOf(delivery);
  const attempt = delivery.attempts + 1;
  const signedAt = timeOf(nowMs);
  const { data, ...about } = eventBody(context, environment, delivery);
  const head = { ...about, delivery_id: id, attempt, signature_timestamp: signedAt };
  const body = bounded(head, data);
  const timestampS = Math.floor(nowMs / 1_000);
  const { standard, reevit, reevitPrevious } = sign({ id: delivery.eventId, timestampS, body });
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Switchyard',
      'webhook-id': delivery.eventId,
      'webhook-timestamp': String(timestampS),
      'webhook-signature': standard,
      'x-reevit-signature': reevit,
      ...(reevitPrevious === null ? {} : { 'x-reevit-signature-previous': reevitPrevious }),
      'x-reevit-signature-timestamp': signedAt,
      'x-reevit-delivery-id': id,
      'x-reevit-delivery-attempt': String(attempt),
      'x-reevit-mode': environment.mode,
    },
  };
}

/** What a merchant attached himself is what can be long, and what he can read from the payment. */
function bounded(head: object, data: Readonly<Record<string, unknown>>): string {
  const whole = JSON.stringify({ ...head, data });
  if (Buffer.byteLength(whole) <= BODY_BYTES_MAX) return whole;
  return JSON.stringify({ ...head, truncated: ['metadata'], data: { ...data, metadata: {} } });
}

/** RFC 3339 without a fraction that says nothing: Go and PHP read both. */
function timeOf(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('.000Z', 'Z');
}
