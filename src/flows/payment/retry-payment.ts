// Tries a failed payment again: a new plan, a new attempt, the same payment.
import { type Attempt, isFinalAttempt, type PaymentRecord } from '../../domain/payment/payment.ts';
import { Problem } from '../../kernel/problem.ts';
import type { KeyAnswer, KeyClaim } from '../../store/payments.ts';
import { changePayment, type Proposal } from '../change-payment.ts';
import {
  attemptRow,
  feeFor,
  type NewPayment,
  noAvailableConnection,
  routeFor,
  runAttempts,
} from '../charge/index.ts';
import { PAYMENT_LIFETIME_MS } from '../charge/new-payment.ts';
import type { Configuration } from '../configuration.ts';
import type { Context, Environment } from '../context.ts';
import { findPayment } from './find-payment.ts';

export interface MutationOptions {
  readonly claim?: KeyClaim | null;
  readonly answer?: ((record: PaymentRecord) => KeyAnswer) | null;
}

interface NewAttempt extends Proposal {
  readonly attempt: Attempt;
}

export async function retryPayment(
  context: Context,
  environment: Environment,
  paymentId: string,
  options: MutationOptions = {},
): Promise<PaymentRecord> {
  return startAttempt(context, environment, paymentId, options, (record) => {
    const { status, conflict } = record.payment;
    if (status !== 'failed') {
      throw new Problem(
        400,
        'payment_not_retryable',
        `Only a failed payment can be retried; this one is ${status}`,
        { status },
      );
    }
    if (conflict !== null) {
      throw new Problem(
        409,
        'payment_in_conflict',
        'The payment is in conflict; an operator has to look at it first',
        { conflict },
      );
    }
    if (record.attempts.some((one) => isFinalAttempt(one) && one.nextSyncAt !== null)) {
      throw new Problem(
        409,
        'payment_in_doubt',
        'A PSP said that it holds money for this payment; it is being asked',
        {},
        2,
      );
    }
    return record.payment;
  });
}

/**
 * Opens the next attempt of a payment that has none under way, in the commit that moves it to `pending`, and runs it.
 * `check` looks at the newest state, throws when it does not permit an attempt, and answers the payment to route.
 */
export async function startAttempt(
  context: Context,
  environment: Environment,
  paymentId: string,
  { claim = null, answer = null }: MutationOptions,
  check: (record: PaymentRecord) => PaymentRecord['payment'],
): Promise<PaymentRecord> {
  const startedMs = context.ports.clock.nowMs();
  const known = await findPayment(context, environment, paymentId);
  const configuration = await context.configurations.get(environment);
  const { record, proposal } = await changePayment<NewAttempt>(
    context,
    { environmentId: environment.id, paymentId },
    (current) => ({
      ...proposeAttempt(context, environment, configuration, current, check(current)),
      claim,
    }),
    known,
  );
  if (!proposal) return record;
  return runAttempts(context, environment, configuration, record, proposal.attempt, {
    startedMs,
    answer,
  });
}

function proposeAttempt(
  context: Context,
  environment: Environment,
  configuration: Configuration,
  current: PaymentRecord,
  payment: PaymentRecord['payment'],
): NewAttempt {
  const nowMs = context.ports.clock.nowMs();
  const asked = askedOf(payment);
  const seed = `${payment.id}:${current.attempts.length}`;
  const route = routeFor(context, environment, configuration, asked, seed);
  const [first] = route.candidates;
  if (!first) throw noAvailableConnection(route);
  const expiresAt = nowMs + PAYMENT_LIFETIME_MS;
  const open = {
    ...payment,
    ...feeFor(configuration, first.connectionId, asked),
    status: 'pending' as const,
    connectionId: first.connectionId,
    provider: first.provider,
    plan: route,
    planSince: current.attempts.length + 1,
    cancelRequestedAt: null,
    expiresAt,
    dueAt: expiresAt,
    updatedAt: nowMs,
  };
  const attempt = attemptRow(context, environment, open, first, current.attempts.length + 1);
  return {
    record: { ...current, payment: open, attempts: [...current.attempts, attempt] },
    changedAttempts: [attempt.id],
    adjustments: [
      {
        attemptId: attempt.id,
        operationId: null,
        source: 'merchant',
        reason: current.attempts.length === 0 ? 'routed' : 'retry',
        fromStatus: current.payment.status,
        toStatus: 'pending',
        attemptFrom: null,
        attemptTo: 'sent',
        evidence: {},
        createdAt: nowMs,
      },
    ],
    events: current.payment.status === 'pending' ? [] : ['payment.updated'],
    attempt,
  };
}

function askedOf(payment: PaymentRecord['payment']): NewPayment {
  return { ...payment, method: payment.method as NewPayment['method'] };
}
