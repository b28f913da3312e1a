// The generic connector API (api/formance.md section 10) below /generic, for this server's own data: whoever speaks it, a
// Formance or another Switchyard, can have this one as its PSP. Callers show a server key as a bearer token.
import { Type } from 'typebox';
import type { Context } from '../../flows/context.ts';
import { payOnce } from '../../flows/payout/pay-once.ts';
import type { Problem } from '../../kernel/problem.ts';
import { balancesAt, pageAccounts } from '../../store/accounts.ts';
import { listTransactionFeed } from '../../store/transaction-feed.ts';
import type { App, Surface } from '../app.ts';
import { callerOf, requireReevitKey } from '../auth/reevit-caller.ts';
import {
  AccountQuery,
  accountNamed,
  PayoutBody,
  pageOf,
  readPayout,
  TransactionQuery,
  timeIn,
} from './read.ts';
import { accountView, balancesView, beneficiaryView, payoutView, transactionView } from './view.ts';

export function genericApi(context: Context): Surface {
  return {
    name: 'generic',
    prefix: '/generic',
    title: 'Switchyard: generic connector API',
    envelope: ({ code, message }: Problem) => ({ Title: code, Detail: message }),
    guardsBodies: true,
    routes: (app) => {
      requireReevitKey(app, context);
      accountRoutes(app, context);
      transactionRoutes(app, context);
      payoutRoutes(app, context);
    },
  };
}

const reads = { scopes: ['payouts:read'] };
const writes = { scopes: ['payouts:write'] };

function accountRoutes(app: App, context: Context): void {
  const lists = [
    ['/accounts', 'INTERNAL', accountView, 'List accounts'],
    ['/beneficiaries', 'EXTERNAL', beneficiaryView, 'List whom can be paid'],
  ] as const;
  for (const [url, type, view, summary] of lists)
    app.get(
      url,
      { config: reads, schema: { summary, querystring: AccountQuery } },
      async (request) => {
        const { environment } = callerOf(request);
        const configuration = await context.configurations.get(environment);
        const { limit, offset } = pageOf(request.query);
        const from = timeIn(request.query.createdAtFrom, 'createdAtFrom');
        const match = { op: 'match', field: 'type', key: null, value: type } as const;
        const since = {
          op: 'gte',
          field: 'created_at',
          key: null,
          value: from?.text ?? '',
        } as const;
        const rows = await pageAccounts(context.db, environment.id, {
          limit: offset + limit,
          filter: from === null ? match : { op: 'and', all: [match, since] },
          order: [
            { field: 'created_at', descending: false },
            { field: 'sequence', descending: false },
          ],
          after: null,
        });
        return rows.slice(offset).map((row) => view(configuration, row));
      },
    );

  app.get(
    '/accounts/:accountId/balances',
    {
      config: reads,
      schema: { summary: 'Get balances', params: Type.Object({ accountId: Type.String() }) },
    },
    async (request) => {
      const { environment } = callerOf(request);
      const configuration = await context.configurations.get(environment);
      const { accountId } = request.params;
      const name = await accountNamed(context, environment, configuration, accountId);
      const balances = await balancesAt(context.db, environment.id, [name], null);
      return balancesView(accountId, balances, context.ports.clock.nowMs());
    },
  );
}

function transactionRoutes(app: App, context: Context): void {
  app.get(
    '/transactions',
    { config: reads, schema: { summary: 'List transactions', querystring: TransactionQuery } },
    async (request) => {
      const { environment } = callerOf(request);
      const configuration = await context.configurations.get(environment);
      const from = timeIn(request.query.updatedAtFrom, 'updatedAtFrom');
      const page = pageOf(request.query);
      const rows = await listTransactionFeed(context.db, environment.id, from?.ms ?? null, page);
      return rows.map((row) => transactionView(configuration, row));
    },
  );
}

function payoutRoutes(app: App, context: Context): void {
  const kinds = [
    ['/payouts', 'payout', 'Pay out'],
    ['/transfers', 'transfer', 'Transfer between own accounts'],
  ] as const;
  for (const [url, type, summary] of kinds)
    app.post(
      url,
      { config: writes, schema: { summary, body: PayoutBody } },
      async (request, reply) => {
        const caller = callerOf(request);
        const configuration = await context.configurations.get(caller.environment);
        const asked = readPayout(request.body, type, configuration, caller);
        const { payment } = await payOnce(context, caller.environment, asked);
        return reply.code(201).send(payoutView(request.body, payment));
      },
    );
}
