// Pools of accounts and their balances, v1 and v3 (api/formance.md sections 2, 3 and 5).
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { assetOfUnit } from '../../../domain/ledger/asset.ts';
import type { Configuration } from '../../../flows/configuration.ts';
import type { Context } from '../../../flows/context.ts';
import { addToPool, createPool, mustBeStatic, mustFindPool } from '../../../flows/pool/create.ts';
import { type AccountName, balancesAt } from '../../../store/accounts.ts';
import {
  accountsOfQuery,
  accountsOfStaticPool,
  deletePool,
  type Pool,
  pagePools,
  removePoolAccount,
  setPoolQuery,
} from '../../../store/pools.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { accountFields } from '../accounts/list.ts';
import { accountIdOf } from '../accounts/view.ts';
import { amountJson } from '../amount.ts';
import { invalidField } from '../envelope.ts';
import { answerList, type List, type Positioned } from '../list.ts';
import { namedIn } from '../named.ts';
import { parseQuery } from '../query.ts';
import { type Body, bodyOf, textIn, timeIn, timeView, uuidIn } from '../read-body.ts';

interface Shown {
  readonly pool: Pool;
  readonly accounts: readonly AccountName[];
}

const schema = {
  params: Type.Object({
    poolID: Type.String({ maxLength: 100 }),
    accountID: Type.Optional(Type.String({ maxLength: 8_000 })),
  }),
};

export function poolRoutes(app: App, context: Context): void {
  const { db } = context;
  const list = poolList(context);
  const configured = (request: FastifyRequest) =>
    context.configurations.get(callerOf(request).environment);
  const found = async (request: FastifyRequest) => {
    const { poolID } = request.params as { readonly poolID: string };
    return mustFindPool(context, callerOf(request).environment, uuidIn(poolID, 'Pool ID'));
  };
  const views = { '': v1Pool, '/v3': v3Pool };

  for (const version of ['', '/v3'] as const) {
    app.post(
      `${version}/pools`,
      { schema: { summary: 'Create a pool' } },
      async (request, reply) => {
        const configuration = await configured(request);
        const { environment } = callerOf(request);
        const pool = await createPool(context, environment, readPool(request.body, configuration));
        if (version === '/v3') return reply.code(201).send({ data: pool.id });
        return { data: v1Pool(configuration, await withAccounts(context, configuration, pool)) };
      },
    );

    app.get(`${version}/pools`, { schema: { summary: 'List pools' } }, async (request) => {
      const configuration = await configured(request);
      return answerList(context, request, list, (one) => views[version](configuration, one));
    });

    app.get(`${version}/pools/:poolID`, { schema }, async (request) => {
      const configuration = await configured(request);
      const shown = await withAccounts(context, configuration, await found(request));
      return { data: views[version](configuration, shown) };
    });

    app.delete(`${version}/pools/:poolID`, { schema }, async (request, reply) => {
      const { poolID } = request.params as { readonly poolID: string };
      await deletePool(db, callerOf(request).environment.id, uuidIn(poolID, 'Pool ID'));
      return reply.code(204).send();
    });

    app.patch(`${version}/pools/:poolID/query`, { schema }, async (request, reply) => {
      const configuration = await configured(request);
      const pool = await found(request);
      if (pool.query === null) throw invalidField('Query', 'is of dynamic pools only');
      await setPoolQuery(db, pool, queryIn(bodyOf(request.body).query, configuration));
      return reply.code(204).send();
    });

    app.delete(
      `${version}/pools/:poolID/accounts/:accountID`,
      { schema },
      async (request, reply) => {
        const { accountID = '' } = request.params as { readonly accountID?: string };
        const account = namedIn(await configured(request), accountID, 'Account');
        const pool = await found(request);
        mustBeStatic(pool);
        await removePoolAccount(db, pool, account);
        return reply.code(204).send();
      },
    );

    app.get(`${version}/pools/:poolID/balances/latest`, { schema }, async (request) => {
      const configuration = await configured(request);
      const shown = await withAccounts(context, configuration, await found(request));
      return { data: await sums(context, configuration, shown, null) };
    });
  }

  app.post('/pools/:poolID/accounts', { schema }, async (request, reply) => {
    const id = textIn(bodyOf(request.body).accountID, 'AccountID', 1, 8_000);
    const account = namedIn(await configured(request), id, 'Account');
    await addToPool(context, callerOf(request).environment, await found(request), account);
    return reply.code(204).send();
  });
  app.post('/v3/pools/:poolID/accounts/:accountID', { schema }, async (request, reply) => {
    const { accountID = '' } = request.params as { readonly accountID?: string };
    const account = namedIn(await configured(request), accountID, 'Account');
    await addToPool(context, callerOf(request).environment, await found(request), account);
    return reply.code(204).send();
  });

  app.get('/pools/:poolID/balances', { schema }, async (request) => {
    const configuration = await configured(request);
    const shown = await withAccounts(context, configuration, await found(request));
    const { at } = request.query as { readonly at?: string };
    return { data: { balances: await sums(context, configuration, shown, timeIn(at, 'At')) } };
  });
  app.get('/v3/pools/:poolID/balances', { schema }, async (request) => {
    const configuration = await configured(request);
    const shown = await withAccounts(context, configuration, await found(request));
    const { at } = request.query as { readonly at?: string };
    return { data: await sums(context, configuration, shown, at ? timeIn(at, 'At') : null) };
  });
}

const ACCOUNTS_MAX = 1_000;

function readPool(said: unknown, configuration: Configuration) {
  const body = bodyOf(said);
  const name = textIn(body.name, 'Name', 1, 200);
  const { accountIDs, query } = body;
  const isStatic = accountIDs !== undefined && accountIDs !== null;
  const isDynamic = query !== undefined && query !== null;
  if (isStatic === isDynamic) throw invalidField('AccountIDs', 'or Query is required, not both');
  if (isDynamic) return { name, query: queryIn(query, configuration), accounts: [] };
  if (!Array.isArray(accountIDs) || accountIDs.length > ACCOUNTS_MAX)
    throw invalidField('AccountIDs', 'is invalid');
  const accounts = accountIDs.map((id: unknown) =>
    namedIn(configuration, textIn(id, 'AccountIDs', 1, 8_000), 'Account'),
  );
  return { name, query: null, accounts };
}

/** It is read here, so that a pool never has a query that cannot be asked. */
function queryIn(said: unknown, configuration: Configuration): Body {
  const query = bodyOf(said);
  parseQuery(JSON.stringify(query), accountFields(configuration));
  return query;
}

async function withAccounts(
  { db }: Context,
  configuration: Configuration,
  pool: Pool,
): Promise<Shown> {
  if (pool.query === null) return { pool, accounts: await accountsOfStaticPool(db, pool) };
  const filter = parseQuery(JSON.stringify(pool.query), accountFields(configuration));
  return { pool, accounts: await accountsOfQuery(db, pool.environmentId, filter) };
}

/** Per canonical asset; each account counts with its last balance at the instant, or now. */
async function sums(
  { db }: Context,
  configuration: Configuration,
  { pool, accounts }: Shown,
  atMs: number | null,
) {
  const balances = await balancesAt(db, pool.environmentId, accounts, atMs);
  const units = [...new Set(balances.map(({ unit }) => unit))].sort();
  return units.map((unit) => {
    const own = balances.filter((one) => one.unit === unit);
    return {
      asset: assetOfUnit(unit),
      amount: amountJson(own.reduce((sum, { balance }) => sum + balance, 0n)),
      relatedAccounts: own.map((one) => accountIdOf(configuration, one)),
    };
  });
}

function poolList(context: Context): List<Shown & Positioned> {
  return {
    name: 'pools',
    fields: () => ({ id: { kind: 'text' }, name: { kind: 'text' }, created_at: { kind: 'time' } }),
    sorts: { createdAt: 'created_at', name: 'name' },
    defaultSort: { field: 'created_at', descending: true },
    tie: 'sequence',
    fetch: async (environment, page) => {
      const configuration = await context.configurations.get(environment);
      const rows = await pagePools(context.db, environment.id, page);
      return Promise.all(
        rows.map(async ({ position, ...pool }) => ({
          ...(await withAccounts(context, configuration, pool)),
          position,
        })),
      );
    },
  };
}

function v1Pool(configuration: Configuration, { pool, accounts }: Shown) {
  return {
    id: pool.id,
    name: pool.name,
    ...kindOf(pool),
    accounts: accounts.map((one) => accountIdOf(configuration, one)),
  };
}

function v3Pool(configuration: Configuration, { pool, accounts }: Shown) {
  return {
    id: pool.id,
    name: pool.name,
    createdAt: timeView(pool.createdAt),
    ...kindOf(pool),
    poolAccounts: accounts.map((one) => accountIdOf(configuration, one)),
  };
}

function kindOf({ query }: Pool) {
  return query === null ? { type: 'STATIC' } : { type: 'DYNAMIC', query };
}
