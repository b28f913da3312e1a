// Payments, attempts and operations for tests: whole records in which a test names only what it is about.
import type { Outcome } from '../src/domain/attempt/outcome.ts';
import type { Attempt, Operation, Payment, PaymentRecord } from '../src/domain/payment/payment.ts';
import type { RoutePlan } from '../src/domain/routing/plan.ts';

export const T0 = Date.UTC(2026, 0, 5, 10, 0, 0);
export const HOUR_MS = 60 * 60_000;
export const DAY_MS = 24 * HOUR_MS;

export function aPayment(fields: Partial<Payment> = {}): Payment {
  return {
    environmentId: 'env_1',
    id: 'pay_1',
    type: 'pay_in',
    status: 'pending',
    amountMinor: 100n,
    currency: 'GHS',
    method: 'card',
    country: 'GH',
    customerId: null,
    customer: { id: null, email: null, name: null, phone: null },
    reference: null,
    description: null,
    metadata: {},
    captureMethod: 'automatic',
    connectionId: 'con_1',
    provider: 'stripe',
    pspReference: null,
    sealedClientSecret: 'sealed',
    authorizedMinor: 0n,
    capturedMinor: 0n,
    capturePendingMinor: 0n,
    refundedMinor: 0n,
    refundPendingMinor: 0n,
    feeMinor: null,
    feeCurrency: null,
    feeIsActual: false,
    conflict: null,
    plan: null,
    planSince: 1,
    request: {
      instrument: null,
      presentation: 'page',
      returnUrl: null,
      cancelUrl: null,
      saveInstrument: false,
      allowedProviders: [],
      prefer: [],
      forcedConnectionId: null,
    },
    source: 'api',
    sourceId: '',
    sourceDescription: '',
    cancelRequestedAt: null,
    capturedAt: null,
    expiresAt: T0 + HOUR_MS,
    dueAt: T0 + HOUR_MS,
    eventSequence: 1,
    version: 1,
    createdAt: T0,
    updatedAt: T0,
    ...fields,
  };
}

export function anAttempt(fields: Partial<Attempt> = {}): Attempt {
  const number = fields.number ?? 1;
  return {
    environmentId: 'env_1',
    id: `att_${number}`,
    paymentId: 'pay_1',
    number,
    connectionId: `con_${number}`,
    provider: 'stripe',
    operation: 'charge',
    status: 'sent',
    amountMinor: 100n,
    currency: 'GHS',
    authorizedMinor: 0n,
    capturedMinor: 0n,
    pspReference: null,
    pspState: {},
    action: null,
    sealedToken: null,
    prompted: false,
    decline: null,
    error: '',
    latencyMs: 0,
    input: '{}',
    sentAt: T0,
    nextSyncAt: T0 + 25_000,
    syncCount: 0,
    notFoundCount: 0,
    firstNotFoundAt: null,
    type: 'pay_in',
    reference: `reference-${fields.id ?? `att_${number}`}`,
    ledgerStatus: 'PENDING',
    ledgerMinor: 100n,
    createdAt: T0,
    updatedAt: T0,
    ...fields,
  };
}

export function anOperation(fields: Partial<Operation> = {}): Operation {
  return {
    environmentId: 'env_1',
    id: 'ref_1',
    paymentId: 'pay_1',
    attemptId: 'att_1',
    connectionId: 'con_1',
    provider: 'stripe',
    kind: 'refund',
    status: 'sent',
    amountMinor: 100n,
    currency: 'GHS',
    reason: '',
    pspReference: null,
    pspState: {},
    decline: null,
    error: '',
    sentAt: T0,
    nextSyncAt: T0 + 25_000,
    syncCount: 0,
    notFoundCount: 0,
    firstNotFoundAt: null,
    createdAt: T0,
    updatedAt: T0,
    ...fields,
  };
}

export function aRecord(
  payment: Partial<Payment> = {},
  attempts: readonly Attempt[] = [anAttempt()],
  operations: readonly Operation[] = [],
): PaymentRecord {
  return { payment: aPayment(payment), attempts, operations };
}

/** A payment whose one attempt took its whole amount. */
export function aPaidRecord(operations: readonly Operation[] = []): PaymentRecord {
  const held = (one: Operation) => one.kind === 'refund' && one.status !== 'failed';
  const pending = operations.filter((one) => held(one) && one.status !== 'succeeded');
  return aRecord(
    {
      status: 'succeeded',
      capturedMinor: 100n,
      refundPendingMinor: pending.reduce((sum, one) => sum + one.amountMinor, 0n),
    },
    [anAttempt({ status: 'succeeded', capturedMinor: 100n, nextSyncAt: null })],
    operations,
  );
}

/** A manual payment whose one attempt holds an authorisation. */
export function anAuthorizedRecord(operations: readonly Operation[] = []): PaymentRecord {
  return aRecord(
    { status: 'authorized', captureMethod: 'manual', authorizedMinor: 100n, dueAt: null },
    [anAttempt({ operation: 'authorize', status: 'authorized', authorizedMinor: 100n })],
    operations,
  );
}

export function aPlan(...connectionIds: readonly string[]): RoutePlan {
  return {
    candidates: connectionIds.map((connectionId) => ({
      connectionId,
      provider: 'stripe',
      source: 'default',
      mayFallBackTo: true,
    })),
    considered: [],
    rules: [],
    ruleId: null,
    fallbackToDefault: true,
  };
}

type What = Extract<Outcome, { kind: 'succeeded' }>['what'];

export function done(what: What, amountMinor = 100n, currency = 'GHS'): Outcome {
  return { kind: 'succeeded', what, amountMinor, currency };
}

export const captured = done('captured');
export const authorized = done('authorized');
export const voided = done('voided');
export const refunded = done('refunded');
export const pending: Outcome = { kind: 'pending' };
export const redirect: Outcome = {
  kind: 'requires_action',
  action: { type: 'redirect', url: 'https://psp.test/pay' },
};
export const silence: Outcome = { kind: 'unknown', reason: 'no reply' };
export const notFound: Outcome = { kind: 'unknown', reason: 'no such object', notFound: true };
export const notSent: Outcome = { kind: 'not_sent', reason: 'connection refused' };
