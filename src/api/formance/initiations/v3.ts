// /v3/payment-initiations and the tasks that its 202 answers name (api/formance.md sections 3 and 5).
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { PaymentRecord } from '../../../domain/payment/payment.ts';
import type { Configuration } from '../../../flows/configuration.ts';
import type { Context } from '../../../flows/context.ts';
import {
  approvePayout,
  deletePayout,
  findPayout,
  findPayoutFacts,
  initiatePayout,
  rejectPayout,
  retryPayout,
  reversePayout,
} from '../../../flows/payout/index.ts';
import { taskOfPayout, taskOfReversal } from '../../../flows/payout/task.ts';
import { findRecorded } from '../../../store/ledger.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { answerList, listOf } from '../list.ts';
import { connectorOfRow, objectId } from '../named.ts';
import { v3Payment } from '../payments/view.ts';
import { initiationList } from './list.ts';
import { readReversal, readV3Initiation } from './read.ts';
import { inFormanceWords } from './refusals.ts';
import { initiationOfPath, loadShown } from './shown.ts';
import { initiationId, v3Adjustments, v3Initiation } from './view.ts';

const Params = Type.Object({ id: Type.String({ minLength: 1, maxLength: 8_000 }) });
const schema = { params: Params };

export function v3InitiationRoutes(app: App, context: Context): void {
  const found = (request: FastifyRequest) => initiationOfPath(context, request);

  app.post(
    '/v3/payment-initiations',
    { schema: { summary: 'Initiate a payment' } },
    async (request, reply) => {
      const caller = callerOf(request);
      const { environment } = caller;
      const configuration = await context.configurations.get(environment);
      const of = { configuration, caller, nowMs: context.ports.clock.nowMs() };
      const { noValidation } = request.query as { readonly noValidation?: string };
      const asked = readV3Initiation(request.body, of, noValidation === 'true');
      const record = await inFormanceWords(initiatePayout(context, environment, asked));
      const payout = await findPayoutFacts(context, environment, record.payment.id);
      const taskID = taskId(configuration, record, taskOfPayout(record));
      const data = { paymentInitiationID: initiationId(configuration, { record, payout }), taskID };
      return reply.code(202).send({ data });
    },
  );

  app.get(
    '/v3/payment-initiations',
    { schema: { summary: 'List initiations' } },
    async (request) => {
      const configuration = await context.configurations.get(callerOf(request).environment);
      return answerList(context, request, initiationList(context), (shown) =>
        v3Initiation(configuration, shown),
      );
    },
  );

  app.get('/v3/payment-initiations/:id', { schema }, async (request) => {
    const { environment, configuration, paymentId } = await found(request);
    return { data: v3Initiation(configuration, await loadShown(context, environment, paymentId)) };
  });

  app.delete('/v3/payment-initiations/:id', { schema }, async (request, reply) => {
    const { environment, paymentId } = await found(request);
    await deletePayout(context, environment, paymentId);
    return reply.code(204).send();
  });

  app.post('/v3/payment-initiations/:id/approve', { schema }, async (request, reply) => {
    const { caller, environment, configuration, paymentId } = await found(request);
    const approved = approvePayout(context, environment, paymentId, caller.keyId);
    const record = await inFormanceWords(approved);
    const taskID = taskId(configuration, record, taskOfPayout(record));
    return reply.code(202).send({ data: { taskID } });
  });

  app.post('/v3/payment-initiations/:id/reject', { schema }, async (request, reply) => {
    const { caller, environment, paymentId } = await found(request);
    await rejectPayout(context, environment, paymentId, caller.keyId);
    return reply.code(204).send();
  });

  app.post('/v3/payment-initiations/:id/retry', { schema }, async (request, reply) => {
    const { caller, environment, configuration, paymentId } = await found(request);
    const retried = retryPayout(context, environment, paymentId, caller.keyId);
    const record = await inFormanceWords(retried);
    const taskID = taskId(configuration, record, taskOfPayout(record));
    return reply.code(202).send({ data: { taskID } });
  });

  app.post('/v3/payment-initiations/:id/reverse', { schema }, async (request, reply) => {
    const { environment, configuration, paymentId } = await found(request);
    const asked = readReversal(request.body);
    const reversed = reversePayout(context, environment, paymentId, asked);
    const { record, operation } = await inFormanceWords(reversed);
    const connector = connectorOfRow(configuration, operation.connectionId, operation.provider);
    const data = {
      taskID: taskId(configuration, record, taskOfReversal(record, operation.id)),
      paymentInitiationReversalID: objectId(connector, asked.reference),
    };
    return reply.code(202).send({ data });
  });

  app.get('/v3/payment-initiations/:id/payments', { schema }, async (request) => {
    const { environment, paymentId } = await found(request);
    const { attempts } = await findPayout(context, environment, paymentId);
    const recorded = await Promise.all(
      attempts.map(({ connectionId, reference, type }) =>
        findRecorded(context.db, environment.id, { connectionId, reference, type }),
      ),
    );
    const known = recorded.filter((one) => one !== null);
    const list = listOf(`payments of ${paymentId}`, known);
    return answerList(context, request, list, ({ row }) => v3Payment(row));
  });

  app.get('/v3/payment-initiations/:id/adjustments', { schema }, async (request) => {
    const { environment, configuration, paymentId } = await found(request);
    const shown = await loadShown(context, environment, paymentId);
    const steps = v3Adjustments(configuration, shown).reverse();
    const list = listOf(`adjustments of ${paymentId}`, steps);
    return answerList(context, request, list, ({ row }) => row);
  });
}

function taskId(
  configuration: Configuration,
  { payment }: PaymentRecord,
  reference: string,
): string {
  const id = payment.connectionId ?? '';
  return objectId(connectorOfRow(configuration, id, payment.provider), reference);
}
