// Tries a failed payment again: a new plan, a new attempt, the same payment.
import {
  type Attempt,
  type EvidenceSource,
  isFinalAttempt,
  type PaymentRecord,
} from '../../domain/payment/payment.ts';
import { eventNoun } from '../../domain/payment/settle.ts';
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
import { lifetimeOf } from '../charge/new-payment.ts';
import type { Configuration } from '../configuration.ts';
import type { Context, Environment } from '../context.ts';
import { findPayment, findRecord } from './find-payment.ts';
import { refuseRecorded } from './refuse-recorded.ts';

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
  const known = await findPayment(context, environment, paymentId);
  refuseRecorded(known);
  return startAttempt(context, environment, paymentId, { ...options, known }, (record) =>
    checkRetry(record, 'payment'),
  );
}

/** The payment, when it definitely failed and no PSP is in doubt about it. */
export function checkRetry(
  { payment, attempts }: PaymentRecord,
  noun: 'payment' | 'payout',
): PaymentRecord['payment'] {
  const { status, conflict } = payment;
  if (payment.source === 'generic')
    throw new Problem(
      400,
      `${noun}_not_retryable`,
      'Who asked for it over the generic API was told that it failed, and may have paid otherwise',
    );
  if (status !== 'failed') {
    throw new Problem(
      400,
      `${noun}_not_retryable`,
      `Only a failed ${noun} can be retried; this one is ${status}`,
      { status },
    );
  }
  if (conflict !== null) {
    throw new Problem(
      409,
      `${noun}_in_conflict`,
      `The ${noun} is in conflict; an operator has to look at it first`,
      { conflict },
    );
  }
  if (attempts.some((one) => isFinalAttempt(one) && one.nextSyncAt !== null)) {
    throw new Problem(
      409,
      `${noun}_in_doubt`,
      `A PSP said that it holds money for this ${noun}; it is being asked`,
      {},
      2,
    );
  }
  return payment;
}

/** Why an attempt begins, for the history. */
export interface Note {
  readonly reason: string;
  readonly evidence: unknown;
}

/**
 * Opens the next attempt of a payment that has none under way, in the commit that moves it to `pending`, and runs it.
 * `check` looks at the newest state, throws when it does not permit an attempt, and answers the payment to route.
 */
export async function startAttempt(
  context: Context,
  environment: Environment,
  paymentId: string,
  {
    claim = null,
    answer = null,
    note,
    source = 'merchant',
    known = null,
  }: MutationOptions & {
    readonly note?: Note;
    readonly source?: EvidenceSource;
    /** As it was read before. */
    readonly known?: PaymentRecord | null;
  },
  check: (record: PaymentRecord) => PaymentRecord['payment'],
): Promise<PaymentRecord> {
  const startedMs = context.ports.clock.nowMs();
  const before = known ?? (await findRecord(context, environment, paymentId));
  const configuration = await context.configurations.get(environment);
  const { record, proposal } = await changePayment<NewAttempt>(
    context,
    { environmentId: environment.id, paymentId },
    (current) => {
      const payment = check(current);
      const reason = current.attempts.length === 0 ? 'routed' : 'retry';
      const why = { source, ...(note ?? { reason, evidence: {} }) };
      const begun = proposeAttempt(context, environment, configuration, current, payment, why);
      return { ...begun, claim };
    },
    before,
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
  why: Note & { readonly source: EvidenceSource },
): NewAttempt {
  const nowMs = context.ports.clock.nowMs();
  const asked = askedOf(payment);
  const seed = `${payment.id}:${current.attempts.length}`;
  const route = routeFor(context, environment, configuration, asked, seed);
  const [first] = route.candidates;
  if (!first) throw noAvailableConnection(route);
  const expiresAt = nowMs + lifetimeOf(payment.type);
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
    dueAt: payment.type === 'pay_in' ? expiresAt : null,
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
        ...why,
        fromStatus: current.payment.status,
        toStatus: 'pending',
        attemptFrom: null,
        attemptTo: 'sent',
        createdAt: nowMs,
      },
    ],
    events: current.payment.status === 'pending' ? [] : [`${eventNoun(payment.type)}.updated`],
    attempt,
  };
}

function askedOf(payment: PaymentRecord['payment']): NewPayment {
  return { ...payment, method: payment.method as NewPayment['method'] };
}
