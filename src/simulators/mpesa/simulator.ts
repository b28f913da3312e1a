// M-Pesa (Safaricom Daraja) as documented in psp/mpesa.md: tokens of which the new one ends the old one, whole shillings,
// prompts on the phone, callbacks without a signature, errors with HTTP 500. Takes any consumer key and secret; books are
// kept by consumer key.
//
// | to make it happen                       | use                                                              |
// |-----------------------------------------|------------------------------------------------------------------|
// | keys that are refused                   | a consumer key, passkey or security credential `invalid…`        |
// | a prompt that a person answers          | any phone: `/simulators/phone/<number>`; ignored, it ends (1037) |
// | a payer's end, by itself after 3 s      | phones …000 paid, …001 no balance, …032 cancelled, …037 no answer, …019 expired, …901 wrong PIN |
// | a callback that never comes             | phone …998                                                       |
// | a reply that is lost after the push     | phone …999                                                       |
// | a late callback after a cancel          | cancel, then answer the prompt on the phone                      |
// | a payer who pays in by himself          | `POST /mpesa/c2b/v2/simulate`                                    |
// | a reversal that fails later             | paid by phone …902                                               |
// | payouts that fail, or never end         | phones …001, …040; …044                                          |
// | spike arrest, maintenance               | the faults `rate_limit`, `unavailable` (faults.ts)               |
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Fault, Probe, PspOperation } from '../faults.ts';
import { pathBelow } from '../frame.ts';
import {
  type Movement,
  type Parts,
  PspError,
  type RefusalKind,
  type SimulatorFactory,
} from '../simulator.ts';
import { businessRoutes } from './business.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { payInRoutes } from './pay-in.ts';
import { stkRoutes } from './stk.ts';
import {
  bodyOf,
  consumerOf,
  keyOf,
  newToken,
  refuse,
  type Token,
  type Tokens,
  textOf,
} from './wire.ts';

const TOKEN_S = 3_599;

export const createMpesaSimulator: SimulatorFactory = (parts) => {
  const tokens: Tokens = parts.books.collection<Token>('_tokens');
  const ledger = createLedger(parts);
  return {
    routes(app) {
      tokenRoute(app, parts, tokens);
      stkRoutes(app, parts, tokens, ledger);
      payInRoutes(app, parts, tokens, ledger);
      businessRoutes(app, parts, tokens, ledger);
    },
    probe: (request) => probe(tokens, request),
    magic,
    refusal,
    movements: (key) => {
      const keys = key === null ? parts.books.keys() : [key];
      return keys.flatMap((owner) => movementsUnder(ledger, owner));
    },
    answerPrompt(key, checkout, outcome) {
      const push = ledger.pushes.get(key, checkout);
      if (!push || push.answered) return;
      if (outcome === 'success') ledger.conclude(key, push, push.end);
      // A wrong PIN, three times; or the prompt was put away.
      else ledger.end(key, push, outcome === 'failure' ? '2001' : '1032');
    },
  };
};

function tokenRoute(app: FastifyInstance, parts: Parts, tokens: Tokens): void {
  app.get<{ Querystring: { grant_type?: unknown } }>('/oauth/v1/generate', (request) => {
    const consumer = consumerOf(request);
    if (consumer === null || consumer.secret === '' || consumer.key.startsWith('invalid'))
      throw new PspError(400, '');
    if (request.query.grant_type !== 'client_credentials')
      throw refuse(400, '400.008.02', 'Invalid grant type passed');
    const { key } = consumer;
    const token = newToken(key, parts);
    const expiresMs = parts.ports.clock.nowMs() + TOKEN_S * 1_000;
    tokens.put(key, 'current', { token, expiresMs });
    // A number in the documents, a string on the wire.
    return { access_token: token, expires_in: String(TOKEN_S) };
  });
}

const OPERATIONS: Readonly<Partial<Record<string, PspOperation>>> = {
  '/mpesa/stkpush/v1/processrequest': 'charge',
  '/mpesa/stkpushquery/v1/query': 'sync',
  '/pulltransactions/v1/query': 'sync',
  '/mpesa/transactionstatus/v1/query': 'sync',
  '/mpesa/reversal/v1/request': 'refund',
  '/mpesa/b2c/v3/paymentrequest': 'payout',
};

function probe(tokens: Tokens, request: FastifyRequest): Probe {
  const path = pathBelow(request, 'mpesa');
  const body = bodyOf(request);
  const phone = textOf(body.PhoneNumber);
  const named =
    body.AccountReference ?? body.OriginatorConversationID ?? body.TransactionID ?? null;
  return {
    key: keyOf(request, tokens),
    operation: OPERATIONS[path] ?? 'other',
    method: request.method,
    path,
    reference: textOf(named),
    amount: textOf(body.Amount),
    simulate: phone?.endsWith('999') ? LOST : null,
  };
}

/** Marks a request whose phone asks for it; read below, and by nothing of faults.ts. */
const LOST = 'phone 999';

function magic({ simulate }: Probe): readonly Fault[] {
  return simulate === LOST ? [{ name: 'reply_lost', argument: null }] : [];
}

function refusal(kind: RefusalKind, message: string): PspError {
  switch (kind) {
    case 'bad_body':
      return refuse(400, '400.002.02', `Bad Request - ${message}`);
    case 'not_found':
      return refuse(404, '404.001.01', 'Resource not found');
    case 'rate_limited':
      return refuse(500, '500.003.02', 'Error Occurred: Spike Arrest Violation');
    case 'unavailable':
      return refuse(500, '500.002.1001', 'Service is currently under maintenance.');
    case 'internal':
      return refuse(500, '500.003.1001', 'Internal Server Error');
  }
}

const CENTS = 100n;

/** Reversals and payouts count from the moment they are accepted, unless they fail. */
function movementsUnder({ paidIn, jobs }: Ledger, key: string): Movement[] {
  const of = (kind: Movement['kind'], reference: string, amount: number): Movement => ({
    key,
    kind,
    reference,
    paymentId: null,
    amountMinor: BigInt(amount) * CENTS,
    currency: 'KES',
  });
  return [
    ...paidIn.list(key).map(({ account, amount }) => of('charged', account, amount)),
    ...paidIn
      .list(key)
      .filter(({ reversal }) => reversal !== 'none')
      .map(({ account, amount }) => of('refunded', account, amount)),
    ...jobs
      .list(key)
      .filter(({ kind, resultCode }) => kind === 'payout' && (resultCode ?? '0') === '0')
      .map(({ originator, amount }) => of('paid_out', originator, amount)),
  ];
}
