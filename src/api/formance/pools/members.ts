// Which accounts a static pool has: v1 names the account in the body, v3 in the path.
import type { FastifyRequest } from 'fastify';
import type { Context } from '../../../flows/context.ts';
import { addToPool, mustBeStatic } from '../../../flows/pool/create.ts';
import type { AccountName } from '../../../store/accounts.ts';
import { removePoolAccount } from '../../../store/pools.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { namedIn } from '../named.ts';
import { bodyOf, textIn } from '../read-body.ts';
import { poolOf, poolSchema as schema } from './path.ts';

export function poolAccountRoutes(app: App, context: Context): void {
  const named = async (request: FastifyRequest, id: unknown): Promise<AccountName> => {
    const configuration = await context.configurations.get(callerOf(request).environment);
    return namedIn(configuration, textIn(id, 'AccountID', 1, 8_000), 'Account');
  };
  const inPath = (request: FastifyRequest) =>
    named(request, (request.params as { readonly accountID?: string }).accountID);
  const add = async (request: FastifyRequest, account: AccountName) => {
    const pool = await poolOf(context, request);
    await addToPool(context, callerOf(request).environment, pool, account);
  };

  app.post('/pools/:poolID/accounts', { schema }, async (request, reply) => {
    await add(request, await named(request, bodyOf(request.body).accountID));
    return reply.code(204).send();
  });

  app.post('/v3/pools/:poolID/accounts/:accountID', { schema }, async (request, reply) => {
    await add(request, await inPath(request));
    return reply.code(204).send();
  });

  for (const version of ['', '/v3'])
    app.delete(
      `${version}/pools/:poolID/accounts/:accountID`,
      { schema },
      async (request, reply) => {
        const account = await inPath(request);
        const pool = await poolOf(context, request);
        mustBeStatic(pool);
        await removePoolAccount(context.db, pool, account);
        return reply.code(204).send();
      },
    );
}
