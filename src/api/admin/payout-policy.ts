// GET and PUT /admin/v1/environments/{id}/payout-policy: whether payouts wait for somebody's approval.
import { Type } from 'typebox';
import type { Context } from '../../flows/context.ts';
import { notFound } from '../../kernel/problem.ts';
import { findEnvironment } from '../../store/environments.ts';
import {
  findPayoutApproval,
  payoutApprovals,
  savePayoutApproval,
} from '../../store/payout-policies.ts';
import type { App } from '../app.ts';
import { operatorChange } from './operator.ts';

const Params = Type.Object({ id: Type.String({ minLength: 1, maxLength: 128 }) });
const Policy = Type.Object({ approval: Type.Enum([...payoutApprovals]) });

export function payoutPolicyRoutes(app: App, context: Context): void {
  const { db } = context;
  const mustFind = async (id: string) => {
    if (!(await findEnvironment(db, id))) throw notFound('Environment');
    return id;
  };

  app.get(
    '/environments/:id/payout-policy',
    { schema: { summary: 'Show whether payouts wait', params: Params, response: { 200: Policy } } },
    async (request) => ({
      approval: await findPayoutApproval(db, await mustFind(request.params.id)),
    }),
  );

  app.put(
    '/environments/:id/payout-policy',
    { schema: { summary: 'Have payouts wait for approval, or not', params: Params, body: Policy } },
    async (request) => {
      const { approval } = request.body;
      const id = await mustFind(request.params.id);
      await savePayoutApproval(db, id, approval, operatorChange(context, request));
      return { approval };
    },
  );
}
