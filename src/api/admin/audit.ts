// GET /admin/v1/audit: who did what, newest first, each entry with its place in the chain.
import { Type } from 'typebox';
import type { Context } from '../../flows/context.ts';
import { invalid } from '../../kernel/problem.ts';
import { listChain, verifyChains } from '../../store/audit.ts';
import type { App } from '../app.ts';

const Query = Type.Object({
  environment_id: Type.String({ minLength: 1, maxLength: 100, default: 'admin' }),
  subject_type: Type.Optional(Type.String({ maxLength: 40 })),
  subject_id: Type.Optional(Type.String({ maxLength: 200 })),
  before: Type.Optional(Type.String({ maxLength: 20 })),
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
});

export function auditRoutes(app: App, { db }: Context): void {
  app.get(
    '/audit',
    {
      schema: {
        summary: 'Who did what in an environment (admin: outside of any), newest first',
        querystring: Query,
      },
    },
    async ({ query }) => {
      const { environment_id: environmentId, subject_type, subject_id, before, limit } = query;
      const entries = await listChain(db, {
        environmentId,
        subjectType: subject_type ?? null,
        subjectId: subject_id ?? null,
        before: before === undefined ? null : positionOf(before),
        limit,
      });
      return {
        entries: entries.map((one) => ({
          environment_id: one.environmentId,
          position: Number(one.position),
          subject_type: one.subjectType,
          subject_id: one.subjectId,
          actor_type: one.actorType,
          actor_id: one.actorId,
          action: one.action,
          metadata: one.metadata,
          hash: one.hash,
          created_at: new Date(one.createdAt).toISOString(),
        })),
      };
    },
  );

  app.get(
    '/audit/verify',
    { schema: { summary: 'Compute every chain of the audit log anew' } },
    async () => {
      const chains = await verifyChains(db);
      return {
        intact: chains.every(({ broken, whole }) => broken === null && whole),
        chains: chains.map((one) => ({
          environment_id: one.environmentId,
          entries: Number(one.entries),
          head: `${one.environmentId}:${one.position}:${one.hash}`,
          broken_at: one.broken === null ? null : Number(one.broken),
          cut_off: !one.whole,
        })),
      };
    },
  );
}

function positionOf(text: string): bigint {
  if (/^\d{1,18}$/.test(text)) return BigInt(text);
  throw invalid('validation_error', 'before must be a position', 'before');
}
