// Reads a webhook event without believing it: which of our objects it is about and what it says happened (psp/stripe.md
// section 4). Anything that an event does not say for certain has no outcome and is only a reason to ask Stripe.
import type { Outcome } from '../../domain/attempt/outcome.ts';
import type { DisputeWord } from '../../domain/payment/dispute.ts';
import type { InboundMessage, WebhookMessage, WebhookTarget } from '../contract.ts';
import { jsonObject } from '../transport.ts';
import { fromStripeAmount } from './amount.ts';
import { readSession, sessionFacts } from './checkout.ts';
import { disputeStatusOf } from './dispute.ts';
import { intentOutcome } from './intent.ts';
import { idAt, type Json, objectAt, plainAt, textAt } from './json.ts';
import { flowIn } from './metadata.ts';
import { payoutOutcome } from './payout.ts';
import { refundOutcome } from './refund.ts';
import { transferOutcome } from './transfer.ts';

type Reading = Pick<WebhookMessage, 'target' | 'about' | 'outcome' | 'amountMinor' | 'dispute'>;
type Reader = (object: Json, type: string, event: Json) => Reading;

export function readWebhook({ rawBody }: InboundMessage): WebhookMessage | null {
  const event = jsonObject(rawBody.toString('utf8'));
  const type = plainAt(event, 'type');
  if (event === null || type === null || !isEnvelope(event)) return null;
  const object = objectAt(objectAt(event, 'data'), 'object');
  const reader = KEPT.has(type) ? READERS.get(textAt(object, 'object') ?? '') : undefined;
  const reading = object === null || !reader ? NOT_KEPT : reader(object, type, event);
  const isClear = object !== null && !contradictsMode(event, object);
  const outcome = isClear ? certain(reading.outcome) : null;
  const told = isClear || !reading.dispute ? reading : { ...reading, dispute: null };
  return { eventId: idAt(event, 'id'), eventType: type, ...told, outcome };
}

/** Also the thin events of API v2, which a merchant may have sent here. */
function isEnvelope(event: Json): boolean {
  return ['event', 'v2.core.event'].includes(textAt(event, 'object') ?? '');
}

/** Events that something here follows from. Others are Stripe's, but each would only cost a question. */
const KEPT = new Set(
  (
    'payment_intent.succeeded payment_intent.payment_failed payment_intent.processing ' +
    'payment_intent.requires_action payment_intent.canceled payment_intent.amount_capturable_updated ' +
    'payment_intent.partially_funded checkout.session.completed checkout.session.async_payment_succeeded ' +
    'checkout.session.async_payment_failed checkout.session.expired charge.captured charge.expired ' +
    'charge.refunded charge.refund.updated refund.created refund.updated refund.failed ' +
    'charge.dispute.created charge.dispute.updated charge.dispute.closed charge.dispute.funds_withdrawn ' +
    'charge.dispute.funds_reinstated payout.created payout.updated payout.paid payout.failed ' +
    'payout.canceled payout.reconciliation_completed transfer.created'
  ).split(' '),
);

function contradictsMode(event: Json, object: Json): boolean {
  const [envelope, inner] = [event.livemode, object.livemode];
  return typeof envelope === 'boolean' && typeof inner === 'boolean' && envelope !== inner;
}

function certain(outcome: Outcome | null): Outcome | null {
  return outcome?.kind === 'unknown' ? null : outcome;
}

const NOBODY: WebhookTarget = {
  reference: null,
  pspReference: null,
  paymentId: null,
  refundReference: null,
  refundPspReference: null,
};

const NOT_KEPT: Reading = { target: NOBODY, about: null, outcome: null, amountMinor: null };

/** Metadata of ours stands on intents, sessions and (copied by Stripe) charges. */
function chargeTarget(object: Json, pspReference: string | null): WebhookTarget {
  const metadata = objectAt(object, 'metadata');
  return {
    ...NOBODY,
    reference: plainAt(metadata, 'reference') ?? plainAt(object, 'client_reference_id'),
    paymentId: plainAt(metadata, 'payment_id'),
    pspReference,
  };
}

/** The type decides which statuses to take at their word; a failed or waiting try is for Stripe to explain. */
const INTENT_STATUS = new Map([
  ['payment_intent.succeeded', 'succeeded'],
  ['payment_intent.processing', 'processing'],
  ['payment_intent.canceled', 'canceled'],
  ['payment_intent.amount_capturable_updated', 'requires_capture'],
]);

const intentReader: Reader = (intent, type) => {
  const isTold = INTENT_STATUS.get(type) === textAt(intent, 'status');
  return {
    target: chargeTarget(intent, idAt(intent, 'id')),
    about: 'charge',
    outcome: isTold ? withoutState(intentOutcome(intent, flowIn(intent), {})) : null,
    amountMinor: null,
  };
};

/** What the connector keeps for an attempt comes from its own calls: an event knows only a part of it. */
function withoutState({ pspState: _, ...outcome }: Outcome): Outcome {
  return outcome;
}

const sessionReader: Reader = (session, type) => ({
  target: chargeTarget(session, idAt(session, 'payment_intent') ?? idAt(session, 'id')),
  about: 'charge',
  outcome: sessionEvent(session, type),
  amountMinor: null,
});

function sessionEvent(session: Json, type: string): Outcome | null {
  if (type === 'checkout.session.expired') {
    const reading = readSession(session, {});
    return reading.kind === 'told' ? reading.outcome : null;
  }
  const isComplete =
    type === 'checkout.session.completed' || type === 'checkout.session.async_payment_succeeded';
  // async_payment_failed: the intent knows why, the event does not.
  if (!isComplete || textAt(session, 'status') !== 'complete') return null;
  const facts = sessionFacts(session, idAt(session, 'payment_intent'), {});
  const paid = textAt(session, 'payment_status');
  if (paid === 'unpaid' && type === 'checkout.session.completed')
    return { ...facts, kind: 'pending' };
  const money = fromStripeAmount(session.amount_total, session.currency);
  if (paid !== 'paid' || money === null) return null;
  return { ...facts, kind: 'succeeded', what: 'captured', ...money };
}

/** A charge does not say what became of its intent; `refunded` is about a refund that has events of its own. */
const chargeReader: Reader = (charge, type, event) => {
  const isRefund = type === 'charge.refunded';
  return {
    target: chargeTarget(charge, idAt(charge, 'payment_intent')),
    about: isRefund ? 'refund' : 'charge',
    outcome: null,
    amountMinor: isRefund ? newlyRefunded(charge, event) : null,
  };
};

function newlyRefunded(charge: Json, event: Json): bigint | null {
  const previous = objectAt(objectAt(event, 'data'), 'previous_attributes');
  const before = fromStripeAmount(previous?.amount_refunded, charge.currency);
  const after = fromStripeAmount(charge.amount_refunded, charge.currency);
  if (before === null || after === null || after.amountMinor <= before.amountMinor) return null;
  return after.amountMinor - before.amountMinor;
}

/** A refund's metadata names the refund itself; its attempt only finds refunds that do not say which they are. */
const refundReader: Reader = (refund) => {
  const metadata = objectAt(refund, 'metadata');
  const refundReference = plainAt(metadata, 'reference');
  return {
    target: {
      ...NOBODY,
      reference: refundReference === null ? plainAt(metadata, 'attempt_reference') : null,
      pspReference: idAt(refund, 'payment_intent'),
      paymentId: plainAt(metadata, 'payment_id'),
      refundReference,
      refundPspReference: idAt(refund, 'id'),
    },
    about: 'refund',
    outcome: refundOutcome(refund),
    amountMinor: fromStripeAmount(refund.amount, refund.currency)?.amountMinor ?? null,
  };
};

const disputeReader: Reader = (dispute, type) => ({
  target: { ...NOBODY, pspReference: idAt(dispute, 'payment_intent') },
  about: 'dispute',
  outcome: null,
  dispute: wordOf(dispute, type),
  amountMinor: fromStripeAmount(dispute.amount, dispute.currency)?.amountMinor ?? null,
});

/** One that has just been opened is open, whatever Stripe may call its status by then. */
function wordOf(dispute: Json, type: string): DisputeWord | null {
  const id = idAt(dispute, 'id');
  const status = disputeStatusOf(dispute) ?? (type === 'charge.dispute.created' ? 'DISPUTE' : null);
  return id === null || status === null ? null : { id, status };
}

const payoutReader: Reader = (payout, type) => ({
  target: chargeTarget(payout, idAt(payout, 'id')),
  about: 'payout',
  outcome: type === 'payout.reconciliation_completed' ? null : payoutOutcome(payout),
  amountMinor: fromStripeAmount(payout.amount, payout.currency)?.amountMinor ?? null,
});

const transferReader: Reader = (transfer) => ({
  target: chargeTarget(transfer, idAt(transfer, 'id')),
  about: 'payout',
  outcome: transferOutcome(transfer),
  amountMinor: fromStripeAmount(transfer.amount, transfer.currency)?.amountMinor ?? null,
});

/** By the kind of object, because `charge.*` events carry charges, refunds and disputes. */
const READERS = new Map<string, Reader>([
  ['payment_intent', intentReader],
  ['checkout.session', sessionReader],
  ['charge', chargeReader],
  ['refund', refundReader],
  ['dispute', disputeReader],
  ['payout', payoutReader],
  ['transfer', transferReader],
]);
