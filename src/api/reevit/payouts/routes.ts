// /v1/payouts: money out, one at a time (api/reevit.md section 9.1). Creation demands an Idempotency-Key.
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { PaymentRecord } from '../../../domain/payment/payment.ts';
import type { Context, Environment } from '../../../flows/context.ts';
import { askLatest } from '../../../flows/payment/find-payment.ts';
import {
  approvePayout,
  cancelPayout,
  createPayout,
  findPayout,
  findPayoutFacts,
} from '../../../flows/payout/index.ts';
import { Problem } from '../../../kernel/problem.ts';
import { listPayouts } from '../../../store/payouts.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { readKey } from '../../idempotency/key.ts';
import { answerOnce } from '../payments/answer-once.ts';
import { IdParams, PageQuery } from '../schemas.ts';
import { askedOf, factsFor, nameOf } from './asked.ts';
import { PayoutBody } from './read-payout.ts';
import { payoutView, STATUS_FILTERS } from './view.ts';

const reads = { scopes: ['payouts:read'] };
export const writes = {
  scopes: ['payouts:write'],
  missingCodes: { amount: 'invalid_amount', currency: 'invalid_currency' },
  invalidCodes: { amount: 'invalid_amount', currency: 'invalid_currency' },
};

export function payoutRoutes(app: App, context: Context): void {
  const show = async (environment: Environment, record: PaymentRecord) =>
    payoutView(environment, record, await findPayoutFacts(context, environment, record.payment.id));

  app.post(
    '/payouts',
    { config: writes, schema: { summary: 'Pay out', body: PayoutBody } },
    async (request, reply) => {
      requireKey(request);
      const caller = callerOf(request);
      const { environment } = caller;
      const asked = await askedOf(context, caller, request.body, request.body);
      return answerOnce(context, caller, request, reply, {
        status: 201,
        run: async (options) => ({
          record: await createPayout(context, environment, asked, options),
          operation: null,
        }),
        render: ({ record }) => payoutView(environment, record, factsFor(asked, record)),
      });
    },
  );

  app.get(
    '/payouts',
    {
      config: reads,
      schema: {
        summary: 'List payouts, newest first',
        querystring: Type.Object({
          ...PageQuery(200),
          status: Type.Optional(Type.Enum(Object.keys(STATUS_FILTERS))),
        }),
      },
    },
    async (request) => {
      const { environment } = callerOf(request);
      const { status, limit, offset } = request.query;
      const words = status ? STATUS_FILTERS[status as keyof typeof STATUS_FILTERS] : ANY;
      const page = { limit, offset };
      const { ids, total } = await listPayouts(
        context.db,
        environment.id,
        { type: null, ...words },
        page,
      );
      const payouts = await Promise.all(
        ids.map(async (id) => show(environment, await findPayout(context, environment, id))),
      );
      return { payouts, total, limit, offset };
    },
  );

  app.get(
    '/payouts/:id',
    { config: reads, schema: { summary: 'Show a payout', params: IdParams } },
    async (request) => {
      const { environment } = callerOf(request);
      return show(environment, await findPayout(context, environment, request.params.id));
    },
  );

  app.post(
    '/payouts/:id/confirm',
    {
      config: writes,
      schema: { summary: 'Approve a payout that waits for it, or ask the PSP', params: IdParams },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { environment } = caller;
      const { id } = request.params;
      const facts = await findPayoutFacts(context, environment, id);
      return answerOnce(context, caller, request, reply, {
        status: 200,
        paymentId: id,
        run: async (options) => {
          const found = await findPayout(context, environment, id);
          const record =
            found.payment.status === 'awaiting_approval'
              ? await approvePayout(context, environment, id, nameOf(caller), options)
              : await askLatest(context, environment, found);
          return { record, operation: null };
        },
        render: ({ record }) => payoutView(environment, record, facts),
      });
    },
  );

  app.post(
    '/payouts/:id/cancel',
    {
      config: writes,
      schema: { summary: 'Take back a payout that was not sent yet', params: IdParams },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { environment } = caller;
      const { id } = request.params;
      const facts = await findPayoutFacts(context, environment, id);
      return answerOnce(context, caller, request, reply, {
        status: 200,
        paymentId: id,
        run: async (options) => ({
          record: await cancelPayout(context, environment, id, nameOf(caller), options),
          operation: null,
        }),
        render: ({ record }) => payoutView(environment, record, facts),
      });
    },
  );
}

const ANY = { statuses: null, wasPaid: null, wasBegun: null };

export function requireKey(request: FastifyRequest): void {
  if (readKey(request) !== null) return;
  const message = 'Idempotency-Key is required: without it a repeat would pay twice';
  throw new Problem(400, 'missing_idempotency_key', message, { field: 'Idempotency-Key' });
}
