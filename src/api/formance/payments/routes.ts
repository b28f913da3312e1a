// Payments of the ledger, v1 and v3 (api/formance.md sections 2, 3 and 5).
import type { FastifyRequest } from 'fastify';
import { decodePayment } from '../../../domain/ledger/ids.ts';
import type { Context } from '../../../flows/context.ts';
import { labelPayment } from '../../../flows/record/label-payment.ts';
import { recordPayment } from '../../../flows/record/record-payment.ts';
import { findRecorded, listLedger, listRecorded, type Recorded } from '../../../store/ledger.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { invalidId, unknownThing } from '../envelope.ts';
import { answerList } from '../list.ts';
import { mustFitInto, readMetadataPatch } from '../metadata.ts';
import { keyOfPayment, paymentList } from './list.ts';
import { type ReadContext, readV1Payment, readV3Payment } from './read.ts';
import { v1, v3 } from './schema.ts';
import { v1Payment, v1Row, v3Payment } from './view.ts';

export function paymentRoutes(app: App, context: Context): void {
  v1Routes(app, context);
  v3Routes(app, context);
}

function v1Routes(app: App, context: Context): void {
  const list = paymentList(context, listLedger);

  app.post('/payments', v1.record, async (request) => {
    const { environment } = callerOf(request);
    const said = readV1Payment(request.body, await readContext(context, request));
    return { data: v1Payment(await recordPayment(context, environment, said)) };
  });

  app.get('/payments', v1.list, (request) => answerList(context, request, list, v1Row));

  app.get('/payments/:paymentId', v1.get, async (request) => ({
    data: v1Payment(await mustFind(context, request)),
  }));

  app.patch('/payments/:paymentId/metadata', v1.label, async (request, reply) => {
    const metadata = readMetadataPatch(request.body, false);
    const { entry } = await mustFind(context, request);
    mustFitInto(entry.metadata, metadata);
    await labelPayment(context, callerOf(request).environment, entry, metadata);
    return reply.code(204).send();
  });
}

function v3Routes(app: App, context: Context): void {
  const list = paymentList(context, listRecorded);

  app.post('/v3/payments', v3.record, async (request, reply) => {
    const { environment } = callerOf(request);
    const said = readV3Payment(request.body, await readContext(context, request));
    reply.code(201);
    return { data: v3Payment(await recordPayment(context, environment, said)) };
  });

  app.get('/v3/payments', v3.list, (request) => answerList(context, request, list, v3Payment));

  app.get('/v3/payments/:paymentID', v3.get, async (request) => ({
    data: v3Payment(await mustFind(context, request)),
  }));

  app.patch('/v3/payments/:paymentID/metadata', v3.label, async (request, reply) => {
    const metadata = readMetadataPatch(request.body, true);
    const { entry } = await mustFind(context, request);
    mustFitInto(entry.metadata, metadata);
    await labelPayment(context, callerOf(request).environment, entry, metadata);
    return reply.code(204).send();
  });
}

async function readContext(context: Context, request: FastifyRequest): Promise<ReadContext> {
  const configuration = await context.configurations.get(callerOf(request).environment);
  return { configuration, nowMs: context.ports.clock.nowMs() };
}

/** v1 and v3 name it differently. */
type Params = Readonly<Partial<Record<'paymentId' | 'paymentID', string>>>;

/** 400 for what is no id, 404 for what is one of nothing here. */
async function mustFind(context: Context, request: FastifyRequest): Promise<Recorded> {
  const { environment } = callerOf(request);
  const { paymentId, paymentID = paymentId ?? '' } = request.params as Params;
  if (decodePayment(paymentID) === null) throw invalidId('Payment ID');
  const { connections } = await context.configurations.get(environment);
  const key = keyOfPayment(connections, paymentID);
  const recorded = key && (await findRecorded(context.db, environment.id, key));
  if (!recorded) throw unknownThing('Payment');
  return recorded;
}
