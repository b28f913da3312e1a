// Paystack as documented in psp/paystack.md: its paths, keys, subunits, status words, errors and webhooks, with books
// of its own. Takes any well-formed secret key (`sk_test_…`, `sk_live_…`); the key decides the domain.
//
// | to make it happen                      | use                                                                  |
// |----------------------------------------|----------------------------------------------------------------------|
// | a key that is refused (401)            | `sk_test_invalid…`                                                   |
// | a decline, at once, whatever the call  | `metadata.simulate: "decline:<reason>"`; reasons.ts lists the reasons |
// | a saved card without saving one        | `AUTH_success`, `AUTH_decline_<reason>`, `AUTH_send_otp` … (instruments.ts) |
// | test cards, banks                      | psp/paystack.md section 7: PIN 1111, OTP 123456 …                    |
// | mobile money                           | answer at `/simulators/phone/<number>`; `vod` wants the OTP 123456   |
// | a bank transfer, USSD, QR              | pay at `checkout/<account number>`, `checkout/<digits after 000*>`, the QR's `url` |
// | a refund that fails, needs attention   | the cards of section 7, `AUTH_refund_failed`, `AUTH_refund_needs_attention` |
// | payouts that fail, return, ask, wait   | account numbers 9990000001 … 9990000005 (transfers.ts, recipients.ts) |
// | a dispute after the success            | `metadata.simulate: "dispute"`                                       |
// | everything else                        | faults.ts                                                            |
//
// Where Paystack says nothing: a decline wanted of a hosted page is refused at initialize (nobody can pay there), and
// `unavailable` is the refusal "No active channel" there, "Issuer or Switch Inoperative" on a charge.
import type { FastifyRequest } from 'fastify';
import type { Probe, PspOperation } from '../faults.ts';
import { pathBelow } from '../frame.ts';
import { type Movement, PspError, type RefusalKind, type SimulatorFactory } from '../simulator.ts';
import { balanceRoutes } from './balance.ts';
import { bankRoutes } from './banks.ts';
import { chargeRoutes } from './charge.ts';
import { checkoutRoutes } from './checkout.ts';
import { toMinor } from './currencies.ts';
import { type Desk, holdingsOf } from './desk.ts';
import { disputeRoutes, planDispute } from './disputes.ts';
import { createEmit } from './events.ts';
import { metadataField, readMetadata } from './fields.ts';
import { initializeRoutes, noActiveChannel } from './initialize.ts';
import { createLedger, simulateOf, type Transaction } from './ledger.ts';
import { preauthorizationRoutes } from './preauthorization-routes.ts';
import { queryRoutes } from './queries.ts';
import { recipientRoutes } from './recipients.ts';
import { createRefunds, refundRoutes } from './refunds.ts';
import { renderForWebhook } from './render.ts';
import { savedCardRoutes } from './saved-card.ts';
import { sessionRoutes } from './session.ts';
import { submitRoutes } from './submit.ts';
import { transferRoutes } from './transfer-routes.ts';
import { createTransfers } from './transfers.ts';
import { bodyOf, keyOf, refuse } from './wire.ts';

export const createPaystackSimulator: SimulatorFactory = (parts) => {
  const emit = createEmit(parts.webhooks);
  const ledger = createLedger(parts, (key, transaction) => {
    // A capture has an event of its own (preauthorization.capture.success).
    if (transaction.channel === 'preauth') return;
    const { reference, amount } = transaction;
    const data = renderForWebhook(ledger, key, transaction);
    const simulate = simulateOf(transaction);
    emit(key, 'charge.success', data, { operation: 'charge', reference, amount, simulate });
    planDispute({ parts }, key, transaction);
  });
  const desk: Desk = {
    parts,
    emit,
    ledger,
    refunds: createRefunds(parts, ledger, emit),
    preauthorizations: parts.books.collection('preauthorizations'),
    transfers: createTransfers(parts, emit),
  };
  return {
    routes(app) {
      initializeRoutes(app, desk);
      checkoutRoutes(app, desk);
      chargeRoutes(app, desk);
      submitRoutes(app, desk);
      savedCardRoutes(app, desk);
      queryRoutes(app, desk);
      refundRoutes(app, desk);
      preauthorizationRoutes(app, desk);
      recipientRoutes(app, parts);
      transferRoutes(app, desk);
      balanceRoutes(app, holdingsOf(desk));
      bankRoutes(app);
      disputeRoutes(app, desk);
      sessionRoutes(app, desk);
    },
    probe: (request) => probe(desk, request),
    answersUnavailable: ({ path }) => CHARGES.has(path),
    refusal,
    movements: (key) => movementsOf(desk, key),
    answerPrompt(key, reference, outcome) {
      const transaction = ledger.find(key, reference);
      if (!transaction) return;
      if (outcome === 'success') ledger.complete(key, transaction);
      else ledger.fail(key, transaction, outcome === 'cancel' ? 'user_cancelled' : 'declined');
    },
  };
};

const CHARGES = new Set([
  '/charge',
  '/transaction/charge_authorization',
  '/transaction/partial_debit',
]);

const OPERATIONS: Readonly<Record<string, PspOperation>> = {
  'POST /transaction/initialize': 'charge',
  'POST /charge': 'charge',
  'POST /transaction/charge_authorization': 'charge',
  'POST /transaction/partial_debit': 'charge',
  'POST /preauthorization/initialize': 'authorize',
  'POST /preauthorization/reserve_authorization': 'authorize',
  'POST /preauthorization/capture': 'capture',
  'POST /preauthorization/release': 'void',
  'POST /refund': 'refund',
  'POST /transfer': 'payout',
  'POST /transfer/bulk': 'payout',
};

function probe({ ledger, preauthorizations }: Desk, request: FastifyRequest): Probe {
  const { method } = request;
  const path = pathBelow(request, 'paystack');
  const key = keyOf(request);
  const body = bodyOf(request);
  const { reference: asked } = (request.params ?? {}) as { reference?: unknown };
  const operation = OPERATIONS[`${method} ${path}`] ?? (asked === undefined ? 'other' : 'sync');
  const named = body.reference ?? body.transaction ?? asked;
  const reference = typeof named === 'string' || typeof named === 'number' ? String(named) : null;
  const { amount } = body;
  const known =
    key !== null && reference !== null
      ? (ledger.find(key, reference) ?? preauthorizations.get(key, reference))
      : undefined;
  const metadata = body.metadata === undefined ? known?.metadata : readMetadata(body.metadata);
  return {
    key,
    operation,
    method,
    path,
    reference,
    amount: typeof amount === 'number' || typeof amount === 'string' ? String(amount) : null,
    simulate: metadataField(metadata ?? null, 'simulate'),
  };
}

function refusal(kind: RefusalKind, message: string): PspError {
  switch (kind) {
    case 'bad_body':
      return refuse(400, `Invalid request: ${message}`);
    case 'not_found':
      return refuse(404, 'Endpoint not found', { code: 'not_found', type: 'api_error' });
    case 'rate_limited':
      return new PspError(
        429,
        { status: false, message: 'Too many requests' },
        { 'retry-after': '1' },
      );
    case 'unavailable':
      return noActiveChannel();
    case 'internal':
      return refuse(500, 'An error occurred');
  }
}

function movementsOf(desk: Desk, key: string | null): Movement[] {
  const keys = key === null ? desk.parts.books.keys() : [key];
  return keys.flatMap((owner) => movementsUnder(desk, owner));
}

/** Refunds and payouts count from the moment they are accepted; failed and returned ones do not. */
function movementsUnder(desk: Desk, key: string): Movement[] {
  const { ledger, refunds, preauthorizations, transfers } = desk;
  const of = (
    kind: Movement['kind'],
    { reference, amount, currency }: Pick<Transaction, 'reference' | 'amount' | 'currency'>,
    paymentId: string | null,
  ): Movement => ({
    key,
    kind,
    reference,
    currency,
    paymentId,
    amountMinor: toMinor(amount, currency),
  });
  const paymentOf = (one: Pick<Transaction, 'metadata'>) =>
    metadataField(one.metadata, 'payment_id');
  return [
    ...ledger.transactions
      .list(key)
      .filter(({ paidMs }) => paidMs !== null)
      .map((one) => of('charged', one, paymentOf(one))),
    ...preauthorizations
      .list(key)
      .filter(({ status }) => status === 'authorized')
      .map((one) => of('authorized', one, paymentOf(one))),
    ...refunds.refunds
      .list(key)
      .filter(({ status }) => status !== 'failed')
      .map((one) => of('refunded', one, paymentOf(ledger.find(key, one.reference)!))),
    ...transfers.transfers
      .list(key)
      .filter(({ status }) => status !== 'failed' && status !== 'reversed')
      .map((one) => of('paid_out', one, one.paymentId)),
  ];
}
