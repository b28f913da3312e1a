// Asks the PSP what became of an attempt and settles the answer. Used by the worker, by confirm and cancel, and by
// webhooks that are only hints. It never moves money, with one exception: where the PSP guarantees that one key is
// executed once, an attempt whose first call is unknown is sent again, byte for byte, under its key.
import type { Connector } from '../../connectors/contract.ts';
import { connectorOf } from '../../connectors/registry.ts';
import type { OperationResult } from '../../connectors/run.ts';
import type { Outcome } from '../../domain/attempt/outcome.ts';
import {
  type Attempt,
  attemptOf,
  type EvidenceSource,
  type PaymentRecord,
} from '../../domain/payment/payment.ts';
import { isOpen } from '../../domain/payment/status.ts';
import { referenceOf } from '../../kernel/ids.ts';
import { money } from '../../kernel/money.ts';
import { callConnector } from '../call-connector.ts';
import { sendAttempt, sendReadyAttempt, settleEvidence } from '../charge/index.ts';
import type { Configuration } from '../configuration.ts';
import type { Context, Environment } from '../context.ts';
import { closePayment } from '../payment/close-payment.ts';
import { attemptRef } from './attempt-ref.ts';

const HOUR_MS = 60 * 60_000;

/** Asks once, settles, and closes the attempt when its payment's lifetime has passed. */
export async function askAttempt(
  context: Context,
  environment: Environment,
  configuration: Configuration,
  record: PaymentRecord,
  attemptId: string,
  source: EvidenceSource,
  asked: boolean,
): Promise<PaymentRecord> {
  const attempt = attemptOf(record, attemptId);
  if (attempt.status === 'ready') {
    return sendReadyAttempt(context, environment, configuration, record, attemptId);
  }
  const result = await ask(context, environment, configuration, attempt);
  const settled = await settleEvidence(context, environment, record.payment.id, {
    attemptId,
    source,
    outcome: result.outcome,
    raw: { exchanges: result.exchanges },
    latencyMs: null,
    asked,
  });
  const after = attemptOf(settled.record, attemptId);
  const late = context.ports.clock.nowMs() >= settled.record.payment.expiresAt;
  const open = after.status === 'requires_action' || after.status === 'pending';
  if (!late || !open || !isOpen(settled.record.payment.status)) return settled.record;
  return expireAttempt(context, environment, configuration, settled.record, after);
}

function ask(
  context: Context,
  environment: Environment,
  configuration: Configuration,
  attempt: Attempt,
): Promise<OperationResult> {
  const connector = connectorOf(attempt.provider);
  const nowMs = context.ports.clock.nowMs();
  if (connector && mayRepeat(connector, attempt, nowMs)) {
    return sendAttempt(context, environment, configuration, attempt);
  }
  return callConnector(context, {
    environment,
    configuration,
    connectionId: attempt.connectionId,
    provider: attempt.provider,
    name: 'sync',
    moves: false,
    invoke: (one, call) => one.sync(attemptRef(attempt), call),
  });
}

/** Only while nothing of the first call's answer is known and the PSP still remembers the key. */
function mayRepeat(connector: Connector, attempt: Attempt, nowMs: number): boolean {
  const guarantee = connector.manifest.guaranteesKey;
  if (!guarantee?.operations.includes(attempt.operation)) return false;
  const unanswered = attempt.status === 'sent' || attempt.status === 'unknown';
  return (
    unanswered &&
    attempt.pspReference === null &&
    nowMs - attempt.createdAt < guarantee.hours * HOUR_MS
  );
}

/**
 * The lifetime is over and the PSP says that nobody has paid. Where the PSP can close the attempt it is closed there.
 * Where it cannot, only the payment expires: the attempt is asked about on, and money that still arrives is a late
 * success.
 */
async function expireAttempt(
  context: Context,
  environment: Environment,
  configuration: Configuration,
  record: PaymentRecord,
  attempt: Attempt,
): Promise<PaymentRecord> {
  const outcome = await closeAtPsp(context, environment, configuration, attempt);
  if (outcome === null)
    return closePayment(context, record, 'expired', 'nobody paid within the lifetime');
  const settled = await settleEvidence(context, environment, record.payment.id, {
    attemptId: attempt.id,
    source: 'system',
    outcome,
    raw: {},
    latencyMs: null,
    asked: false,
  });
  return settled.record;
}

/** Null when the PSP cannot close it, so that it stays payable there until its own session ends. */
export async function closeAtPsp(
  context: Context,
  environment: Environment,
  configuration: Configuration,
  attempt: Attempt,
): Promise<Outcome | null> {
  const connector = connectorOf(attempt.provider);
  if (!connector?.void) return null;
  const { outcome } = await callConnector(context, {
    environment,
    configuration,
    connectionId: attempt.connectionId,
    provider: attempt.provider,
    name: 'void',
    moves: true,
    invoke: (one, call) =>
      one.void!(
        {
          attempt: attemptRef(attempt),
          reference: referenceOf(attempt.id),
          amount: money(attempt.amountMinor, attempt.currency),
          reason: 'abandoned',
          pspReference: attempt.pspReference,
          createdAtMs: attempt.createdAt,
          siblings: [],
        },
        call,
      ),
  });
  // "Cannot be voided" is not a refusal of the payment; anything definite about the money is.
  if (outcome.kind === 'declined' || outcome.kind === 'not_sent') return null;
  return outcome;
}
