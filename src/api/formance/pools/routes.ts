// Pools of accounts, v1 and v3 (api/formance.md sections 2, 3 and 5).
import type { FastifyRequest } from 'fastify';
import type { Context } from '../../../flows/context.ts';
import { createPool } from '../../../flows/pool/create.ts';
import { deletePool, setPoolQuery } from '../../../store/pools.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { invalidField } from '../envelope.ts';
import { answerList } from '../list.ts';
import { bodyOf } from '../read-body.ts';
import { poolBalanceRoutes } from './balances.ts';
import { poolAccountRoutes } from './members.ts';
import { poolIdOf, poolOf, poolSchema } from './path.ts';
import { queryIn, readPool } from './read.ts';
import { poolList, v1Pool, v3Pool, withAccounts } from './shown.ts';

const VIEWS = { '': v1Pool, '/v3': v3Pool };

export function poolRoutes(app: App, context: Context): void {
  for (const version of ['', '/v3'] as const) oneVersion(app, context, version);
  poolAccountRoutes(app, context);
  poolBalanceRoutes(app, context);
}

function oneVersion(app: App, context: Context, version: '' | '/v3'): void {
  const { db } = context;
  const list = poolList(context);
  const view = VIEWS[version];
  const configured = (request: FastifyRequest) =>
    context.configurations.get(callerOf(request).environment);

  app.post(`${version}/pools`, { schema: { summary: 'Create a pool' } }, async (request, reply) => {
    const configuration = await configured(request);
    const { environment } = callerOf(request);
    const pool = await createPool(context, environment, readPool(request.body, configuration));
    if (version === '/v3') return reply.code(201).send({ data: pool.id });
    return { data: view(configuration, await withAccounts(context, configuration, pool)) };
  });

  app.get(`${version}/pools`, { schema: { summary: 'List pools' } }, async (request) => {
    const configuration = await configured(request);
    return answerList(context, request, list, (one) => view(configuration, one));
  });

  app.get(`${version}/pools/:poolID`, { schema: poolSchema }, async (request) => {
    const configuration = await configured(request);
    const pool = await poolOf(context, request);
    return { data: view(configuration, await withAccounts(context, configuration, pool)) };
  });

  app.delete(`${version}/pools/:poolID`, { schema: poolSchema }, async (request, reply) => {
    await deletePool(db, callerOf(request).environment.id, poolIdOf(request));
    return reply.code(204).send();
  });

  app.patch(`${version}/pools/:poolID/query`, { schema: poolSchema }, async (request, reply) => {
    const configuration = await configured(request);
    const pool = await poolOf(context, request);
    if (pool.query === null) throw invalidField('Query', 'is of dynamic pools only');
    await setPoolQuery(db, pool, queryIn(bodyOf(request.body).query, configuration));
    return reply.code(204).send();
  });
}
