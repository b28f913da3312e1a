// Example Pay: a PSP that does not exist, for trying out a script connector. It has the least that a real one has:
//
//   POST /v1/payments   {reference, amount: "12.00", currency, return_url?, notify_url?, note?}   -> checkout_url
//   POST /v1/payouts    {reference, amount, currency, account, notify_url?}                        -> paid at once
//   POST /v1/refunds    {reference, payment_id, amount}                                            -> paid at once
//   GET  /v1/payments/{id}, GET /v1/payments?reference=…                                           -> open, paid, failed
//
// `Authorization: Bearer <any key>`; `invalid…` is refused. `Idempotency-Key` makes a create safe to repeat. Errors are
// {code, message}. Notifications are the transfer as JSON, with `x-signature`: HMAC-SHA256 of the raw body with the key.
// An amount of 12.01 is refused (insufficient_funds); `note` takes the faults of faults.ts.
import { createHmac } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { faultMs, faultNamed, type Probe } from '../faults.ts';
import { pathBelow } from '../frame.ts';
import type { Movement, Parts, PspError, RefusalKind, SimulatorFactory } from '../simulator.ts';
import { pageRoutes } from './page.ts';
import {
  createTransfers,
  type Kind,
  moneyOf,
  refuse,
  render,
  type Transfer,
  type Transfers,
} from './transfers.ts';

type Fields = Readonly<Record<string, unknown>>;

const OPERATIONS = { payment: 'charge', payout: 'payout', refund: 'refund' } as const;
const MOVES = { payment: 'charged', payout: 'paid_out', refund: 'refunded' } as const;

export const createExamplePaySimulator: SimulatorFactory = (parts) => {
  const ledger = createTransfers(parts, (key, transfer) => notify(parts, key, transfer));
  return {
    routes(app) {
      createRoutes(app, parts, ledger);
      readRoutes(app, parts, ledger);
      pageRoutes(app, ledger);
    },
    probe,
    refusal,
    movements: (key) =>
      (key === null ? parts.books.keys() : [key]).flatMap((owner) => movementsOf(ledger, owner)),
  };
};

function createRoutes(app: FastifyInstance, parts: Parts, ledger: Transfers): void {
  const create = (kind: Kind) =>
    app.post(`/v1/${kind}s`, (request, reply) => {
      const key = keyOf(request);
      const body = bodyOf(request);
      const money = moneyOf(body.amount, body.currency);
      const payment = kind === 'refund' ? refundable(ledger, key, body, money) : null;
      if (kind === 'payout') textOf(body, 'account');
      const faults = parts.faultsOf(request);
      const declined = faultNamed(faults, 'decline');
      if (declined || body.amount === '12.01')
        throw refuse(422, declined?.argument ?? 'insufficient_funds', 'The payer has no money');
      const late = faultNamed(faults, 'late_success');
      const fields = {
        kind,
        ...money,
        reference: textOf(body, 'reference'),
        returnUrl: body.return_url === undefined ? null : textOf(body, 'return_url'),
        notifyUrl: body.notify_url === undefined ? null : textOf(body, 'notify_url'),
        note: typeof body.note === 'string' ? body.note : null,
        paymentId: payment?.id ?? null,
        lateMs: late ? faultMs(late, 5_000) : null,
      };
      const once = request.headers['idempotency-key'];
      const made = ledger.open(key, fields, typeof once === 'string' ? once : null);
      const now = kind === 'payment' ? made : ledger.pay(key, made);
      return reply.code(201).send(render(now, pageOf(parts, now)));
    });
  create('payment');
  create('payout');
  create('refund');
}

function readRoutes(app: FastifyInstance, parts: Parts, ledger: Transfers): void {
  app.get<{ Params: { id: string } }>('/v1/payments/:id', (request) => {
    const transfer = ledger.find(keyOf(request), request.params.id);
    if (!transfer) throw refuse(404, 'not_found', 'No such payment');
    return render(transfer, pageOf(parts, transfer));
  });
  app.get<{ Querystring: { reference?: unknown } }>('/v1/payments', (request) => {
    const { reference } = request.query;
    const found = ledger.transfers
      .list(keyOf(request))
      .filter((one) => one.reference === reference);
    return { items: found.map((one) => render(one, pageOf(parts, one))) };
  });
}

function pageOf(parts: Parts, { id }: Transfer): string {
  return `${parts.baseUrl()}/pay/${id}`;
}

function refundable(
  ledger: Transfers,
  key: string,
  body: Fields,
  { amountMinor, currency }: { amountMinor: string; currency: string },
): Transfer {
  const payment = ledger.find(key, textOf(body, 'payment_id'));
  if (payment?.kind !== 'payment') throw refuse(404, 'not_found', 'No such payment');
  if (payment.status !== 'paid' || payment.currency !== currency)
    throw refuse(422, 'not_refundable', 'This payment cannot be refunded');
  if (ledger.leftOf(key, payment) < BigInt(amountMinor))
    throw refuse(422, 'amount_too_large', 'More than is left of the payment');
  return payment;
}

function notify({ webhooks }: Parts, key: string, transfer: Transfer): void {
  if (transfer.notifyUrl === null) return;
  webhooks.send({
    key,
    event: `${transfer.kind}.${transfer.status}`,
    body: JSON.stringify(render(transfer, null)),
    sign: (body) => ({ 'x-signature': createHmac('sha256', key).update(body).digest('hex') }),
    url: transfer.notifyUrl,
    reference: transfer.reference,
    amount: transfer.amountMinor,
    operation: OPERATIONS[transfer.kind],
    simulate: transfer.note,
  });
}

function keyOf(request: FastifyRequest): string {
  const key = /^Bearer ([\x21-\x7e]{1,200})$/.exec(request.headers.authorization ?? '')?.[1];
  if (key === undefined || key.startsWith('invalid')) throw refuse(401, 'bad_key', 'Unknown key');
  return key;
}

function bodyOf({ body }: FastifyRequest): Fields {
  return typeof body === 'object' && body !== null ? (body as Fields) : {};
}

function textOf(body: Fields, name: string): string {
  const value = body[name];
  if (typeof value === 'string' && value !== '' && value.length <= 2_000) return value;
  throw refuse(422, `invalid_${name}`, `${name} must be text`);
}

function probe(request: FastifyRequest): Probe {
  const path = pathBelow(request, 'examplepay');
  const { reference, amount, note } = bodyOf(request);
  const kind = /^\/v1\/(payment|payout|refund)s$/.exec(path)?.[1] as Kind | undefined;
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  return {
    key: /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? null,
    operation: request.method === 'POST' && kind ? OPERATIONS[kind] : 'sync',
    method: request.method,
    path,
    reference: text(reference),
    amount: text(amount),
    simulate: text(note),
  };
}

function refusal(kind: RefusalKind, message: string): PspError {
  const refusals = {
    bad_body: refuse(422, 'invalid_body', message),
    not_found: refuse(404, 'not_found', message),
    rate_limited: refuse(429, 'too_many_requests', 'Slow down'),
    unavailable: refuse(422, 'unavailable', 'Not available'),
    internal: refuse(500, 'internal', 'Internal error'),
  };
  return refusals[kind];
}

function movementsOf(ledger: Transfers, key: string): Movement[] {
  return ledger.transfers
    .list(key)
    .filter(({ status }) => status === 'paid')
    .map(({ kind, reference, paymentId, amountMinor, currency }) => ({
      key,
      kind: MOVES[kind],
      reference: paymentId === null ? reference : ledger.find(key, paymentId)!.reference,
      paymentId: null,
      amountMinor: BigInt(amountMinor),
      currency,
    }));
}
