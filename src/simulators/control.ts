// The control endpoints of one simulator, for tests and operators: faults, webhook endpoints, and the books, which
// are the oracle that nothing was charged twice. They are not part of any PSP.
import type { FastifyInstance } from 'fastify';
import type { Books } from './books.ts';
import { FaultInputError, type Faults } from './faults.ts';
import { parseBodies } from './frame.ts';
import type { Movement, Simulator } from './simulator.ts';
import type { WebhookSender } from './webhooks.ts';

export interface ControlParts {
  readonly provider: string;
  readonly simulator: Simulator;
  readonly books: Books;
  readonly faults: Faults;
  readonly webhooks: WebhookSender;
}

/** Sums in ISO 4217 minor units, as digits. */
interface Sums {
  charged: string;
  authorized: string;
  refunded: string;
  paid_out: string;
  /** How many movements of each kind there are: two charges of one reference are a double charge. */
  counts: { charged: number; authorized: number; refunded: number; paid_out: number };
}

export interface BooksReport {
  readonly provider: string;
  /** By currency. */
  readonly totals: Readonly<Record<string, Sums>>;
  readonly references: readonly (Sums & {
    readonly reference: string;
    readonly payment_id: string | null;
    readonly currency: string;
  })[];
  /** Every object by collection; only when a key is named. */
  readonly objects?: Readonly<Record<string, object[]>>;
}

export function mountControl(scope: FastifyInstance, parts: ControlParts): void {
  const { faults, webhooks } = parts;
  parseBodies(scope);
  scope.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const status = error instanceof FaultInputError ? 400 : (error.statusCode ?? 500);
    return reply.code(status).send({ error: status < 500 ? error.message : 'internal error' });
  });
  scope.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'not found' }));

  scope.get('/faults', () => ({ faults: faults.list() }));
  scope.post('/faults', (request, reply) => reply.code(201).send(faults.add(request.body)));
  scope.delete('/faults', (_request, reply) => {
    faults.clear();
    return reply.code(204).send();
  });
  scope.post('/webhook', (request, reply) => {
    const { key, url, secret } = readEndpoint(request.body);
    webhooks.configure(key, { url, secret });
    return reply.code(204).send();
  });
  scope.get<{ Querystring: { key?: unknown } }>('/books', ({ query }) =>
    reportBooks(parts, typeof query.key === 'string' ? query.key : null),
  );
}

export function reportBooks(
  { provider, simulator, books }: Pick<ControlParts, 'provider' | 'simulator' | 'books'>,
  key: string | null,
): BooksReport {
  const movements = simulator.movements(key);
  const byCurrency = Map.groupBy(movements, ({ currency }) => currency);
  const byReference = Map.groupBy(movements, ({ key: owner, reference, currency }) =>
    JSON.stringify([owner, reference, currency]),
  );
  return {
    provider,
    totals: Object.fromEntries([...byCurrency].map(([currency, of]) => [currency, sum(of)])),
    references: [...byReference.values()].map((of) => ({
      reference: of[0]!.reference,
      payment_id: of[0]!.paymentId,
      currency: of[0]!.currency,
      ...sum(of),
    })),
    ...(key === null ? {} : { objects: books.objects(key) }),
  };
}

function sum(movements: readonly Movement[]): Sums {
  const of = (kind: Movement['kind']) => movements.filter((movement) => movement.kind === kind);
  const total = (kind: Movement['kind']) =>
    of(kind)
      .reduce((amount, movement) => amount + movement.amountMinor, 0n)
      .toString();
  return {
    charged: total('charged'),
    authorized: total('authorized'),
    refunded: total('refunded'),
    paid_out: total('paid_out'),
    counts: {
      charged: of('charged').length,
      authorized: of('authorized').length,
      refunded: of('refunded').length,
      paid_out: of('paid_out').length,
    },
  };
}

export interface WebhookEndpoint {
  readonly key: string;
  /** Null: the default target. */
  readonly url: string | null;
  readonly secret: string | null;
}

function readEndpoint(body: unknown): WebhookEndpoint {
  const { key, url, secret = null } = (body ?? {}) as Record<string, unknown>;
  if (typeof key !== 'string' || key === '') throw new FaultInputError('key is missing');
  if (typeof url !== 'string' || !/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new FaultInputError('url is an http or https address');
  if (secret !== null && typeof secret !== 'string')
    throw new FaultInputError('secret is a string');
  return { key, url, secret };
}
