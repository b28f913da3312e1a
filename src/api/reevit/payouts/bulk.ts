// POST /v1/payouts/bulk: up to a hundred payouts in one commit with their Idempotency-Key; the worker sends them. A
// wrong one is told in its place and keeps no other from being paid.
import type { FastifyRequest } from 'fastify';
import type { Caller, Context } from '../../../flows/context.ts';
import { beginPayout, planPayout } from '../../../flows/payout/index.ts';
import { Problem } from '../../../kernel/problem.ts';
import { findPayoutByReference } from '../../../store/payouts.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { flatEnvelope } from '../../flat-envelope.ts';
import { idempotent } from '../../idempotency/idempotent.ts';
import { validationProblem } from '../../problem-of.ts';
import { askedOf } from './asked.ts';
import { BulkBody, BulkItem } from './read-payout.ts';
import { requireKey, writes } from './routes.ts';
import { payoutView } from './view.ts';

export function bulkRoutes(app: App, context: Context): void {
  app.post(
    '/payouts/bulk',
    { config: writes, schema: { summary: 'Pay out to many', body: BulkBody } },
    async (request, reply) => {
      requireKey(request);
      const caller = callerOf(request);
      const { payouts, ...shared } = request.body;
      const taken = new Set<string>();
      const plan = async (item: unknown) => {
        try {
          checkItem(request, item);
          return await planItem(context, caller, shared, item, taken);
        } catch (error) {
          if (error instanceof Problem && error.status < 500) return error;
          throw error;
        }
      };
      const planned: Awaited<ReturnType<typeof plan>>[] = [];
      for (const item of payouts) planned.push(await plan(item));
      const done = await idempotent(context, request, reply, async (tx) => {
        const results: object[] = [];
        for (const [index, one] of planned.entries()) {
          if (one instanceof Problem) {
            results.push({ index, error: flatEnvelope(one) });
          } else {
            const record = await beginPayout(context, tx, one);
            results.push({ index, payout: payoutView(caller.environment, record, one.payout) });
          }
        }
        const failed = planned.filter((one) => one instanceof Problem).length;
        const total = planned.length;
        return { status: 200, body: { results, total, succeeded: total - failed, failed } };
      });
      context.wake();
      return done;
    },
  );
}

function checkItem(request: FastifyRequest, item: unknown): void {
  const matches = request.compileValidationSchema(BulkItem, 'body'); // once
  if (matches(item)) return;
  throw validationProblem(matches.errors ?? [], request);
}

async function planItem(
  context: Context,
  caller: Caller,
  shared: { readonly connection_id?: string | null; readonly currency: string },
  item: unknown,
  taken: Set<string>,
) {
  const asked = await askedOf(context, caller, shared, item as never);
  const planned = await planPayout(context, caller.environment, asked, 'ready');
  const { connectionId, reference } = planned.payout;
  const name = `${connectionId} ${reference}`;
  const known = await findPayoutByReference(
    context.db,
    caller.environment.id,
    connectionId,
    reference,
  );
  if (known !== null || taken.has(name))
    throw new Problem(409, 'reference_taken', `There is a payout with the reference ${reference}`);
  taken.add(name);
  return planned;
}
