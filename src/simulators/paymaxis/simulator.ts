// Paymaxis as documented in psp/paymaxis.md: its paths, bearer keys, JSON numbers, states, errors and notifications,
// with books of its own. Any key is a shop of its own; `invalid…` is refused.
//
// | to make it happen                        | use                                                             |
// |------------------------------------------|-----------------------------------------------------------------|
// | a behaviour by amount                    | 12.01 … 12.13 (magic.ts), in any currency, for all three types   |
// | a signing key                            | the sandbox credentials' `signingKey`, or `_simulator/webhook`   |
// | a fault of one payment                   | `additionalParameters.simulate`                                  |
// | everything else                          | faults.ts                                                        |
//
// Where the document says nothing: a withdrawal is PENDING for a second, a refund is COMPLETED at once, the page closes
// after 15 minutes (CANCELLED), and only a completed deposit can be refunded, up to what is left of it.
import type { FastifyRequest } from 'fastify';
import type { Probe } from '../faults.ts';
import { pathBelow } from '../frame.ts';
import { type Movement, PspError, type RefusalKind, type SimulatorFactory } from '../simulator.ts';
import { checkoutRoutes } from './checkout.ts';
import { askedOf, createRoutes } from './create.ts';
import type { Desk } from './desk.ts';
import { magicOf } from './magic.ts';
import { createNotify, OPERATIONS } from './notify.ts';
import { createPayments, type Payment } from './payments.ts';
import { queryRoutes } from './queries.ts';
import { bodyOf, isFields, keyOf, refuse } from './wire.ts';

export const createPaymaxisSimulator: SimulatorFactory = (parts) => {
  const ledger = createPayments(parts, createNotify(parts.webhooks));
  const desk: Desk = { parts, ledger, pageOf: (id) => `${parts.baseUrl()}/checkout/${id}` };
  return {
    routes(app) {
      createRoutes(app, desk);
      queryRoutes(app, desk);
      checkoutRoutes(app, desk);
    },
    probe: (request) => probe(request),
    magic: ({ method, path, amount }) =>
      method === 'POST' && path === '/api/v1/payments' ? (magicOf(amount).faults ?? []) : [],
    refusal,
    movements: (key) =>
      (key === null ? parts.books.keys() : [key]).flatMap((owner) => movementsOf(desk, owner)),
  };
};

/** A shop signs with the first of its keys. */
export function endpointOfPaymaxis({ apiKey, signingKey }: Readonly<Record<string, string>>) {
  return apiKey ? { key: apiKey, secret: signingKey || null } : null;
}

function probe(request: FastifyRequest): Probe {
  const body = bodyOf(request);
  const path = pathBelow(request, 'paymaxis');
  const { paymentType, referenceId, additionalParameters } = body;
  const creates = request.method === 'POST' && path === '/api/v1/payments';
  const reads = request.method === 'GET' && path.startsWith('/api/v1/payments');
  const asks = typeof paymentType === 'string' && Object.hasOwn(OPERATIONS, paymentType);
  const operation =
    creates && asks ? OPERATIONS[paymentType as keyof typeof OPERATIONS] : reads ? 'sync' : 'other';
  const simulate = isFields(additionalParameters) ? additionalParameters.simulate : null;
  return {
    key: keyOf(request),
    operation,
    method: request.method,
    path,
    reference: typeof referenceId === 'string' ? referenceId : null,
    amount: askedOf(body),
    simulate: typeof simulate === 'string' ? simulate : null,
  };
}

function refusal(kind: RefusalKind, message: string): PspError {
  switch (kind) {
    case 'bad_body':
      return refuse(400, 'validation_error', message);
    case 'not_found':
      return refuse(404, 'not_found', 'Not found');
    case 'rate_limited': {
      const { status, body } = refuse(429, 'too_many_requests', 'Too many requests');
      return new PspError(status, body, { 'retry-after': '1' });
    }
    case 'unavailable':
      return refuse(422, 'provider_unavailable', 'No terminal is available');
    case 'internal':
      return refuse(500, 'internal_error', 'Internal error');
  }
}

const KINDS = { DEPOSIT: 'charged', WITHDRAWAL: 'paid_out', REFUND: 'refunded' } as const;

/** What the customer sees, where the provider got another currency. */
function movementsOf({ ledger }: Desk, key: string): Movement[] {
  const reference = (id: string | null): string | null =>
    id === null ? null : (ledger.find(key, id)?.referenceId ?? id);
  const of = (payment: Payment): Movement => ({
    key,
    kind: KINDS[payment.paymentType],
    reference: reference(payment.parentPaymentId) ?? payment.referenceId ?? payment.id,
    paymentId: payment.paymentId,
    amountMinor: BigInt(payment.customerAmountMinor ?? payment.amountMinor),
    currency: payment.customerCurrency ?? payment.currency,
  });
  return ledger.payments
    .list(key)
    .filter(({ state }) => state === 'COMPLETED')
    .map(of);
}
