// Refunds: never more than was captured, some of them settled only later (psp/stripe.md sections 2.4 and 7).
import type { Account } from './account.ts';
import type { Api } from './api.ts';
import { findCharge } from './charges.ts';
import { amount, checkFraction, inMajor } from './currencies.ts';
import { invalidRequest, noSuch, refused, StripeError } from './errors.ts';
import { emit } from './events.ts';
import { book } from './ledger.ts';
import { mergedMetadata, originOf } from './metadata.ts';
import type { Charge, Refund } from './objects.ts';
import {
  metadata,
  missing,
  moment,
  notSimulated,
  oneOf,
  type Read,
  shape,
  text,
} from './params.ts';
import { listPage, nothing, paging } from './wire.ts';

export const REFUND_SETTLES = 'stripe refund settles';
/** How long the asynchronous refund cards take [SY]. */
const SETTLES_AFTER_MS = 2_000;

const createShape = shape(
  {},
  {
    amount,
    charge: text(),
    payment_intent: text(),
    metadata,
    reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer'),
    refund_application_fee: notSimulated,
    reverse_transfer: notSimulated,
  },
);
type CreateParams = Read<typeof createShape.required, typeof createShape.optional>;

function createRefund(account: Account, params: CreateParams): Refund {
  const charge = chargeToRefund(account, params);
  const left = charge.amount_captured - charge.amount_refunded;
  checkRefundable(charge, left);
  const wanted = params.amount ?? left;
  checkFraction(wanted, charge.currency);
  if (wanted > left) {
    throw new StripeError(
      400,
      {
        type: 'invalid_request_error',
        message: `Refund amount (${inMajor(wanted, charge.currency)}) is greater than unrefunded amount on charge (${inMajor(left, charge.currency)})`,
        param: 'amount',
      },
      { executed: true },
    );
  }
  const given = mergedMetadata({}, params.metadata);
  const id = account.newId('re');
  const later = laterStatus(account, charge);
  const waits = later === 'succeeded' || account.wishes.decline !== null;
  const entry = bookRefund(account, charge, id, wanted);
  const { paymentId, simulate } = charge.sim;
  const own = originOf(account, given, id);
  const refund = account.refunds.put({
    ...newRefund(account, charge, id, wanted, params.reason ?? null),
    balance_transaction: entry,
    metadata: given,
    status: waits ? 'pending' : 'succeeded',
    sim: {
      reference: charge.sim.reference,
      paymentId: own.paymentId ?? paymentId,
      simulate: own.simulate ?? simulate,
      reversal: false,
      later,
    },
  });
  moveRefunded(account, charge, wanted);
  emit(account, 'refund.created', refund);
  const afterMs = account.wishes.lateMs ?? SETTLES_AFTER_MS;
  if (later !== null) account.parts.schedule.after(afterMs, account.key, REFUND_SETTLES, id);
  return refund;
}

function chargeToRefund(account: Account, params: CreateParams): Charge {
  if (params.charge !== undefined) return findCharge(account, params.charge, 'charge');
  if (params.payment_intent === undefined) throw missing('payment_intent');
  const intent = account.intents.get(params.payment_intent);
  if (!intent) throw noSuch('payment_intent', params.payment_intent, 'payment_intent', 400);
  const charge = intent.latest_charge === null ? null : account.charges.get(intent.latest_charge);
  if (charge?.status === 'succeeded') return charge;
  throw new StripeError(
    400,
    {
      type: 'invalid_request_error',
      message: `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`,
      param: 'payment_intent',
    },
    { executed: true },
  );
}

function checkRefundable(charge: Charge, left: number): void {
  if (charge.status !== 'succeeded' || !charge.captured) {
    throw refused(
      'charge_not_refundable',
      charge.status === 'succeeded'
        ? `Charge ${charge.id} was not captured: cancel its PaymentIntent instead.`
        : `Charge ${charge.id} has not succeeded.`,
    );
  }
  if (charge.disputed && charge.dispute !== null) {
    throw refused(
      'charge_disputed',
      `Charge ${charge.id} has been charged back; it cannot be refunded.`,
    );
  }
  if (left <= 0)
    throw refused('charge_already_refunded', `Charge ${charge.id} has already been refunded.`);
}

/** A wished `decline` is the bank's: the refund is pending and then fails. The card `…5126` succeeds before it fails. */
function laterStatus(account: Account, charge: Charge): 'succeeded' | 'failed' | null {
  if (account.wishes.decline !== null || charge.sim.card.refund === 'fails') return 'failed';
  return charge.sim.card.refund === 'pending' || account.wishes.lateMs !== null
    ? 'succeeded'
    : null;
}

function newRefund(
  account: Account,
  charge: Charge,
  id: string,
  sum: number,
  reason: string | null,
) {
  return {
    id,
    object: 'refund',
    amount: sum,
    charge: charge.id,
    created: account.nowS(),
    currency: charge.currency,
    destination_details: {
      card: {
        reference: id.slice(-16).padStart(16, '0'),
        reference_status: 'available',
        type: 'refund',
      },
      type: 'card',
    },
    livemode: account.livemode,
    payment_intent: charge.payment_intent,
    reason,
  } as const;
}

function bookRefund(account: Account, charge: Charge, source: string, sum: number): string {
  return book(account, {
    type: 'refund',
    source,
    amount: -sum,
    currency: charge.currency,
    description: 'REFUND FOR CHARGE',
  }).id;
}

/** Adds to (or, when a refund failed, takes from) what was given back of a charge. */
function moveRefunded(account: Account, charge: Charge, sum: number): void {
  const amount_refunded = charge.amount_refunded + sum;
  const base = charge.captured ? charge.amount_captured : charge.amount;
  const changed = account.charges.put({
    ...charge,
    amount_refunded,
    refunded: amount_refunded >= base,
  });
  if (sum > 0)
    emit(account, 'charge.refunded', changed, { amount_refunded: charge.amount_refunded });
}

/** The release of an authorization is a refund of kind `reversal`; no ledger entry, for no money had moved. */
export function releaseCharge(account: Account, charge: Charge, reason: string | null): void {
  if (reason === 'automatic') {
    emit(
      account,
      'charge.expired',
      account.charges.put({ ...charge, refunded: true, amount_refunded: charge.amount }),
    );
    return;
  }
  const id = account.newId('re');
  account.refunds.put({
    ...newRefund(account, charge, id, charge.amount, 'requested_by_customer'),
    balance_transaction: null,
    destination_details: { card: { type: 'reversal' }, type: 'card' },
    metadata: {},
    status: 'succeeded',
    sim: { ...charge.sim, reversal: true, later: null },
  });
  moveRefunded(account, charge, charge.amount);
}

/** The planned end of an asynchronous refund. */
export function settleRefund(account: Account, id: string): void {
  const before = account.refunds.get(id);
  if (!before || before.sim.later === null) return;
  const charge = account.charges.get(before.charge)!;
  const sim = { ...before.sim, later: null };
  if (before.sim.later === 'succeeded') {
    const done = account.refunds.put({ ...before, status: 'succeeded', sim });
    emit(account, 'refund.updated', done, { status: before.status });
    emit(account, 'charge.refund.updated', done, { status: before.status });
    return;
  }
  const entry = book(account, {
    type: 'refund_failure',
    source: id,
    amount: before.amount,
    currency: before.currency,
    description: 'REFUND FAILURE',
  });
  const failed = account.refunds.put({
    ...before,
    failure_balance_transaction: entry.id,
    failure_reason: 'expired_or_canceled_card',
    status: 'failed',
    sim,
  });
  moveRefunded(account, charge, -before.amount);
  emit(account, 'refund.updated', failed, { status: before.status });
  emit(account, 'refund.failed', failed, { status: before.status });
  emit(account, 'charge.refund.updated', failed, { status: before.status });
}

function findRefund(account: Account, id: string): Refund {
  const refund = account.refunds.get(id);
  if (!refund) throw noSuch('refund', id);
  return refund;
}

export function refundRoutes(api: Api): void {
  api.post('/v1/refunds', createShape, createRefund);
  api.get('/v1/refunds/:id', nothing, (account, _params, id) => findRefund(account, id));
  api.post('/v1/refunds/:id', shape({}, { metadata }), (account, params, id) => {
    const refund = findRefund(account, id);
    const merged = mergedMetadata(refund.metadata, params.metadata);
    return account.refunds.put({ ...refund, metadata: merged });
  });
  api.post('/v1/refunds/:id/cancel', nothing, (account, _params, id) => {
    const refund = findRefund(account, id);
    throw invalidRequest(
      `Refund ${id} cannot be canceled because it has a status of ${refund.status}.`,
      'id',
    );
  });
  const listShape = shape(
    {},
    { ...paging, charge: text(), payment_intent: text(), created: moment },
  );
  api.get('/v1/refunds', listShape, (account, { charge, payment_intent, created, ...page }) =>
    listPage(account, account.refunds, '/v1/refunds', page, (refund) =>
      [
        charge === undefined || refund.charge === charge,
        payment_intent === undefined || refund.payment_intent === payment_intent,
        created?.(refund.created) ?? true,
      ].every(Boolean),
    ),
  );
}
