// Transactions: POST /transactions as the reference has it, and reading, searching and asking about them (connxt.md 7, 8).
import { type Static, Type } from 'typebox';
import type { Context, Environment } from '../../../flows/context.ts';
import { validationFailed } from '../../../flows/psp/refusals.ts';
import { callbackKeyOf } from '../../../flows/transaction/callback-urls.ts';
import { createTransaction } from '../../../flows/transaction/create-transaction.ts';
import { getTransaction, type Transaction } from '../../../flows/transaction/find-transaction.ts';
import { readTransaction } from '../../../flows/transaction/read-transaction.ts';
import { searchTransactions } from '../../../flows/transaction/search-transactions.ts';
import { syncTransaction } from '../../../flows/transaction/sync-transaction.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { brands } from '../brand.ts';
import { CREATED, localTimeOf, success } from '../envelope.ts';
import { Page, pageOf } from '../page.ts';
import { answerTransaction } from './once.ts';
import { createdView, readView, transactionView, type ViewParts } from './view.ts';

const Id = Type.String({ minLength: 1, maxLength: 80 });
const MaybeText = (maxLength: number) =>
  Type.Optional(Type.Union([Type.String({ maxLength }), Type.Null()]));

const Body = Type.Object({
  flowActionId: Id,
  flowTargetId: Id,
  pspId: Id,
  transactionType: MaybeText(64),
  txnCurrency: Type.String({ pattern: '^[A-Z]{3}$' }),
  txnAmount: Type.Number({ exclusiveMinimum: 0 }),
  executePayload: Type.Object({ body: Type.Object({}, { additionalProperties: true }) }),
  externalRequestId: MaybeText(128),
  requestId: MaybeText(128),
  txnFee: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
  parentTxnId: MaybeText(80),
});

const Filter = {
  status: Type.Optional(Type.String({ maxLength: 300 })),
  pspId: Type.Optional(Type.String({ maxLength: 128 })),
  flowActionId: Type.Optional(Type.String({ maxLength: 80 })),
  transactionType: Type.Optional(Type.String({ maxLength: 64 })),
  merchantOrderId: Type.Optional(Type.String({ maxLength: 128 })),
  externalRequestId: Type.Optional(Type.String({ maxLength: 128 })),
  from: Type.Optional(Type.String({ format: 'date-time' })),
  to: Type.Optional(Type.String({ format: 'date-time' })),
};
const Search = Type.Object({ ...Filter, ...Page });

const TxnId = Type.Object({ txnId: Type.String({ maxLength: 80 }) });

export function transactionRoutes(app: App, context: Context): void {
  const { clock } = context.ports;
  const partsOf = viewParts(context);
  const found = async (environment: Environment, txnId: string) => {
    const transaction = await getTransaction(context, environment, txnId);
    return { transaction, parts: await partsOf(environment) };
  };

  app.post(
    '/transactions',
    { schema: { summary: 'Create a transaction and run its first step', body: Body } },
    async (request, reply) => {
      const { environment } = callerOf(request);
      const callback = await callbackKeyOf(context, environment.id);
      const parts = await partsOf(environment);
      return answerTransaction(context, environment, request, reply, {
        run: async (claim) => {
          const asked = askedOf(request.body);
          const read = await readTransaction(context, environment, callback.settings, asked);
          return createTransaction(context, environment, callback, read, claim);
        },
        render: (transaction) => success(clock, createdView(parts, transaction), CREATED),
      });
    },
  );
  app.get(
    '/transactions/:txnId',
    { schema: { summary: 'Show a transaction and its states', params: TxnId } },
    async (request) => {
      const { environment } = callerOf(request);
      const { transaction, parts } = await found(environment, request.params.txnId);
      return success(clock, readView(parts, transaction));
    },
  );
  app.get(
    '/transactions/:txnId/events',
    { schema: { summary: 'Everything recorded about a transaction', params: TxnId } },
    async (request) => {
      const { environment } = callerOf(request);
      const { transaction } = await found(environment, request.params.txnId);
      return success(clock, { events: eventsOf(transaction) });
    },
  );
  app.post(
    '/transactions/:txnId/sync',
    { schema: { summary: 'Ask the PSP now', params: TxnId } },
    async (request) => {
      const { environment } = callerOf(request);
      const { transaction, parts } = await found(environment, request.params.txnId);
      const asked = await syncTransaction(context, environment, transaction);
      return success(clock, transactionView(parts, asked));
    },
  );
  const search = async (environment: Environment, query: Static<typeof Search>) => {
    const { page, size } = query;
    const wanted = filterOf(context, query);
    const window = { limit: size, offset: page * size };
    const { transactions, total } = await searchTransactions(context, environment, wanted, window);
    const parts = await partsOf(environment);
    const data = transactions.map((one) => transactionView(parts, one, { withData: false }));
    return pageOf(clock, data, query, total);
  };
  app.get(
    '/transactions',
    { schema: { summary: 'List transactions, newest first', querystring: Search } },
    (request) => search(callerOf(request).environment, request.query),
  );
  app.post(
    '/transactions/search',
    { schema: { summary: 'Search transactions', body: Search } },
    (request) => search(callerOf(request).environment, request.body),
  );
}

function askedOf(body: Static<typeof Body>) {
  const attributes = (body.executePayload.body as { customAttributes?: unknown }).customAttributes;
  const lenient = (attributes as { parentTxnId?: unknown } | undefined)?.parentTxnId;
  return {
    flowActionId: body.flowActionId,
    flowTargetId: body.flowTargetId,
    pspId: body.pspId,
    transactionType: body.transactionType ?? null,
    txnCurrency: body.txnCurrency,
    txnAmount: body.txnAmount,
    txnFee: body.txnFee ?? null,
    // Clients leave out what they do not have in more ways than one.
    externalRequestId: body.externalRequestId || null,
    requestId: body.requestId ?? null,
    parentTxnId: body.parentTxnId ?? (typeof lenient === 'string' ? lenient : null),
    executePayload: body.executePayload as { readonly body: Readonly<Record<string, unknown>> },
  };
}

function viewParts(context: Context): (environment: Environment) => Promise<ViewParts> {
  const brandOf = brands(context);
  return async (environment) => {
    const { settings } = await callbackKeyOf(context, environment.id);
    return {
      brandId: await brandOf(environment),
      environment,
      exposeMeta: settings.exposeMeta,
      actionIdOf: (name) => context.flows.actionNamed(name)?.id ?? '',
      targetIdOf: (provider) => context.flows.targetOfProvider(provider)?.id ?? null,
    };
  };
}

function eventsOf({ history }: Transaction) {
  return history.events.map((event) => ({ ...event, at: localTimeOf(event.at) }));
}

function filterOf({ flows }: Context, query: Static<typeof Search>) {
  const { flowActionId, status } = query;
  const action = flowActionId === undefined ? null : flows.action(flowActionId);
  if (flowActionId !== undefined && !action)
    throw validationFailed({ field: 'flowActionId', message: 'is not known', code: 'unknown_id' });
  return {
    statuses: status === undefined ? null : status.split(',').map((word) => word.trim()),
    pspId: query.pspId ?? null,
    action: (action?.name ?? null) as 'DEPOSIT' | 'WITHDRAW' | 'REFUND' | null,
    transactionType: query.transactionType ?? null,
    merchantOrderId: query.merchantOrderId ?? null,
    externalRequestId: query.externalRequestId ?? null,
    from: timeOf('from', query.from),
    to: timeOf('to', query.to),
  };
}

const YEAR_1_MS = Date.parse('0001-01-01T00:00:00Z');
const YEAR_10000_MS = Date.UTC(10_000, 0);

/** Not every text of the format is a time that can be looked for: leap seconds, the year 0. */
function timeOf(field: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const atMs = Date.parse(text);
  if (atMs >= YEAR_1_MS && atMs < YEAR_10000_MS) return atMs;
  throw validationFailed({ field, message: 'is not a time', code: 'schema' });
}
