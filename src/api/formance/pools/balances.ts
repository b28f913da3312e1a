// What the accounts of a pool hold together, now and at a time; v1 wraps the latter once more.
import type { FastifyRequest } from 'fastify';
import type { Context } from '../../../flows/context.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { timeIn } from '../read-body.ts';
import { poolOf, poolSchema as schema } from './path.ts';
import { sums, withAccounts } from './shown.ts';

export function poolBalanceRoutes(app: App, context: Context): void {
  const heldAt = async (request: FastifyRequest, atMs: number | null) => {
    const configuration = await context.configurations.get(callerOf(request).environment);
    const shown = await withAccounts(context, configuration, await poolOf(context, request));
    return sums(context, configuration, shown, atMs);
  };
  const timeOf = (request: FastifyRequest) => (request.query as { readonly at?: string }).at;

  app.get('/pools/:poolID/balances', { schema }, async (request) => ({
    data: { balances: await heldAt(request, timeIn(timeOf(request), 'At')) },
  }));

  app.get('/v3/pools/:poolID/balances', { schema }, async (request) => {
    const at = timeOf(request);
    return { data: await heldAt(request, at ? timeIn(at, 'At') : null) };
  });

  for (const version of ['', '/v3'])
    app.get(`${version}/pools/:poolID/balances/latest`, { schema }, async (request) => ({
      data: await heldAt(request, null),
    }));
}
