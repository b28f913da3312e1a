// Lists of payments, refunds and history: bare arrays, newest first, as every Reevit client reads them.
import { Type } from 'typebox';
import { normaliseMethod } from '../../../domain/connection/method.ts';
import { paymentStatuses } from '../../../domain/payment/status.ts';
import type { Context } from '../../../flows/context.ts';
import { explainPayment } from '../../../flows/payment/explain-payment.ts';
import { findPayment } from '../../../flows/payment/find-payment.ts';
import { invalid, Problem } from '../../../kernel/problem.ts';
import {
  findRefund,
  type HistoryLine,
  listMoves,
  listPayments,
  listRefunds,
  type PaymentFilter,
} from '../../../store/payment-lists.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { instant } from '../instant.ts';
import { IdParams } from '../schemas.ts';
import { paymentView, refundView, summaryView, time } from './view.ts';

/** Deeper pages are asked for with `to`, which costs nothing however deep. */
const OFFSET_MAX = 1_000_000;

const Page = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: OFFSET_MAX, default: 0 })),
};
const Word = Type.Optional(Type.String({ maxLength: 255 }));

const PaymentsQuery = Type.Object({
  ...Page,
  status: Word,
  customer_id: Word,
  provider: Word,
  method: Word,
  currency: Word,
  reference: Word,
  connection_id: Word,
  amount_min: Type.Optional(Type.Integer({ minimum: 0 })),
  amount_max: Type.Optional(Type.Integer({ minimum: 0 })),
  from: Word,
  to: Word,
  unknown: Type.Optional(Type.Boolean()),
  conflict: Word,
  search: Word,
});

/** `metadata.order_id=1042`: so many at once. */
const METADATA = 'metadata.';
const METADATA_MAX = 10;

const reads = { config: { scopes: ['payments:read'] } };

export function listRoutes(app: App, context: Context): void {
  const { db } = context;

  app.get('/payments', { ...reads, schema: { querystring: PaymentsQuery } }, async (request) => {
    const { environment } = callerOf(request);
    const { limit = 50, offset = 0 } = request.query;
    const payments = await listPayments(db, environment.id, filterOf(request.query), {
      limit,
      offset,
    });
    return payments.map(summaryView);
  });

  app.get(
    '/payments/refunds',
    { ...reads, schema: { querystring: Type.Object(Page) } },
    async (request) => {
      const { limit = 50, offset = 0 } = request.query;
      const refunds = await listRefunds(db, callerOf(request).environment.id, { limit, offset });
      return refunds.map(refundView);
    },
  );

  app.get('/payments/refunds/:id', { ...reads, schema: { params: IdParams } }, async (request) => {
    const refund = await findRefund(db, callerOf(request).environment.id, request.params.id);
    if (!refund) throw new Problem(404, 'not_found', 'Refund not found');
    return refundView(refund);
  });

  app.get('/payments/:id/refunds', { ...reads, schema: { params: IdParams } }, async (request) => {
    const { operations } = await findPayment(
      context,
      callerOf(request).environment,
      request.params.id,
    );
    return operations
      .filter((one) => one.kind === 'refund')
      .map(refundView)
      .reverse();
  });

  app.get(
    '/payments/:id/status_history',
    { ...reads, schema: { params: IdParams, querystring: Type.Object(Page) } },
    async (request) => {
      const { environment } = callerOf(request);
      const { payment } = await findPayment(context, environment, request.params.id);
      const { limit = 50, offset = 0 } = request.query;
      const lines = await listMoves(db, environment.id, payment.id, { limit, offset });
      return lines.map(historyView);
    },
  );

  const explains = { params: IdParams, querystring: Type.Object({ at: Word }) };
  app.get('/payments/:id/explain', { ...reads, schema: explains }, async (request) => {
    const { environment } = callerOf(request);
    const { at } = request.query;
    const { record, history, story } = await explainPayment(
      context,
      environment,
      request.params.id,
      at ? instant(at, 'at') : null,
    );
    const configuration = await context.configurations.get(environment);
    return {
      payment: withoutSecrets(paymentView({ context, environment, configuration }, record)),
      plan: record.payment.plan,
      attempts: record.attempts.map((one) => ({
        id: one.id,
        number: one.number,
        connection_id: one.connectionId,
        provider: one.provider,
        status: one.status,
        psp_reference: one.pspReference ?? '',
        decline: one.decline,
        error: one.error,
        latency_ms: one.latencyMs,
        asked: one.syncCount,
        asked_next_at: time(one.nextSyncAt),
        created_at: time(one.createdAt),
      })),
      refunds: record.operations.filter((one) => one.kind === 'refund').map(refundView),
      operations: record.operations.map((one) => ({
        id: one.id,
        kind: one.kind,
        attempt_id: one.attemptId,
        provider: one.provider,
        status: one.status,
        amount: Number(one.amountMinor),
        psp_reference: one.pspReference ?? '',
        decline: one.decline,
        error: one.error,
        asked: one.syncCount,
        asked_next_at: time(one.nextSyncAt),
        created_at: time(one.createdAt),
      })),
      history: history.map((line) => ({
        ...historyView(line),
        attempt_id: line.attemptId,
        operation_id: line.operationId,
        attempt_from: line.attemptFrom,
        attempt_to: line.attemptTo,
        evidence: line.evidence,
      })),
      story,
    };
  });
}

function historyView(line: HistoryLine) {
  return {
    id: Number(line.id),
    from_status: line.fromStatus,
    to_status: line.toStatus,
    source: line.source,
    reason: line.reason,
    created_at: time(line.createdAt),
  };
}

function withoutSecrets(view: Record<string, unknown>): Record<string, unknown> {
  const { client_secret: _secret, next_action: _action, ...shown } = view;
  return shown;
}

function filterOf(query: Type.Static<typeof PaymentsQuery>): PaymentFilter {
  const { status, method, amount_min, amount_max, from, to } = query;
  if (status && !paymentStatuses.some((one) => one === status)) {
    throw invalid(
      'validation_error',
      `status must be one of ${paymentStatuses.join(', ')}`,
      'status',
    );
  }
  const word = method ? normaliseMethod(method) : null;
  if (method && word === null)
    throw invalid('invalid_method', `method ${method} is not known`, 'method');
  return {
    ...(status && { status }),
    ...(word && { method: word }),
    ...(query.customer_id && { customer_id: query.customer_id }),
    ...(query.provider && { provider: query.provider.toLowerCase() }),
    ...(query.currency && { currency: query.currency.toUpperCase() }),
    ...(query.reference && { reference: query.reference }),
    ...(query.connection_id && { connection_id: query.connection_id }),
    ...(amount_min !== undefined && { amount_min: BigInt(amount_min) }),
    ...(amount_max !== undefined && { amount_max: BigInt(amount_max) }),
    ...(from && { from: instant(from, 'from') }),
    ...(to && { to: instant(to, 'to') }),
    ...(query.unknown !== undefined && { unknown: query.unknown }),
    ...(query.conflict === 'any' && { in_conflict: true }),
    ...(query.conflict && query.conflict !== 'any' && { conflict: query.conflict }),
    ...(query.search && { search: query.search }),
    metadata: metadataOf(query),
  };
}

function metadataOf(query: Readonly<Record<string, unknown>>): Record<string, string> {
  const members = Object.entries(query).filter(([name]) => name.startsWith(METADATA));
  if (members.length > METADATA_MAX)
    throw invalid(
      'validation_error',
      `At most ${METADATA_MAX} members of metadata can be asked for`,
    );
  return Object.fromEntries(
    members.map(([name, value]) => {
      if (typeof value === 'string') return [name.slice(METADATA.length), value];
      throw invalid('validation_error', `${name} is there more than once`, name);
    }),
  );
}
