// Asks the PSP what became of an attempt and settles the answer. Used by the worker, by confirm and cancel, and by
// webhooks that are only hints. It never moves money, with one exception: where the PSP guarantees that one key is
// executed once, an attempt whose first call is unknown is sent again, byte for byte, under its key.
import type { Connector } from '../../connectors/contract.ts';
import { connectorOf } from '../../connectors/registry.ts';
import { saidByLaterCall } from '../../domain/attempt/later-call.ts';
import { unknown } from '../../domain/attempt/outcome.ts';
import {
  type Attempt,
  attemptOf,
  type EvidenceSource,
  isOpenOperation,
  type Payment,
  type PaymentRecord,
  sentAs,
} from '../../domain/payment/payment.ts';
import { isOpen } from '../../domain/payment/status.ts';
import { referenceOf } from '../../kernel/ids.ts';
import { money } from '../../kernel/money.ts';
import { callConnector } from '../call-connector.ts';
import { inputOfPayout, sendAttempt, sendReadyAttempt, settleEvidence } from '../charge/index.ts';
import type { Configuration } from '../configuration.ts';
import type { Context, Environment } from '../context.ts';
import { voidAuthorization } from '../operation/void-authorization.ts';
import { closePayment } from '../payment/close-payment.ts';
import { hiddenIn } from '../payout/payout-input.ts';
import { isSameAccount } from '../same-account.ts';
import { evidenceOf, type ScriptedResult } from '../script-host.ts';
import { attemptRef } from './attempt-ref.ts';

const HOUR_MS = 60 * 60_000;

/** What the unsigned message claimed that is the reason to ask. */
type Hints = Readonly<Record<string, string>>;

/** Asks once, settles, and closes the attempt when its payment's lifetime has passed or the merchant canceled it. */
export async function askAttempt(
  context: Context,
  environment: Environment,
  configuration: Configuration,
  record: PaymentRecord,
  attemptId: string,
  source: EvidenceSource,
  asked: boolean,
  hints: Hints = {},
): Promise<PaymentRecord> {
  const attempt = attemptOf(record, attemptId);
  if (attempt.status === 'ready') {
    return sendReadyAttempt(context, environment, configuration, record, attemptId);
  }
  const result = await ask(context, environment, configuration, record, attempt, hints);
  const settled = await settleAnswer(context, environment, record, attemptId, result, {
    source,
    asked,
  });
  // Silence proves nothing, so nothing is closed on it.
  if (result.outcome.kind === 'unknown') return settled;
  // A success that left the attempt open was not believed, which is no reason to close it either.
  const isOver = result.outcome.kind !== 'succeeded';
  if (isOver && mustClose(context, configuration, settled, attemptId))
    return closeAttempt(context, environment, configuration, settled, attemptId);
  if (mustRelease(settled, attemptId)) return voidAuthorization(context, environment, settled);
  return settled;
}

async function settleAnswer(
  context: Context,
  environment: Environment,
  { payment }: PaymentRecord,
  attemptId: string,
  result: ScriptedResult,
  { source, asked }: { readonly source: EvidenceSource; readonly asked: boolean },
): Promise<PaymentRecord> {
  const { record } = await settleEvidence(context, environment, payment.id, {
    attemptId,
    source,
    outcome: result.outcome,
    raw: evidenceOf(result),
    latencyMs: null,
    asked,
    basis: payment.version,
  });
  return record;
}

/** Nobody has paid, and nobody is to: the lifetime is over or the merchant asked to cancel. */
function mustClose(
  { ports }: Context,
  configuration: Configuration,
  record: PaymentRecord,
  attemptId: string,
): boolean {
  const { payment } = record;
  const attempt = attemptOf(record, attemptId);
  const { status } = attempt;
  // That another account has seen no money says nothing.
  if (!isSameAccount(configuration, attempt)) return false;
  // What was paid out, or may have been, is never closed on our side.
  if (payment.type !== 'pay_in') return false;
  const over = payment.cancelRequestedAt !== null || ports.clock.nowMs() >= payment.expiresAt;
  return over && isOpen(payment.status) && (status === 'requires_action' || status === 'pending');
}

/** Authorised after the merchant had asked to cancel, or besides an attempt that took all that was asked for (F12). */
function mustRelease(record: PaymentRecord, attemptId: string): boolean {
  const { payment, operations } = record;
  const busy = operations.some((one) => one.kind !== 'refund' && isOpenOperation(one));
  const { status, provider } = attemptOf(record, attemptId);
  const canceled = payment.cancelRequestedAt !== null && payment.status === 'authorized';
  const surplus = payment.capturedMinor >= payment.amountMinor;
  return (
    (canceled || surplus) &&
    status === 'authorized' &&
    !busy &&
    connectorOf(provider)?.void !== undefined
  );
}

async function ask(
  context: Context,
  environment: Environment,
  configuration: Configuration,
  { payment }: PaymentRecord,
  attempt: Attempt,
  hints: Hints = {},
): Promise<ScriptedResult> {
  const connector = connectorOf(attempt.provider);
  const nowMs = context.ports.clock.nowMs();
  const again =
    connector && isWanted(payment, nowMs) && mayRepeat(connector, configuration, attempt, nowMs);
  if (again) {
    const repeated = await sendAttempt(context, environment, configuration, attempt, {
      wasSent: true,
    });
    // Stripe answers a key for ever with the 5xx that it gave first, although the charge may exist: then only a
    // search finds it.
    const stuck =
      repeated.outcome.kind === 'unknown' &&
      repeated.exchanges.some(({ sent }) => sent === 'replied');
    if (!stuck) return { ...repeated, outcome: saidByLaterCall(repeated.outcome) };
  }
  const question = {
    environment,
    configuration,
    connectionId: attempt.connectionId,
    provider: attempt.provider,
    moves: false,
  };
  if (attempt.operation === 'payout') {
    const input = await inputOfPayout(context, attempt);
    return callConnector(context, {
      ...question,
      name: 'syncPayout',
      hidden: hiddenIn(input),
      invoke: async (one, call) =>
        one.syncPayout?.(input, call) ?? unknown('this PSP cannot be asked about payouts'),
    });
  }
  return callConnector(context, {
    ...question,
    name: 'sync',
    invoke: (one, call) => one.sync({ ...attemptRef(attempt), hints }, call),
  });
}

/** A repeat may be what makes the charge: not for a payment that was canceled, closed, or has outlived its time. */
function isWanted({ status, cancelRequestedAt, expiresAt }: Payment, nowMs: number): boolean {
  return isOpen(status) && cancelRequestedAt === null && nowMs < expiresAt;
}

/** Only while nothing of the first call's answer is known and the PSP still remembers the key. */
function mayRepeat(
  connector: Connector,
  configuration: Configuration,
  attempt: Attempt,
  nowMs: number,
): boolean {
  const guarantee = connector.manifest.guaranteesKey;
  if (!guarantee?.operations.includes(sentAs(attempt))) return false;
  const unanswered = attempt.status === 'sent' || attempt.status === 'unknown';
  return (
    unanswered &&
    attempt.pspReference === null &&
    isSameAccount(configuration, attempt) &&
    nowMs - attempt.createdAt < guarantee.hours * HOUR_MS
  );
}

/**
 * The PSP says that nobody has paid. Where it can close the attempt it is closed there. Where it cannot, only the
 * payment is closed: the attempt is asked about on, and money that still arrives is a late success.
 */
async function closeAttempt(
  context: Context,
  environment: Environment,
  configuration: Configuration,
  record: PaymentRecord,
  attemptId: string,
): Promise<PaymentRecord> {
  const attempt = attemptOf(record, attemptId);
  const closing = await closeAtPsp(context, environment, configuration, attempt);
  if (closing === null || closing.exchanges.length === 0) return closeOnOurSide(context, record);
  const { outcome } = closing;
  if (outcome.kind !== 'declined') {
    const settled = await settleEvidence(context, environment, record.payment.id, {
      attemptId,
      source: 'reply',
      // What was not sent leaves the attempt open: it is closed at the next question.
      outcome: saidByLaterCall(outcome),
      raw: evidenceOf(closing),
      latencyMs: null,
      asked: false,
    });
    return settled.record;
  }
  // "Cannot be voided" is not a refusal of the payment; it may even mean that somebody has just paid.
  const answer = await ask(context, environment, configuration, record, attempt);
  const settled = await settleAnswer(context, environment, record, attemptId, answer, {
    source: 'poll',
    asked: false,
  });
  const isOver = mustClose(context, configuration, settled, attemptId);
  if (answer.outcome.kind === 'unknown' || !isOver) return settled;
  return closeOnOurSide(context, settled);
}

function closeOnOurSide(context: Context, record: PaymentRecord): Promise<PaymentRecord> {
  return record.payment.cancelRequestedAt === null
    ? closePayment(context, record, 'expired', 'nobody paid within the lifetime')
    : closePayment(context, record, 'canceled', 'canceled; the PSP cannot close it', 'merchant');
}

/** Null when the PSP cannot close it, so that it stays payable there until its own session ends. */
async function closeAtPsp(
  context: Context,
  environment: Environment,
  configuration: Configuration,
  attempt: Attempt,
): Promise<ScriptedResult | null> {
  const connector = connectorOf(attempt.provider);
  if (!connector?.void) return null;
  return callConnector(context, {
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
          pspState: {},
          createdAtMs: attempt.createdAt,
          siblings: [],
        },
        call,
      ),
  });
}
