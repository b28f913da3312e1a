// Dummypay: a PSP for trying things out. It speaks the generic connector API (api/formance.md section 10), has the account
// `main` with a million of everything, and settles payouts and transfers after a second and a half: to an account with
// `fail` in its name they fail, to one with `stuck` they stay as they are. Every bearer token has books of its own.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Probe } from '../faults.ts';
import { pathBelow } from '../frame.ts';
import type { Movement, RefusalKind, SimulatorFactory } from '../simulator.ts';
import {
  type Account,
  createLedger,
  type Ledger,
  type Moved,
  type Order,
  refuse,
} from './ledger.ts';

type Fields = Readonly<Record<string, unknown>>;
type Asked = { Querystring: Fields };

export const createDummypaySimulator: SimulatorFactory = (parts) => {
  const ledger = createLedger(parts);
  return {
    routes(app) {
      accountRoutes(app, ledger);
      moneyRoutes(app, ledger);
    },
    probe,
    refusal: (kind, message) => refuse(STATUSES[kind], kind.toUpperCase(), message),
    movements: (key) =>
      (key === null ? parts.books.keys() : [key]).flatMap((owner) => movementsOf(ledger, owner)),
  };
};

const STATUSES: Readonly<Record<RefusalKind, number>> = {
  bad_body: 400,
  not_found: 404,
  rate_limited: 429,
  unavailable: 400,
  internal: 500,
};

function accountRoutes(app: FastifyInstance, ledger: Ledger): void {
  const list = (path: string, isOwn: boolean, view: (account: Account) => object) =>
    app.get<Asked>(path, (request) => {
      const found = ledger.accounts(keyOf(request)).filter((one) => one.isOwn === isOwn);
      return pageOf(found, request.query, 'createdAtFrom', (one) => one.createdMs).map(view);
    });
  const createdAt = ({ createdMs }: Account) => timeOf(createdMs);
  list('/accounts', true, (one) => ({
    id: one.id,
    accountName: one.id,
    createdAt: createdAt(one),
  }));
  list('/beneficiaries', false, (one) => ({
    id: one.id,
    ownerName: one.id,
    createdAt: createdAt(one),
  }));

  app.get<{ Params: { id: string } }>('/accounts/:id/balances', (request) => {
    const key = keyOf(request);
    const { id } = request.params;
    if (!ledger.accounts(key).some((one) => one.id === id && one.isOwn))
      throw refuse(404, 'NOT_FOUND', 'no such account');
    const balances = [...ledger.balancesOf(key, id)].map(([currency, minor]) => ({
      amount: String(minor),
      currency,
    }));
    return { id, accountID: id, at: timeOf(ledger.now()), balances };
  });
}

function moneyRoutes(app: FastifyInstance, ledger: Ledger): void {
  for (const [path, type] of [
    ['/payouts', 'PAYOUT'],
    ['/transfers', 'TRANSFER'],
  ] as const)
    app.post(path, (request, reply) =>
      reply.code(201).send(payoutView(ledger.move(keyOf(request), orderOf(request, type)))),
    );

  app.get<Asked>('/transactions', (request) => {
    const found = ledger.moved.list(keyOf(request)).toSorted((a, b) => a.updatedMs - b.updatedMs);
    const page = pageOf(found, request.query, 'updatedAtFrom', (one) => one.updatedMs);
    return page.map(transactionView);
  });
}

function payoutView(one: Moved): object {
  const { source: sourceAccountId, destination: destinationAccountId, once, description } = one;
  const said = { idempotencyKey: once, ...(description === null ? {} : { description }) };
  return { ...factsOf(one), ...said, sourceAccountId, destinationAccountId };
}

function transactionView(one: Moved): object {
  const { source: sourceAccountID, destination: destinationAccountID, type } = one;
  return { ...factsOf(one), type, sourceAccountID, destinationAccountID };
}

function factsOf({ id, amount, currency, status, metadata, createdMs, updatedMs }: Moved) {
  const times = { createdAt: timeOf(createdMs), updatedAt: timeOf(updatedMs) };
  return { id, ...times, currency, status, amount, metadata };
}

function orderOf(request: FastifyRequest, type: Moved['type']): Order {
  const body = bodyOf(request);
  const { description } = body;
  return {
    type,
    once: textOf(body, 'idempotencyKey', /^.{1,200}$/),
    amount: textOf(body, 'amount', /^[1-9]\d{0,17}$/),
    currency: textOf(body, 'currency', /^[A-Z][A-Z0-9_]{0,30}(\/\d{1,2})?$/),
    source: textOf(body, 'sourceAccountId', /^[^\p{Cc}]{1,1000}$/u),
    destination: textOf(body, 'destinationAccountId', /^[^\p{Cc}]{1,1000}$/u),
    description: typeof description === 'string' ? description : null,
    metadata: metadataOf(body),
  };
}

function metadataOf({ metadata }: Fields): Readonly<Record<string, string>> {
  const entries = Object.entries((metadata ?? {}) as object);
  return Object.fromEntries(entries.filter(([, value]) => typeof value === 'string'));
}

function pageOf<Row>(
  rows: readonly Row[],
  query: Fields,
  filter: string,
  atMs: (row: Row) => number,
): Row[] {
  const number = (name: string, fallback: number) => {
    const said = Number(query[name] ?? fallback);
    if (Number.isSafeInteger(said) && said >= 1) return said;
    throw refuse(400, 'VALIDATION', `${name} is no number`);
  };
  const size = Math.min(number('pageSize', 100), 100);
  const fromMs = query[filter] === undefined ? 0 : Date.parse(String(query[filter]));
  if (Number.isNaN(fromMs)) throw refuse(400, 'VALIDATION', `${filter} is no time`);
  const at = (number('page', 1) - 1) * size;
  return rows.filter((row) => atMs(row) >= fromMs).slice(at, at + size);
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}

function keyOf(request: FastifyRequest): string {
  const key = /^Bearer ([\x21-\x7e]{1,200})$/.exec(request.headers.authorization ?? '')?.[1];
  if (key === undefined || key.startsWith('invalid'))
    throw refuse(401, 'UNAUTHORIZED', 'unknown key');
  return key;
}

function bodyOf({ body }: FastifyRequest): Fields {
  return typeof body === 'object' && body !== null ? (body as Fields) : {};
}

function textOf(body: Fields, name: string, pattern: RegExp): string {
  const value = body[name];
  if (typeof value === 'string' && pattern.test(value)) return value;
  throw refuse(400, 'VALIDATION', `${name} is invalid`);
}

function probe(request: FastifyRequest): Probe {
  const body = bodyOf(request);
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  return {
    key: /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? null,
    operation: request.method === 'POST' ? 'payout' : 'sync',
    method: request.method,
    path: pathBelow(request, 'dummypay'),
    reference: text(body.idempotencyKey),
    amount: text(body.amount),
    simulate: metadataOf(body).simulate ?? null,
  };
}

function movementsOf(ledger: Ledger, key: string): Movement[] {
  return ledger.moved
    .list(key)
    .filter(({ type, status }) => type === 'PAYOUT' && status === 'SUCCEEDED')
    .map(({ once, amount, currency }) => ({
      key,
      kind: 'paid_out',
      reference: once,
      paymentId: null,
      amountMinor: BigInt(amount),
      currency: currency.split('/')[0]!,
    }));
}
