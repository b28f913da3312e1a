// Hubtel as documented in psp/hubtel.md: one address for all its hosts (their paths differ), references of at most 32
// characters that are used once, fees within amounts, callbacks without a signature. Takes any API ID and key; books are
// kept by API ID.
//
// | to make it happen                      | use                                                               |
// |----------------------------------------|-------------------------------------------------------------------|
// | keys that are refused (401)            | an API ID `invalid…`                                              |
// | an address that is not listed (403)    | an API ID `unlisted…`; a payer …0006                              |
// | one that is never answered             | an API ID `hanging…`: listed services answer after ten minutes    |
// | a prompt that a person answers         | any phone: `/simulators/phone/<number>`; ignored, it ends         |
// | a payer's end, by itself after 3 s     | phones …0000 paid, …0001 no balance, …0002 wrong PIN               |
// | a payer who never answers              | phone …0003: stays Unpaid                                         |
// | a callback that never comes            | phone …0004                                                       |
// | a reply that is lost after the prompt  | phone …0005                                                       |
// | payouts that fail, or never end        | accounts …0001, …0003                                             |
// | everything else                        | faults.ts                                                         |
import type { FastifyRequest } from 'fastify';
import type { Fault, Probe, PspOperation } from '../faults.ts';
import { pathBelow } from '../frame.ts';
import { type Movement, PspError, type RefusalKind, type SimulatorFactory } from '../simulator.ts';
import { collectRoutes } from './collect.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { payOutRoutes } from './pay-out.ts';
import { statusRoutes } from './status.ts';
import { bodyOf, keyOf, refuse, textOf } from './wire.ts';

export const createHubtelSimulator: SimulatorFactory = (parts) => {
  const ledger = createLedger(parts);
  return {
    routes(app) {
      collectRoutes(app, parts, ledger);
      statusRoutes(app, ledger);
      payOutRoutes(app, ledger);
    },
    probe,
    magic,
    refusal,
    movements: (key) => {
      const keys = key === null ? parts.books.keys() : [key];
      return keys.flatMap((owner) => movementsUnder(ledger, owner));
    },
    answerPrompt(key, reference, outcome) {
      const order = ledger.orders.get(key, reference);
      if (!order) return;
      if (outcome === 'success') ledger.conclude(key, order);
      else
        ledger.fail(
          key,
          order,
          outcome === 'failure' ? 'Wrong PIN entered by the customer' : 'Cancelled by the customer',
        );
    },
  };
};

const OPERATIONS: readonly (readonly [RegExp, PspOperation])[] = [
  [/^POST \/items\/initiate$/, 'charge'],
  [/^POST \/merchantaccount\/.*\/receive\/mobilemoney$/, 'charge'],
  [/^POST \/refund\//, 'refund'],
  [/^POST \/api\/merchants\/[^/]+\/send\//, 'payout'],
  [/^GET .*\/status$/, 'sync'],
];

const LISTED = /^\/(transactions|merchantaccount|refund|api\/merchants|api\/inter-transfers|v2)\//;

function probe(request: FastifyRequest): Probe {
  const { method } = request;
  const path = pathBelow(request, 'hubtel');
  const body = bodyOf(request);
  const { clientReference } = (request.query ?? {}) as { clientReference?: unknown };
  const reference = body.clientReference ?? body.ClientReference ?? clientReference;
  const { totalAmount, Amount = totalAmount } = body;
  const key = keyOf(request);
  const operation = OPERATIONS.find(([pattern]) => pattern.test(`${method} ${path}`))?.[1];
  const hangs = key?.startsWith('hanging') === true && LISTED.test(path);
  return {
    key,
    operation: operation ?? 'other',
    method,
    path,
    reference: textOf(reference),
    amount: typeof Amount === 'number' ? String(Amount) : null,
    simulate: hangs ? HANGS : textOf(body.CustomerMsisdn)?.endsWith('0005') ? LOST : null,
  };
}

/** Marks of requests that ask for a fault by a magic value; read below, and by nothing of faults.ts. */
const LOST = 'phone 0005';
const HANGS = 'id hanging';

function magic({ simulate }: Probe): readonly Fault[] {
  if (simulate === HANGS) return [{ name: 'latency_before', argument: '600000' }];
  return simulate === LOST ? [{ name: 'reply_lost', argument: null }] : [];
}

function refusal(kind: RefusalKind, message: string): PspError {
  switch (kind) {
    case 'bad_body':
      return refuse(400, '4000', message);
    case 'not_found':
      return new PspError(404, '<html><body>404 Not Found</body></html>');
    case 'rate_limited':
      return new PspError(429, 'Too many requests');
    case 'unavailable':
      return new PspError(503, '<html><body>503 Service Unavailable</body></html>');
    case 'internal':
      return refuse(500, '5000', 'Internal error');
  }
}

/** Refunds and payouts count from the moment they are accepted; failed ones do not. */
function movementsUnder({ orders, payouts }: Ledger, key: string): Movement[] {
  const of = (kind: Movement['kind'], reference: string, pesewas: number): Movement => ({
    key,
    kind,
    reference,
    paymentId: null,
    amountMinor: BigInt(pesewas),
    currency: 'GHS',
  });
  const taken = orders.list(key).filter(({ status }) => status !== 'Unpaid');
  return [
    ...taken.map(({ reference, amount }) => of('charged', reference, amount)),
    ...taken
      .filter(({ refund }) => refund !== null)
      .map(({ reference, amount }) => of('refunded', reference, amount)),
    ...payouts
      .list(key)
      .filter(({ status }) => status !== 'failed')
      .map(({ reference, amount }) => of('paid_out', reference, amount)),
  ];
}
