// Lets a transaction's script read a message, and applies what it says: verified news is evidence, anything less a reason
// to ask the PSP (connxt.md 11.5). Nothing is locked while the script runs.
import { checkOutcome } from '../../connectors/check-outcome.ts';
import { redactorOf } from '../../connectors/redact.ts';
import { parentOf } from '../../connectors/script/connector.ts';
import type { Json, StepResult } from '../../connectors/script/contract.ts';
import type { KnownAtPsp, ScriptFacts } from '../../connectors/script/face.ts';
import { signatureOf } from '../../connectors/script/signature.ts';
import type { ScriptVersion } from '../../connectors/script/version.ts';
import type { Outcome } from '../../domain/attempt/outcome.ts';
import {
  type Attempt,
  attemptOf,
  type Operation,
  operationOf,
  type PaymentRecord,
} from '../../domain/payment/payment.ts';
import { referenceOf } from '../../kernel/ids.ts';
import { openCall } from '../call-connector.ts';
import { settleEvidence } from '../charge/index.ts';
import type { Context, Environment } from '../context.ts';
import { applyOperationOutcome, askOperation } from '../operation/run-operation.ts';
import { keepReport, type StoredReport } from '../script-host.ts';
import { askAttempt } from '../sync/ask-attempt.ts';
import { attemptRef } from '../sync/attempt-ref.ts';
import type { InboundMessage } from './message.ts';
import { scriptOf, scriptOfRefund } from './script-facts.ts';

export interface Subject {
  readonly environment: Environment;
  readonly record: PaymentRecord;
  readonly attempt: Attempt;
  /** Of a refund. */
  readonly operation: Operation | null;
  readonly facts: ScriptFacts;
  readonly version: ScriptVersion;
}

export type Hearing =
  /** The step is not declared, or no script is behind it. */
  | { readonly kind: 'none' }
  | { readonly kind: 'forged' }
  | { readonly kind: 'failed'; readonly report: StoredReport }
  | {
      readonly kind: 'heard';
      /** Null: nothing to settle. */
      readonly outcome: Outcome | null;
      readonly result: StepResult;
      readonly report: StoredReport;
    };

/** Null when no script runs for it. */
export async function subjectOf(
  context: Context,
  environment: Environment,
  record: PaymentRecord,
  operationId: string | null,
): Promise<Subject | null> {
  const operation = operationId === null ? null : operationOf(record, operationId);
  const attempt = operation ? attemptOf(record, operation.attemptId) : record.attempts.at(-1);
  if (!attempt) return null;
  const { script: facts } = operation
    ? scriptOfRefund(record.payment, operation)
    : scriptOf(attempt);
  const version = facts && (await context.flows.version(facts.definitionId, facts.number));
  return version ? { environment, record, attempt, operation, facts, version } : null;
}

export async function hear(
  context: Context,
  subject: Subject,
  step: 'redirect' | 'webhook',
  message: InboundMessage,
  wallMs: number,
): Promise<Hearing> {
  const { environment, attempt, operation, facts, version } = subject;
  if (!version.settings.steps.includes(step)) return { kind: 'none' };
  const configuration = await context.configurations.get(environment);
  const { connectionId, provider } = operation ?? attempt;
  const request = { environment, configuration, connectionId, provider, deadlineMs: wallMs };
  const opened = await openCall(context, request);
  if ('reason' in opened || !opened.connector.script) return { kind: 'none' };
  const { connector, call, reported } = opened;
  const signature =
    step === 'webhook' ? signatureOf(version.settings, message, call.credentials) : 'none';
  if (signature === 'wrong') return { kind: 'forged' };
  const inbound = {
    facts,
    step,
    data: dataOf(step, facts, message),
    known: knownOf(subject),
    parent: operation ? parentOf({ attempt: attemptRef(attempt) }) : null,
    wallMs,
    verified: signature === 'right',
  };
  const reading = await connector.script!.hear(inbound, call);
  const raw = reported() ?? reading.report;
  const report = await keepReport(context, environment, connectionId, raw, call.credentials);
  const { result } = report;
  if (result === null) return { kind: 'failed', report };
  // A script that finds the signature wrong says so by this status (connxt.md 10.2).
  const refused = result.__type === 'failure' && result.status === 401;
  if (refused && report.verifiedBy === null && step === 'webhook') return { kind: 'forged' };
  const redact = redactorOf(call.credentials);
  const outcome = reading.outcome === null ? null : checkOutcome(reading.outcome, redact);
  return { kind: 'heard', outcome, result, report };
}

/** False when it has to wait for the reply to the call that it is about. */
export async function applyHeard(
  context: Context,
  { environment, record, attempt, operation }: Subject,
  { outcome, report }: { readonly outcome: Outcome | null; readonly report: StoredReport },
  inbound: string,
): Promise<boolean> {
  if (operation) {
    if (outcome === null)
      await askOperation(context, environment, record, operation.id, 'poll', false);
    else {
      const heard = { outcome, exchanges: [], report };
      await applyOperationOutcome(context, environment, record, operation.id, 'webhook', heard, {
        asked: false,
      });
    }
    return true;
  }
  const underWay =
    attempt.status === 'sent' && (attempt.nextSyncAt ?? 0) > context.ports.clock.nowMs();
  // Asked now, the PSP may not know it yet; and a refusal is for the reply to tell.
  if (underWay && outcome?.kind !== 'succeeded') return false;
  if (outcome !== null) {
    await settleEvidence(context, environment, record.payment.id, {
      attemptId: attempt.id,
      source: report.step === 'redirect' ? 'redirect' : 'webhook',
      outcome,
      raw: { webhook: inbound, script: report },
      latencyMs: null,
      asked: false,
    });
    return true;
  }
  const configuration = await context.configurations.get(environment);
  await askAttempt(context, environment, configuration, record, attempt.id, 'poll', false);
  return true;
}

/** `ctx.data` of connxt.md 9.2; the misspelt name is part of it. */
function dataOf(
  step: 'redirect' | 'webhook',
  { txnId }: ScriptFacts,
  { headers, query, body, rawBody }: InboundMessage,
): Json {
  const rest = { body, query, headers, rawBody: rawBody.toString('base64') };
  return { token: '', step, tnxId: txnId, txnId, ...rest };
}

function knownOf({ attempt, operation }: Subject): KnownAtPsp {
  const { id, pspReference, pspState, amountMinor, currency } = operation ?? attempt;
  return { reference: referenceOf(id), pspReference, pspState, amountMinor, currency };
}
