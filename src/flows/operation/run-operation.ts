// Captures, voids and refunds share one life: reserve and commit a row with its own PSP key, call, settle.
// Definitely failed releases the reservation; unknown keeps it and the same key (reliability.md F9, F10, F11).
import type { Call, Connector, OperationInput } from '../../connectors/contract.ts';
import { connectorOf } from '../../connectors/registry.ts';
import { saidByLaterCall } from '../../domain/attempt/later-call.ts';
import type { Outcome } from '../../domain/attempt/outcome.ts';
import { derivePayment } from '../../domain/payment/derive.ts';
import {
  type Attempt,
  attemptOf,
  type EvidenceSource,
  type Operation,
  type OperationStatus,
  operationOf,
  type PaymentRecord,
} from '../../domain/payment/payment.ts';
import { CALL_ABANDONED_AFTER_MS } from '../../domain/payment/schedule.ts';
import { settleOperation } from '../../domain/payment/settle-operation.ts';
import { newId, referenceOf } from '../../kernel/ids.ts';
import { money } from '../../kernel/money.ts';
import { Problem } from '../../kernel/problem.ts';
import type { KeyAnswer } from '../../store/payments.ts';
import { type ConnectorCall, callConnector } from '../call-connector.ts';
import { changePayment, type Proposal } from '../change-payment.ts';
import type { Configuration } from '../configuration.ts';
import type { Context, Environment } from '../context.ts';
import { refuseRecorded } from '../payment/refuse-recorded.ts';
import type { MutationOptions } from '../payment/retry-payment.ts';
import { isSameAccount, provenAt, saysAbsent } from '../same-account.ts';
import { evidenceOf, type ScriptedResult } from '../script-host.ts';
import { attemptRef } from '../sync/attempt-ref.ts';
import { pinnedToRefund, scriptOfRefund } from '../transaction/script-facts.ts';

export interface OperationRequest {
  readonly kind: Operation['kind'];
  readonly amountMinor: bigint;
  readonly reason: string;
  /** Kept with it from the beginning. */
  readonly pspState?: Readonly<Record<string, string>>;
}

export interface OperationOptions extends Omit<MutationOptions, 'answer'> {
  readonly answer?: ((record: PaymentRecord, operationId: string) => KeyAnswer) | null;
}

interface Opened extends Proposal {
  readonly operation: Operation;
}

/**
 * Commits the operation as `sent` on the newest state of the payment. `check` throws when the state does not permit
 * it, and answers the attempt it is about and the amount to reserve.
 */
export async function openOperation(
  context: Context,
  ids: { readonly environmentId: string; readonly paymentId: string },
  options: OperationOptions,
  check: (record: PaymentRecord) => {
    readonly attempt: Attempt;
    readonly request: OperationRequest;
  },
  known: PaymentRecord | null = null,
): Promise<{ record: PaymentRecord; operation: Operation }> {
  const { record, proposal } = await changePayment<Opened>(
    context,
    ids,
    (current) => {
      refuseRecorded(current);
      const { attempt, request } = check(current);
      const operation = operationRow(context, attempt, request);
      const opened = { ...current, operations: [...current.operations, operation] };
      const payment = derivePayment(opened, operation.createdAt);
      return {
        record: { ...opened, payment },
        changedOperations: [operation.id],
        adjustments: [openedAdjustment(current, attempt, operation)],
        claim: options.claim ? { ...options.claim, resourceId: operation.id } : null,
        operation,
      };
    },
    known,
  );
  if (!proposal) throw new Error('an operation was neither opened nor refused');
  return { record, operation: proposal.operation };
}

const PREFIXES = { capture: 'cap', void: 'void', refund: 'ref', reversal: 'rev' } as const;

function operationRow(context: Context, attempt: Attempt, request: OperationRequest): Operation {
  const { ports } = context;
  const nowMs = ports.clock.nowMs();
  return {
    environmentId: attempt.environmentId,
    id: newId(PREFIXES[request.kind], ports),
    paymentId: attempt.paymentId,
    attemptId: attempt.id,
    connectionId: attempt.connectionId,
    provider: attempt.provider,
    kind: request.kind,
    status: 'sent',
    amountMinor: request.amountMinor,
    currency: attempt.currency,
    reason: request.reason,
    pspReference: null,
    pspState: { ...request.pspState, ...pinnedToRefund(request.kind, attempt.provider) },
    decline: null,
    error: '',
    sentAt: nowMs,
    nextSyncAt: nowMs + CALL_ABANDONED_AFTER_MS,
    syncCount: 0,
    notFoundCount: 0,
    firstNotFoundAt: null,
    createdAt: nowMs,
    updatedAt: nowMs,
  };
}

function openedAdjustment(current: PaymentRecord, attempt: Attempt, operation: Operation) {
  const { status } = current.payment;
  return {
    attemptId: attempt.id,
    operationId: operation.id,
    source: 'merchant' as const,
    reason: `${operation.kind} requested`,
    fromStatus: status,
    toStatus: status,
    attemptFrom: attempt.status,
    attemptTo: attempt.status,
    evidence: {},
    createdAt: operation.createdAt,
  };
}

/** Calls the PSP for a committed operation and settles what it says. Also repeats it where the PSP guarantees the key. */
export async function sendOperation(
  context: Context,
  environment: Environment,
  record: PaymentRecord,
  operationId: string,
  options: OperationOptions = {},
  { repeated = false, asked = false }: { repeated?: boolean; asked?: boolean } = {},
): Promise<PaymentRecord> {
  const operation = operationOf(record, operationId);
  const called = await callOperation(
    context,
    environment,
    record,
    operation,
    { moves: true, wasSent: repeated },
    (connector, input, call) => {
      const perform = connector[operation.kind === 'reversal' ? 'reverse' : operation.kind];
      if (!perform) return Promise.resolve(cannot(operation));
      // This process was paused: by now others take the call for abandoned and ask the PSP about it.
      if (!repeated && call.nowMs >= (operation.nextSyncAt ?? 0))
        return Promise.resolve({ kind: 'unknown', reason: 'too late to be sent' });
      return perform.call(connector, input, call);
    },
  );
  const result = repeated ? { ...called, outcome: saidByLaterCall(called.outcome) } : called;
  return applyOperationOutcome(context, environment, record, operationId, 'reply', result, {
    asked: repeated && asked,
    answer: options.answer ?? null,
  });
}

/** Asks the PSP what became of an operation. */
export async function askOperation(
  context: Context,
  environment: Environment,
  record: PaymentRecord,
  operationId: string,
  source: EvidenceSource = 'poll',
  asked = true,
): Promise<PaymentRecord> {
  const operation = operationOf(record, operationId);
  const configuration = await context.configurations.get(environment);
  if (mayRepeat(context, configuration, operation))
    return sendOperation(context, environment, record, operationId, {}, { repeated: true, asked });
  const result = await callOperation(
    context,
    environment,
    record,
    operation,
    { moves: false },
    (connector, input, call) => {
      if (operation.kind === 'reversal')
        return connector.syncReversal?.(input, call) ?? Promise.resolve(unanswerable());
      if (operation.kind === 'refund') {
        return connector.syncRefund?.(input, call) ?? Promise.resolve(unanswerable());
      }
      return connector
        .sync(input.attempt, call)
        .then((outcome) => operationOutcomeOf(operation, outcome));
    },
  );
  return applyOperationOutcome(context, environment, record, operationId, source, result, {
    asked,
    basis: record.payment.version,
  });
}

interface HeardOf {
  readonly asked: boolean;
  /** For an answer to a question: the version of the payment that was asked about. */
  readonly basis?: number;
  readonly answer?: OperationOptions['answer'];
  /** What is kept of it, when it was no exchange with a PSP. */
  readonly raw?: unknown;
}

export async function applyOperationOutcome(
  context: Context,
  environment: Environment,
  known: PaymentRecord,
  operationId: string,
  source: EvidenceSource,
  heard: Pick<ScriptedResult, 'outcome' | 'exchanges' | 'report'>,
  { asked, basis, answer = null, raw = evidenceOf(heard) }: HeardOf,
): Promise<PaymentRecord> {
  const { environmentId, id: paymentId } = known.payment;
  const about = operationOf(known, operationId);
  const outcome = saysAbsent(heard.outcome)
    ? provenAt(await context.configurations.get(environment), about, heard.outcome)
    : heard.outcome;
  const { record } = await changePayment(
    context,
    { environmentId, paymentId },
    (current) => {
      const decision = settleOperation(current, {
        operationId,
        source,
        outcome,
        nowMs: context.ports.clock.nowMs(),
        raw,
        asked,
        present: basis === current.payment.version,
        scheduleS: connectorOf(about.provider)?.manifest.syncScheduleS ?? null,
      });
      // While the outcome is unknown the key stays bound to the operation, and a repeat asks again.
      const unknown = operationOf(decision.record, operationId).status === 'unknown';
      const keeps = answer !== null && !unknown;
      return {
        ...decision,
        answer: keeps ? (record: PaymentRecord) => answer(record, operationId) : null,
      };
    },
    known,
  );
  return record;
}

const QUESTIONS = {
  capture: 'sync',
  void: 'sync',
  refund: 'syncRefund',
  reversal: 'syncReversal',
} as const;

async function callOperation(
  context: Context,
  environment: Environment,
  record: PaymentRecord,
  operation: Operation,
  how: Pick<ConnectorCall, 'moves' | 'wasSent'>,
  invoke: (connector: Connector, input: OperationInput, call: Call) => Promise<Outcome>,
): Promise<ScriptedResult> {
  const configuration = await context.configurations.get(environment);
  const input = operationInput(record, operation);
  return callConnector(context, {
    environment,
    configuration,
    connectionId: operation.connectionId,
    provider: operation.provider,
    name: how.moves ? operation.kind : QUESTIONS[operation.kind],
    ...how,
    invoke: (connector, call) => invoke(connector, input, call),
  });
}

function operationInput(record: PaymentRecord, operation: Operation): OperationInput {
  const siblings = record.operations.filter(
    (one) =>
      one.kind === operation.kind &&
      one.attemptId === operation.attemptId &&
      one.id !== operation.id,
  );
  return {
    attempt: attemptRef(attemptOf(record, operation.attemptId)),
    reference: referenceOf(operation.id),
    amount: money(operation.amountMinor, operation.currency),
    reason: operation.reason === '' ? null : operation.reason,
    pspReference: operation.pspReference,
    pspState: operation.pspState,
    createdAtMs: operation.createdAt,
    siblings: siblings.map(({ amountMinor, pspReference }) => ({ amountMinor, pspReference })),
    ...scriptOfRefund(record.payment, operation),
  };
}

const HOUR_MS = 60 * 60_000;
const UNANSWERED: ReadonlySet<OperationStatus> = new Set(['sent', 'unknown']);

function mayRepeat(
  { ports }: Context,
  configuration: Configuration,
  operation: Operation,
): boolean {
  const guarantee = connectorOf(operation.provider)?.manifest.guaranteesKey;
  if (!guarantee?.operations.includes(operation.kind)) return false;
  if (!UNANSWERED.has(operation.status) || operation.pspReference !== null) return false;
  if (!isSameAccount(configuration, operation)) return false;
  return ports.clock.nowMs() - operation.createdAt < guarantee.hours * HOUR_MS;
}

/** What an attempt's state at the PSP says about a capture or void of it. The PSP's ids in it are the attempt's. */
function operationOutcomeOf(operation: Operation, said: Outcome): Outcome {
  const { pspReference: _reference, pspState: _state, ...outcome } = said;
  if (outcome.kind === 'succeeded' && outcome.what !== 'captured' && outcome.what !== 'voided') {
    // Still only authorised: the PSP has no trace of our request.
    return { kind: 'unknown', reason: `the PSP says ${outcome.what}`, notFound: true };
  }
  if (outcome.kind === 'declined' && operation.kind === 'void') {
    return {
      kind: 'succeeded',
      what: 'voided',
      amountMinor: operation.amountMinor,
      currency: operation.currency,
    };
  }
  return outcome;
}

function cannot(operation: Operation): Outcome {
  return {
    kind: 'declined',
    decline: {
      code: 'invalid_request',
      pspCode: null,
      message: `${operation.provider} cannot ${operation.kind}`,
    },
  };
}

function unanswerable(): Outcome {
  return { kind: 'unknown', reason: 'this PSP cannot be asked about refunds' };
}

/** A refusal before anything was sent: the connector has no such operation. */
export function assertCan(provider: string, kind: Operation['kind']): void {
  if (connectorOf(provider)?.[kind === 'reversal' ? 'reverse' : kind]) return;
  throw new Problem(400, `${kind}_not_supported`, `${provider} cannot ${kind} this payment`, {
    provider,
  });
}
