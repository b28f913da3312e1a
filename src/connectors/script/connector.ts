// A published script as a connector like any other: charge runs `initiate` of its DEPOSIT, payout that of its WITHDRAW,
// refund that of its REFUND, and every question runs `sync`. What a run sent is recorded by the host as for any
// connector; what it means is read in outcome.ts. A transaction keeps the version that it began with.
import { type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { Money } from '../../kernel/money.ts';
import { toDecimalText } from '../../kernel/money.ts';
import { checkOutcome } from '../check-outcome.ts';
import type { AttemptRef, Call, Connector, OperationInput, PayoutInput } from '../contract.ts';
import type {
  Json,
  ScriptAction,
  ScriptPool,
  ScriptRun,
  ScriptStep,
  StepContext,
} from './contract.ts';
import type { Inbound, InboundReading, KnownAtPsp, ScriptFacts, ScriptReport } from './face.ts';
import { type ScriptTarget, scriptManifest } from './manifest.ts';
import { outcomeOf, type Reading, wordOf } from './outcome.ts';
import { outputFault } from './output.ts';
import { stateOf } from './state.ts';
import type { ScriptVersion } from './version.ts';

export interface ScriptConnectorParts {
  readonly target: ScriptTarget;
  readonly pool: Pick<ScriptPool, 'run'>;
  readonly published: (action: ScriptAction) => ScriptVersion | null;
  readonly version: (definitionId: string, number: number) => Promise<ScriptVersion | null>;
}

/** The host records 20 requests of an operation (exchange.ts). */
const HTTP_CALLS_MAX = 20;

interface Step {
  readonly step: ScriptStep;
  readonly facts: ScriptFacts | undefined;
  readonly data: Json;
  readonly known: KnownAtPsp;
  readonly parent: StepContext['parent'];
  readonly wallMs?: number;
  readonly verified?: boolean;
}

export function scriptConnector(parts: ScriptConnectorParts): Connector {
  const { target, published } = parts;
  const run = (step: Step, call: Call) => runStep(parts, step, call).then(({ outcome }) => outcome);
  const sync = (
    facts: ScriptFacts | undefined,
    known: KnownAtPsp,
    parent: StepContext['parent'],
  ) => ({
    step: 'sync' as const,
    facts,
    data: { reason: 'schedule', attempt: 1, lastOutcome: null },
    known,
    parent,
  });
  return {
    manifest: scriptManifest(target, published),
    charge: (input, call) =>
      run(initiate(input.script, knownNothing(input.reference, input.amount), null), call),
    refund: (input, call) => run(initiate(input.script, refundAt(input), parentOf(input)), call),
    payout: (input, call) => run(initiate(input.script, payoutAt(input), null), call),
    sync: (attempt, call) => run(sync(attempt.script, attemptAt(attempt), null), call),
    syncRefund: (input, call) => run(sync(input.script, refundAt(input), parentOf(input)), call),
    syncPayout: (input, call) => run(sync(input.script, payoutAt(input), null), call),
    validate: async () => ({
      ok: false,
      reached: false,
      message: `${target.name} has no request that checks credentials`,
    }),
    // Their callbacks come in at addresses of their own, which name the transaction (connxt.md section 10).
    readWebhook: () => null,
    verifyWebhook: () => 'unsigned',
    script: {
      pin: published,
      version: ({ definitionId, number }) => parts.version(definitionId, number),
      hear: (inbound, call) => hear(parts, inbound, call),
    },
  };
}

function initiate(
  facts: ScriptFacts | undefined,
  known: KnownAtPsp,
  parent: StepContext['parent'],
): Step {
  return { step: 'initiate', facts, data: facts?.payload ?? null, known, parent };
}

async function hear(
  parts: ScriptConnectorParts,
  inbound: Inbound,
  call: Call,
): Promise<InboundReading> {
  const { outcome, report } = await runStep(parts, inbound, call);
  if (report === null) throw new Error('no version to hear with');
  const trusted = inbound.verified || report.verifiedBy !== null;
  const final =
    report.outcome === 'SUCCEEDED' || report.outcome === 'FAILED' || report.outcome === 'REJECTED';
  const said = report.result !== null && report.outcome !== null;
  // A browser proves nothing, and a message that nobody checked is only a reason to ask (connector-contract.md G-2, G-3).
  const believed = said && (!final || (inbound.step === 'webhook' && trusted));
  if (!believed) return { outcome: null, report };
  return { outcome: trusted ? outcome : withKnownId(outcome, inbound.known), report };
}

/** Whoever is asked about next is not for a stranger to say: we would believe the answer. */
function withKnownId(outcome: Outcome, { pspReference }: KnownAtPsp): Outcome {
  return pspReference === null ? outcome : { ...outcome, pspReference };
}

async function runStep(
  { pool, version: find }: ScriptConnectorParts,
  { step, facts, data, known, parent, wallMs, verified = true }: Step,
  call: Call,
): Promise<{ readonly outcome: Outcome; readonly report: ScriptReport | null }> {
  const host = call.script;
  if (!facts || !host)
    return { outcome: nothingSent(step, 'not begun as a transaction'), report: null };
  const version = await find(facts.definitionId, facts.number);
  if (!version) return { outcome: nothingSent(step, 'Connector unavailable'), report: null };
  if (!version.settings.steps.includes(step))
    return { outcome: nothingSent(step, `the connector has no step ${step}`), report: null };
  const run = await pool.run({
    tenant: host.tenant,
    source: version.source,
    sha256: version.sha256,
    step,
    ctx: contextOf(step, facts, data, known, parent, call, host.urls(facts.txnId)),
    egress: version.settings.egress,
    secrets: call.credentials,
    limits: {
      httpCalls: HTTP_CALLS_MAX,
      wallMs: Math.min(host.deadlineMs, wallMs ?? host.deadlineMs),
    },
    send: (request) => call.send(request),
  });
  const reading: Reading = {
    step,
    action: facts.action,
    settings: version.settings,
    amountMinor: known.amountMinor,
    currency: known.currency,
    refusalIsCertain: run.refusalIsCertain,
    verified,
    pspState: known.pspState,
  };
  const { outcome, report } = read(run, facts, version, reading, call.mode === 'live');
  host.report(report);
  return { outcome: withItsId(outcome, known), report };
}

/** Which payment at the PSP a success is about, also where the script takes that for known. */
function withItsId(outcome: Outcome, { pspReference }: KnownAtPsp): Outcome {
  const isSilent = outcome.kind === 'succeeded' && outcome.pspReference === undefined;
  return isSilent && pspReference !== null ? { ...outcome, pspReference } : outcome;
}

function read(
  run: ScriptRun,
  { txnId, action, definitionId, number }: ScriptFacts,
  version: ScriptVersion,
  reading: Reading,
  live: boolean,
): { readonly outcome: Outcome; readonly report: ScriptReport } {
  const { end, verifiedBy, meta, warnings, journal } = run;
  const base = {
    facts: { txnId, action, definitionId, number },
    step: reading.step,
    sha256: version.sha256,
    verifiedBy,
    meta,
    warnings,
    journal,
  };
  const failed = (error: string, detail: string) => ({
    outcome: afterFailure(run, error),
    report: { ...base, result: null, error, detail, outcome: null },
  });
  if (end.kind === 'failed') return failed(end.message, end.detail);
  const fault = outputFault(end.result, reading.step, version.settings);
  if (fault !== null) return failed(fault, fault);
  const word = wordOf(end.result, reading);
  const outcome = outcomeOf(end.result, word, reading);
  const page = outcome.kind === 'requires_action' && outcome.action.type === 'redirect';
  if (live && page && !(outcome.action as { url: string }).url.startsWith('https://'))
    return failed(
      "Output validation failed for step 'initiate': navigation.value must be https",
      '',
    );
  const senseless = senselessIn(outcome);
  if (senseless !== null) return failed('Connector error', senseless);
  const error = end.result.__type === 'failure' ? end.result.message : null;
  return { outcome, report: { ...base, result: end.result, error, detail: null, outcome: word } };
}

/** Told before it is answered: what cannot be kept did not succeed, whatever the script says. */
function senselessIn(outcome: Outcome): string | null {
  try {
    checkOutcome(outcome, (text) => text);
    return null;
  } catch (error) {
    return `the result makes no sense: ${(error as Error).message}`;
  }
}

/** A script that died after it called the PSP may have moved money (script-sandbox.md SB-22). */
function afterFailure({ sent }: ScriptRun, reason: string): Outcome {
  return sent === 'not_sent' ? { kind: 'not_sent', reason } : unknown(reason);
}

function nothingSent(step: ScriptStep, reason: string): Outcome {
  return step === 'initiate' ? { kind: 'not_sent', reason } : unknown(reason);
}

function contextOf(
  step: ScriptStep,
  facts: ScriptFacts,
  data: Json,
  known: KnownAtPsp,
  parent: StepContext['parent'],
  call: Call,
  urls: StepContext['urls'],
): StepContext {
  const { amountMinor, currency, pspReference, reference, pspState } = known;
  return {
    id: facts.txnId,
    step,
    credential: call.credentials,
    data,
    urls,
    txn: {
      id: facts.txnId,
      action: facts.action,
      amount: toDecimalText({ amountMinor, currency }),
      currency,
      merchantOrderId: facts.merchantOrderId,
      pspTxnId: pspReference,
      status: step === 'initiate' ? 'INITIATED' : 'PG_ACCEPTED',
      createdAt: new Date(facts.createdAtMs).toISOString(),
    },
    parent,
    state: stateOf(pspState),
    live: call.mode === 'live',
    idempotencyKey: step === 'initiate' ? reference : `${reference}-${step}`,
  };
}

function knownNothing(reference: string, { amountMinor, currency }: Money): KnownAtPsp {
  return { reference, pspReference: null, pspState: {}, amountMinor, currency };
}

function attemptAt({ reference, pspReference, pspState, amount }: AttemptRef): KnownAtPsp {
  return { ...knownNothing(reference, amount), pspReference, pspState };
}

function refundAt({ reference, amount, pspReference, pspState }: OperationInput): KnownAtPsp {
  return { ...knownNothing(reference, amount), pspReference, pspState };
}

function payoutAt({ reference, amount, pspReference, pspState }: PayoutInput): KnownAtPsp {
  return { ...knownNothing(reference, amount), pspReference, pspState };
}

/** The deposit that a refund gives back. */
export function parentOf({ attempt }: Pick<OperationInput, 'attempt'>): StepContext['parent'] {
  const { script, reference, pspReference, pspState, amount, createdAtMs } = attempt;
  return {
    txnId: script?.txnId ?? reference,
    pspTxnId: pspReference,
    amount: toDecimalText(amount),
    currency: amount.currency,
    createdAt: new Date(createdAtMs).toISOString(),
    state: stateOf(pspState),
  };
}
