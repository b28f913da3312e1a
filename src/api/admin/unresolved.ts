// /admin/v1/unresolved: what nobody knows, since when, what was asked and when it is asked next; and what an operator can
// do about it. Everything he does is evidence or an operation like any other, and is in the audit log before it begins.
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { PaymentRecord } from '../../domain/payment/payment.ts';
import type { Context, Environment } from '../../flows/context.ts';
import { refundPayment } from '../../flows/operation/refund-payment.ts';
import { voidAuthorization } from '../../flows/operation/void-authorization.ts';
import {
  addEvidence,
  closeConflict,
  evidenceWords,
  mustLoad,
} from '../../flows/operator/evidence.ts';
import { notFound } from '../../kernel/problem.ts';
import {
  conflictPolicyOf,
  listUnresolved,
  setConflictPolicy,
  type Unresolved,
} from '../../store/conflicts.ts';
import { findEnvironment } from '../../store/environments.ts';
import type { App } from '../app.ts';
import { idempotentAround } from '../idempotency/idempotent.ts';
import { noteOperator, operatorChange, operatorOf } from './operator.ts';

const Query = Type.Object({
  environment_id: Type.Optional(Type.String({ maxLength: 100 })),
  kind: Type.Optional(Type.Enum(['attempt', 'operation', 'conflict'])),
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
  offset: Type.Integer({ minimum: 0, maximum: 100_000, default: 0 }),
});
const Id = Type.String({ minLength: 1, maxLength: 100 });
const Note = Type.String({ minLength: 1, maxLength: 1_000 });
const Amount = Type.Optional(Type.Integer({ minimum: 1 }));
const EnvironmentParams = Type.Object({ environment_id: Id });
const Params = Type.Object({ environment_id: Id, id: Id });
const Policy = Type.Enum(['alert', 'refund_later', 'void_later']);

const EvidenceBody = Type.Object({
  about: Id,
  says: Type.Enum([...evidenceWords]),
  amount: Amount,
  psp_reference: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  note: Note,
});
const RefundBody = Type.Object({ amount: Amount, attempt_id: Type.Optional(Id), note: Note });
const VoidBody = Type.Object({ attempt_id: Type.Optional(Id), note: Note });
const CloseBody = Type.Object({ note: Note });

export function unresolvedRoutes(app: App, context: Context): void {
  app.get(
    '/unresolved',
    { schema: { summary: 'What nobody knows, longest first', querystring: Query } },
    async ({ query }) => {
      const { environment_id: environmentId = null, kind = null, limit, offset } = query;
      const found = await listUnresolved(context.db, { environmentId, kind }, { limit, offset });
      return { unresolved: found.map(unresolvedView), pagination: { limit, offset } };
    },
  );

  const base = '/environments/:environment_id/payments/:id';

  app.post(
    `${base}/evidence`,
    { schema: { summary: 'Say what a PSP did', params: Params, body: EvidenceBody } },
    (request, reply) => {
      const { about, says, amount, psp_reference: pspReference = null, note } = request.body;
      const amountMinor = amount === undefined ? null : BigInt(amount);
      const evidence = { subjectId: about, says, amountMinor, pspReference, note };
      return idempotentAround(
        context,
        request,
        reply,
        () =>
          act(
            context,
            request,
            'evidence added',
            { about, says, amount, note },
            (environment, id) =>
              addEvidence(context, environment, id, { ...evidence, by: operatorOf(request) }),
          ),
        { environmentId: 'admin', conflictStatus: 422 },
      );
    },
  );

  app.post(
    `${base}/refund`,
    { schema: { summary: 'Give money back', params: Params, body: RefundBody } },
    (request, reply) => {
      const { amount, attempt_id: attemptId, note } = request.body;
      const asked = {
        amountMinor: amount === undefined ? null : BigInt(amount),
        reason: note,
        ...(attemptId === undefined ? {} : { attemptId }),
      };
      return idempotentAround(
        context,
        request,
        reply,
        () =>
          act(context, request, 'refund', request.body, async (environment, id) => {
            const { record } = await refundPayment(context, environment, id, asked);
            return record;
          }),
        { environmentId: 'admin', conflictStatus: 422 },
      );
    },
  );

  app.post(
    `${base}/void`,
    { schema: { summary: 'Release an authorisation', params: Params, body: VoidBody } },
    (request, reply) =>
      idempotentAround(
        context,
        request,
        reply,
        () =>
          act(context, request, 'void', request.body, async (environment, id) => {
            const record = await mustLoad(context, environment, id);
            return voidAuthorization(context, environment, record, request.body.attempt_id ?? null);
          }),
        { environmentId: 'admin', conflictStatus: 422 },
      ),
  );

  app.post(
    `${base}/close-conflict`,
    { schema: { summary: 'Settle a conflict by hand', params: Params, body: CloseBody } },
    (request, reply) =>
      idempotentAround(
        context,
        request,
        reply,
        () =>
          act(context, request, 'conflict closed', request.body, (environment, id) =>
            closeConflict(context, environment, id, { ...request.body, by: operatorOf(request) }),
          ),
        { environmentId: 'admin', conflictStatus: 422 },
      ),
  );

  app.get(
    '/environments/:environment_id/conflict-policy',
    { schema: { summary: 'What becomes of a second capture', params: EnvironmentParams } },
    async ({ params }) => {
      const policy = await conflictPolicyOf(context.db, params.environment_id);
      if (policy === null) throw notFound('Environment');
      return { environment_id: params.environment_id, conflict_policy: policy };
    },
  );

  app.put(
    '/environments/:environment_id/conflict-policy',
    {
      schema: {
        summary: 'Set what becomes of a second capture by itself',
        params: EnvironmentParams,
        body: Type.Object({ conflict_policy: Policy }),
      },
    },
    async (request) => {
      const { environment_id } = request.params;
      const { conflict_policy } = request.body;
      const change = operatorChange(context, request);
      if (!(await setConflictPolicy(context.db, environment_id, conflict_policy, change)))
        throw notFound('Environment');
      return { environment_id, conflict_policy };
    },
  );
}

async function act(
  context: Context,
  request: FastifyRequest<{ Params: { environment_id: string; id: string } }>,
  action: string,
  metadata: object,
  work: (environment: Environment, paymentId: string) => Promise<PaymentRecord>,
) {
  const { environment_id, id } = request.params;
  const environment = await findEnvironment(context.db, environment_id);
  if (!environment) throw notFound('Environment');
  await mustLoad(context, environment, id);
  const subject = { type: 'payment', id } as const;
  const entry = { environmentId: environment.id, subject, action, metadata: { ...metadata } };
  await noteOperator(context, request, entry);
  return { status: 200, body: paymentView(await work(environment, id)) };
}

function paymentView({ payment, attempts, operations }: PaymentRecord) {
  return {
    environment_id: payment.environmentId,
    id: payment.id,
    type: payment.type,
    status: payment.status,
    conflict: payment.conflict,
    amount: Number(payment.amountMinor),
    currency: payment.currency,
    captured_amount: Number(payment.capturedMinor),
    refunded_amount: Number(payment.refundedMinor),
    refund_pending_amount: Number(payment.refundPendingMinor),
    attempts: attempts.map((one) => ({
      id: one.id,
      number: one.number,
      connection_id: one.connectionId,
      provider: one.provider,
      status: one.status,
      captured_amount: Number(one.capturedMinor),
      psp_reference: one.pspReference ?? '',
      asked_next_at: timeOrNull(one.nextSyncAt),
    })),
    operations: operations.map((one) => ({
      id: one.id,
      kind: one.kind,
      attempt_id: one.attemptId,
      status: one.status,
      amount: Number(one.amountMinor),
      psp_reference: one.pspReference ?? '',
      asked_next_at: timeOrNull(one.nextSyncAt),
    })),
  };
}

function unresolvedView(one: Unresolved) {
  return {
    kind: one.kind,
    environment_id: one.environmentId,
    payment_id: one.paymentId,
    id: one.id,
    what: one.what,
    status: one.status,
    connection_id: one.connectionId ?? '',
    provider: one.provider ?? '',
    amount: Number(one.amountMinor),
    currency: one.currency,
    psp_reference: one.pspReference ?? '',
    since: new Date(one.since).toISOString(),
    asked: one.asked,
    asked_next_at: timeOrNull(one.askedNextAt),
    note: one.note,
    last_heard:
      one.lastAt === null
        ? null
        : {
            source: one.lastSource,
            reason: one.lastReason,
            at: new Date(one.lastAt).toISOString(),
            evidence: one.lastEvidence,
          },
  };
}

function timeOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString();
}
