// Send: the call to the PSP for an attempt that is already committed. And settle: what the reply does to the payment.
// If the process dies anywhere in here, the attempt stays `sent` and the sync worker asks the PSP about it.

import type { PayoutInput } from '../../connectors/contract.ts';
import { connectorOf } from '../../connectors/registry.ts';
import type { Outcome } from '../../domain/attempt/outcome.ts';
import {
  type Attempt,
  attemptOf,
  type EvidenceSource,
  type PaymentRecord,
  sentAs,
} from '../../domain/payment/payment.ts';
import { type Decision, settleAttempt } from '../../domain/payment/settle.ts';
import type { KeyAnswer } from '../../store/payments.ts';
import { findPayoutRow } from '../../store/payouts.ts';
import { callConnector } from '../call-connector.ts';
import { changePayment, type Proposal } from '../change-payment.ts';
import type { Configuration } from '../configuration.ts';
import type { Context, Environment } from '../context.ts';
import { withClientToken } from '../payment/client-secret.ts';
import { hiddenIn, payoutInput } from '../payout/payout-input.ts';
import { provenAt, saysAbsent } from '../same-account.ts';
import type { ScriptedResult } from '../script-host.ts';
import { attemptRow, storedChargeInput } from './new-payment.ts';
import { underOwnReference } from './own-reference.ts';

/** Calls the PSP with the attempt's stored input. Also repeats it, where the PSP guarantees the key. */
export async function sendAttempt(
  context: Context,
  environment: Environment,
  configuration: Configuration,
  attempt: Attempt,
  { deadlineMs, wasSent = false }: { deadlineMs?: number | undefined; wasSent?: boolean } = {},
): Promise<ScriptedResult> {
  const request = {
    environment,
    configuration,
    connectionId: attempt.connectionId,
    provider: attempt.provider,
    name: sentAs(attempt),
    moves: true,
    wasSent,
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  };
  if (attempt.operation === 'payout') {
    const input = await inputOfPayout(context, attempt);
    return callConnector(context, {
      ...request,
      hidden: hiddenIn(input),
      invoke: async (connector, call) =>
        connector.payout?.(input, call) ?? {
          kind: 'not_sent',
          reason: `${attempt.provider} cannot pay out`,
        },
    });
  }
  const input = storedChargeInput(attempt);
  return callConnector(context, {
    ...request,
    invoke: async (connector, call) => {
      if (attempt.operation === 'charge') return connector.charge(input, call);
      if (connector.authorize) return connector.authorize(input, call);
      return {
        kind: 'not_sent',
        reason: `${attempt.provider} cannot authorise first and capture later`,
      };
    },
  });
}

/** The stored input with the account that is paid, which is opened for the call alone. */
export async function inputOfPayout(context: Context, attempt: Attempt): Promise<PayoutInput> {
  const payout = await findPayoutRow(context.db, attempt.environmentId, attempt.paymentId);
  if (!payout) throw new Error(`payment ${attempt.paymentId} has no payout`);
  return payoutInput(context, attempt, payout);
}

export interface Heard {
  readonly attemptId: string;
  readonly source: EvidenceSource;
  readonly outcome: Outcome;
  readonly raw: unknown;
  readonly latencyMs: number | null;
  readonly asked: boolean;
  /** For an answer to a question: the version of the payment that was asked about. Left out for any other word. */
  readonly basis?: number;
}

export interface Settled {
  readonly record: PaymentRecord;
  readonly decision: Decision | null;
  /** The next attempt, committed together with the refusal of the one before; to be sent now. */
  readonly nextAttempt: Attempt | null;
}

interface SettleProposal extends Proposal {
  readonly decision: Decision;
  readonly nextAttempt: Attempt | null;
}

/**
 * Applies evidence about an attempt. A definite refusal of the request's own call may open the next attempt, which is
 * committed in the same statement: `nextStatus` says whether this request sends it (`sent`) or the worker (`ready`).
 */
export function settleEvidence(
  context: Context,
  environment: Environment,
  paymentId: string,
  heard: Heard,
  options: SettleOptions = {},
): Promise<Settled> {
  return underOwnReference(context, environment, paymentId, heard, (believed) =>
    settleBelieved(context, environment, paymentId, believed, options),
  );
}

interface SettleOptions {
  readonly known?: PaymentRecord | null;
  readonly nextStatus?: 'sent' | 'ready';
  readonly answer?: ((record: PaymentRecord) => KeyAnswer) | null;
}

async function settleBelieved(
  context: Context,
  environment: Environment,
  paymentId: string,
  heard: Heard,
  options: SettleOptions,
): Promise<Settled> {
  const ids = { environmentId: environment.id, paymentId };
  const configuration = saysAbsent(heard.outcome)
    ? await context.configurations.get(environment)
    : null;
  const { record, proposal } = await changePayment<SettleProposal>(
    context,
    ids,
    (before) => {
      const about = attemptOf(before, heard.attemptId);
      const outcome = configuration ? provenAt(configuration, about, heard.outcome) : heard.outcome;
      return proposeSettlement(context, environment, before, { ...heard, outcome }, options);
    },
    options.known ?? null,
  );
  if (record.payment.conflict !== null && proposal?.decision.record.payment.conflict !== null) {
    context.log.warn(
      { payment: paymentId, conflict: record.payment.conflict },
      'payment in conflict',
    );
  }
  return {
    record,
    decision: proposal?.decision ?? null,
    nextAttempt: proposal?.nextAttempt ?? null,
  };
}

function proposeSettlement(
  context: Context,
  environment: Environment,
  before: PaymentRecord,
  heard: Heard,
  {
    nextStatus = 'sent',
    answer = null,
  }: { nextStatus?: 'sent' | 'ready'; answer?: ((record: PaymentRecord) => KeyAnswer) | null },
): SettleProposal {
  const attempt = attemptOf(before, heard.attemptId);
  const decision = settleAttempt(before, {
    ...heard,
    nowMs: context.ports.clock.nowMs(),
    present: heard.basis === before.payment.version,
    scheduleS: connectorOf(attempt.provider)?.manifest.syncScheduleS ?? null,
  });
  const sealed = withToken(context, decision.record, heard);
  if (!decision.fallback?.allowed) {
    const final = { ...decision, record: sealed };
    // While the outcome is unknown the key stays bound to the payment, and a repeat asks again.
    const unknown = attemptOf(sealed, heard.attemptId).status === 'unknown';
    return { ...final, decision: final, nextAttempt: null, answer: unknown ? null : answer };
  }
  const { connectionId } = decision.fallback;
  const candidate = sealed.payment.plan?.candidates.find(
    (one) => one.connectionId === connectionId,
  );
  if (!candidate) throw new Error(`payment ${sealed.payment.id}: fallback outside its plan`);
  const nextAttempt = attemptRow(
    context,
    environment,
    sealed.payment,
    candidate,
    sealed.attempts.length + 1,
    nextStatus,
  );
  const record = { ...sealed, attempts: [...sealed.attempts, nextAttempt] };
  return {
    record,
    changedAttempts: [...decision.changedAttempts, nextAttempt.id],
    adjustments: decision.adjustments,
    events: decision.events,
    decision,
    nextAttempt,
    // The stored answer waits for the last attempt that this request makes.
    answer: nextStatus === 'ready' ? answer : null,
  };
}

function withToken(
  context: Context,
  record: PaymentRecord,
  { attemptId, outcome }: Heard,
): PaymentRecord {
  if (!outcome.clientToken) return record;
  const token = outcome.clientToken;
  const attempts = record.attempts.map((one) =>
    one.id === attemptId ? withClientToken(context, one, token) : one,
  );
  return { ...record, attempts };
}
