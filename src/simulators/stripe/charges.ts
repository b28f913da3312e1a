// Charges: what one try to take money came to. Every confirmation that reaches the bank makes one, refused or not
// (psp/stripe.md section 9). Changes of a charge are always written together with its intent.
import type { Account } from './account.ts';
import type { Api } from './api.ts';
import type { Refusal } from './cards.ts';
import { noSuch } from './errors.ts';
import { emit } from './events.ts';
import { bookCharge } from './ledger.ts';
import type { Charge, Intent, PaymentMethod } from './objects.ts';
import { moment, shape, text } from './params.ts';
import { listPage, nothing, paging } from './wire.ts';

/** How long a card authorization can be captured. */
export const CAPTURE_WINDOW_S = 7 * 86_400;

export interface Attempt {
  readonly intent: Intent;
  readonly method: PaymentMethod;
  readonly authenticated: boolean;
}

/** The bank said yes: the money is taken, or with manual capture only reserved. */
export function chargeApproved(
  account: Account,
  { intent, method, authenticated }: Attempt,
): Charge {
  const captured = intent.capture_method !== 'manual';
  const captureBefore = captured ? null : account.nowS() + CAPTURE_WINDOW_S;
  const charge = newCharge(account, intent, method);
  const approved: Charge = {
    ...charge,
    outcome: APPROVED,
    paid: true,
    payment_method_details: cardDetails(method, intent, authenticated, captureBefore),
    status: 'succeeded',
    sim: { ...charge.sim, captureBefore },
  };
  const saved = account.charges.put(captured ? taken(account, approved, intent.amount) : approved);
  emit(account, 'charge.succeeded', saved);
  return saved;
}

const APPROVED = {
  advice_code: null,
  network_advice_code: null,
  network_decline_code: null,
  network_status: 'approved_by_network',
  reason: null,
  risk_level: 'normal',
  risk_score: 20,
  seller_message: 'Payment complete.',
  type: 'authorized',
};

export function chargeRefused(
  account: Account,
  { intent, method, authenticated }: Attempt,
  refusal: Refusal,
): Charge {
  const charge = account.charges.put({
    ...newCharge(account, intent, method),
    failure_code: refusal.code,
    failure_message: refusal.message,
    outcome: {
      advice_code: refusal.advice,
      network_advice_code: null,
      network_decline_code: refusal.networkCode,
      network_status: refusal.blocked ? 'not_sent_to_network' : 'declined_by_network',
      reason: refusal.blocked ? 'highest_risk_level' : (refusal.declineCode ?? refusal.code),
      risk_level: refusal.blocked ? 'highest' : 'normal',
      seller_message: refusal.blocked
        ? 'Stripe blocked this payment as too risky.'
        : 'The bank did not return any further details with this decline.',
      type: refusal.blocked ? 'blocked' : 'issuer_declined',
    },
    payment_method_details: cardDetails(method, intent, authenticated, null),
  });
  emit(account, 'charge.failed', charge);
  return charge;
}

/** Takes up to the reserved amount; the rest is released. */
export function chargeCaptured(account: Account, charge: Charge, amount: number): Charge {
  const captured = account.charges.put(taken(account, charge, amount));
  emit(account, 'charge.captured', captured, { captured: false, amount_captured: 0 });
  return captured;
}

function taken(account: Account, charge: Charge, amount: number): Charge {
  const entry = bookCharge(account, charge, amount, charge.sim.card.available === true);
  return { ...charge, amount_captured: amount, captured: true, balance_transaction: entry.id };
}

function newCharge(account: Account, intent: Intent, method: PaymentMethod): Charge {
  const { reference, paymentId, simulate } = intent.sim;
  return {
    id: account.newId('ch'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: 0,
    amount_refunded: 0,
    balance_transaction: null,
    captured: false,
    created: account.nowS(),
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    dispute: null,
    disputed: false,
    failure_code: null,
    failure_message: null,
    livemode: account.livemode,
    metadata: intent.metadata,
    outcome: {},
    paid: false,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: {},
    receipt_email: intent.receipt_email,
    refunded: false,
    status: 'failed',
    sim: { reference, paymentId, simulate, card: method.sim.card, captureBefore: null },
  };
}

function cardDetails(
  method: PaymentMethod,
  intent: Intent,
  authenticated: boolean,
  captureBefore: number | null,
): object {
  const { brand, country, exp_month, exp_year, fingerprint, funding, last4 } =
    method.card as Record<string, unknown>;
  const { refusal } = method.sim.card;
  return {
    type: 'card',
    card: {
      amount_authorized: intent.amount,
      authorization_code: null,
      brand,
      ...(captureBefore === null ? {} : { capture_before: captureBefore }),
      checks: {
        address_line1_check: null,
        address_postal_code_check: null,
        cvc_check: refusal?.code === 'incorrect_cvc' ? 'fail' : 'pass',
      },
      country,
      exp_month,
      exp_year,
      extended_authorization: { status: 'disabled' },
      fingerprint,
      funding,
      incremental_authorization: { status: 'unavailable' },
      installments: null,
      last4,
      mandate: null,
      multicapture: { status: 'unavailable' },
      network: brand,
      network_token: { used: false },
      network_transaction_id: null,
      overcapture: { maximum_amount_capturable: intent.amount, status: 'unavailable' },
      three_d_secure: authenticated
        ? {
            authentication_flow: 'challenge',
            electronic_commerce_indicator: '05',
            exemption_indicator: null,
            result: 'authenticated',
            result_reason: null,
            transaction_id: null,
            version: '2.2.0',
          }
        : null,
      wallet: null,
    },
  };
}

export function findCharge(account: Account, id: string, param = 'id'): Charge {
  const charge = account.charges.get(id);
  if (!charge) throw noSuch('charge', id, param, param === 'id' ? 404 : 400);
  return charge;
}

export function chargeRoutes(api: Api): void {
  api.get('/v1/charges/:id', nothing, (account, _params, id) => findCharge(account, id));
  const listShape = shape(
    {},
    { ...paging, created: moment, customer: text(), payment_intent: text() },
  );
  api.get('/v1/charges', listShape, (account, { created, customer, payment_intent, ...page }) =>
    listPage(account, account.charges, '/v1/charges', page, (charge) =>
      [
        created?.(charge.created) ?? true,
        customer === undefined || charge.customer === customer,
        payment_intent === undefined || charge.payment_intent === payment_intent,
      ].every(Boolean),
    ),
  );
}
