// /admin/v1/reconciliation: where a PSP's history and our record differ, and what an operator says to it.
import { Type } from 'typebox';
import type { Context } from '../../flows/context.ts';
import { notFound, Problem } from '../../kernel/problem.ts';
import {
  findMismatch,
  listMismatches,
  type Mismatch,
  resolveMismatch,
} from '../../store/mismatches.ts';
import type { App } from '../app.ts';
import { operatorChange } from './operator.ts';

const Query = Type.Object({
  environment_id: Type.Optional(Type.String({ maxLength: 100 })),
  status: Type.Optional(Type.Enum(['open', 'resolved'])),
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
  offset: Type.Integer({ minimum: 0, maximum: 100_000, default: 0 }),
});
const Params = Type.Object({ id: Type.String({ minLength: 1, maxLength: 100 }) });
const Body = Type.Object({ note: Type.String({ minLength: 1, maxLength: 1_000 }) });

export function reconciliationRoutes(app: App, context: Context): void {
  const { db } = context;

  app.get(
    '/reconciliation',
    {
      schema: { summary: 'Where PSPs and our record differ, longest first', querystring: Query },
    },
    async ({ query }) => {
      const { environment_id: environmentId = null, status = null, limit, offset } = query;
      const found = await listMismatches(db, { environmentId, status }, { limit, offset });
      return { mismatches: found.map(mismatchView), pagination: { limit, offset } };
    },
  );

  app.post(
    '/reconciliation/:id/resolve',
    { schema: { summary: 'Settle a mismatch by hand', params: Params, body: Body } },
    async (request) => {
      const { id } = request.params;
      const change = operatorChange(context, request);
      const resolved = await resolveMismatch(db, id, request.body.note, change);
      if (resolved) return mismatchView(resolved);
      if (!(await findMismatch(db, id))) throw notFound('Mismatch');
      throw new Problem(409, 'already_resolved', 'The mismatch is resolved already');
    },
  );
}

function mismatchView(one: Mismatch) {
  return {
    id: one.id,
    environment_id: one.environmentId,
    connection_id: one.connectionId,
    provider: one.provider,
    kind: one.kind,
    psp_reference: one.pspReference,
    payment_id: one.paymentId ?? '',
    attempt_id: one.attemptId ?? '',
    what: one.what,
    ours: one.ours,
    theirs: one.theirs,
    status: one.status,
    note: one.note,
    resolved_by: one.resolvedBy,
    resolved_at: one.resolvedAt === null ? null : new Date(one.resolvedAt).toISOString(),
    raised_at: new Date(one.raisedAt).toISOString(),
    seen_at: new Date(one.seenAt).toISOString(),
  };
}
