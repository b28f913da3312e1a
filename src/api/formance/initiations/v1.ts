// v1 /transfer-initiations, and the transfers of a connector, which are sent at once (api/formance.md sections 2, 5).
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Context } from '../../../flows/context.ts';
import {
  approvePayout,
  deletePayout,
  findPayoutFacts,
  initiatePayout,
  rejectPayout,
  retryPayout,
  reversePayout,
} from '../../../flows/payout/index.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { answerList } from '../list.ts';
import { bodyOf, wordIn } from '../read-body.ts';
import { initiationList } from './list.ts';
import { onlyConnectionOf } from './only-connection.ts';
import { readReversal, readTransfer, readV1Initiation } from './read.ts';
import { inFormanceWords } from './refusals.ts';
import { initiationOfPath, loadShown } from './shown.ts';
import { initiationId, v1Initiation } from './view.ts';

const Params = Type.Object({ id: Type.String({ minLength: 1, maxLength: 8_000 }) });
const schema = { params: Params };

export function v1InitiationRoutes(app: App, context: Context): void {
  const found = (request: FastifyRequest) => initiationOfPath(context, request);

  app.post(
    '/transfer-initiations',
    { schema: { summary: 'Initiate a transfer' } },
    async (request) => {
      const caller = callerOf(request);
      const { environment } = caller;
      const configuration = await context.configurations.get(environment);
      const of = { configuration, caller, nowMs: context.ports.clock.nowMs() };
      const asked = readV1Initiation(request.body, of);
      const { payment } = await inFormanceWords(initiatePayout(context, environment, asked));
      return {
        data: v1Initiation(configuration, await loadShown(context, environment, payment.id)),
      };
    },
  );

  app.get('/transfer-initiations', { schema: { summary: 'List initiations' } }, async (request) => {
    const configuration = await context.configurations.get(callerOf(request).environment);
    return answerList(context, request, initiationList(context), (shown) =>
      v1Initiation(configuration, shown),
    );
  });

  app.get('/transfer-initiations/:id', { schema }, async (request) => {
    const { environment, configuration, paymentId } = await found(request);
    return { data: v1Initiation(configuration, await loadShown(context, environment, paymentId)) };
  });

  app.delete('/transfer-initiations/:id', { schema }, async (request, reply) => {
    const { environment, paymentId } = await found(request);
    await deletePayout(context, environment, paymentId);
    return reply.code(204).send();
  });

  app.post('/transfer-initiations/:id/status', { schema }, async (request, reply) => {
    const { caller, environment, paymentId } = await found(request);
    const word = wordIn(bodyOf(request.body).status, 'Status', ['VALIDATED', 'REJECTED']);
    const decide = word === 'VALIDATED' ? approvePayout : rejectPayout;
    await inFormanceWords(decide(context, environment, paymentId, caller.keyId));
    return reply.code(204).send();
  });

  app.post('/transfer-initiations/:id/reverse', { schema }, async (request, reply) => {
    const { environment, paymentId } = await found(request);
    const asked = readReversal(request.body);
    await inFormanceWords(reversePayout(context, environment, paymentId, asked));
    return reply.code(204).send();
  });

  app.post('/transfer-initiations/:id/retry', { schema }, async (request, reply) => {
    const { caller, environment, paymentId } = await found(request);
    await inFormanceWords(retryPayout(context, environment, paymentId, caller.keyId));
    return reply.code(204).send();
  });

  app.post(
    '/connectors/:connector/transfers',
    { schema: { summary: 'Transfer at once', params: Type.Object({ connector: Type.String() }) } },
    async (request) => {
      const caller = callerOf(request);
      const { environment } = caller;
      const configuration = await context.configurations.get(environment);
      const connection = onlyConnectionOf(configuration, request.params.connector);
      const asked = readTransfer(request.body, connection, caller);
      const record = await inFormanceWords(initiatePayout(context, environment, asked));
      const payout = await findPayoutFacts(context, environment, record.payment.id);
      return { id: initiationId(configuration, { record, payout }) };
    },
  );
}
