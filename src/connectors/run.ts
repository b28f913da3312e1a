// The host's guard around every connector call. What may be believed is decided here, from what was sent and what
// came back, whatever the connector returned (DESIGN section 7; reliability.md F3; connector contract G-9, G-16).
// It must never turn a lost reply into a refusal: that is how customers are charged twice.
import { type Outcome, unknown } from '../domain/attempt/outcome.ts';
import { type Clock, systemClock } from '../kernel/ports.ts';
import { checkOutcome } from './check-outcome.ts';
import type { Call, Told, Validation } from './contract.ts';
import { type Exchange, Recorder, storable } from './exchange.ts';
import { type Redact, redactorOf } from './redact.ts';

export interface OperationResult {
  readonly outcome: Outcome;
  readonly exchanges: readonly Exchange[];
  /** The whole operation, all its exchanges included. */
  readonly latencyMs: number;
}

/**
 * Runs one connector operation. `moves`: it may move money (charge, capture, void, refund, payout, submitAction);
 * false for one that only asks (sync, syncRefund, syncPayout). Never rejects.
 *
 * @example
 * const { outcome } = await runOperation('charge', (call) => stripe.charge(input, call), call, true);
 */
export async function runOperation(
  name: string,
  invoke: (call: Call) => Promise<Outcome>,
  call: Call,
  moves: boolean,
  clock: Clock = systemClock,
): Promise<OperationResult> {
  const startedMs = clock.nowMs();
  const recorder = new Recorder(call, clock);
  const { credentials, hidden = [] } = call;
  const secrets = () => [...recorder.tokens, ...hidden];
  const redactor = () => redactorOf(credentials, secrets(), call.shown);
  let outcome: Outcome | null = null;
  let failure = '';
  try {
    const said = await invoke(recorder.call);
    outcome = checkOutcome(said, redactor());
  } catch (error) {
    failure = `${name}: connector failed: ${describe(error, redactor())}`;
  }
  // The browser's token is kept sealed, so it must not stand in the evidence either.
  const token = outcome?.clientToken;
  const all = token ? [...secrets(), token] : secrets();
  const exchanges = recorder.exchanges(redactorOf(credentials, all, call.shown));
  const judged = outcome
    ? judge(outcome, exchanges, moves)
    : afterFailure(failure, exchanges, moves);
  // What the customer typed belongs to an attempt that was sent long ago and is open at the PSP.
  const step = name === 'submitAction' && judged.kind === 'not_sent';
  const believed = step ? unknown(`step not sent: ${judged.reason}`) : judged;
  return { outcome: believed, exchanges, latencyMs: Math.max(0, clock.nowMs() - startedMs) };
}

/** Runs `validate` under the same recording; a connector that fails has learned nothing about the credentials. */
export async function runValidation(
  invoke: (call: Call) => Promise<Validation>,
  call: Call,
  clock: Clock = systemClock,
): Promise<{ validation: Validation; exchanges: readonly Exchange[]; latencyMs: number }> {
  const startedMs = clock.nowMs();
  const recorder = new Recorder(call, clock);
  const redactor = () => redactorOf(call.credentials, recorder.tokens, call.shown);
  let validation: Validation;
  try {
    const { ok, message, reached } = await invoke(recorder.call);
    validation = {
      ok: ok === true && reached === true,
      message: storable(redactor()(String(message)), 500),
      reached: reached === true,
    };
  } catch (error) {
    const message = `connector failed: ${describe(error, redactor())}`;
    validation = { ok: false, message, reached: false };
  }
  const latencyMs = Math.max(0, clock.nowMs() - startedMs);
  return { validation, exchanges: recorder.exchanges(redactor()), latencyMs };
}

/** Runs a question that moves nothing; a connector that fails has learned nothing. */
export async function runQuestion<T>(
  invoke: (call: Call) => Promise<Told<T>>,
  call: Call,
  clock: Clock = systemClock,
): Promise<Told<T>> {
  const recorder = new Recorder(call, clock);
  const redactor = () => redactorOf(call.credentials, recorder.tokens, call.shown);
  try {
    const told = await invoke(recorder.call);
    if (told.kind === 'told') return told;
    return { kind: told.kind, message: storable(redactor()(String(told.message)), 500) };
  } catch (error) {
    return { kind: 'unreachable', message: `connector failed: ${describe(error, redactor())}` };
  }
}

/** What the exchanges allow to be believed of a connector's outcome. */
function judge(outcome: Outcome, exchanges: readonly Exchange[], moves: boolean): Outcome {
  if (outcome.kind === 'unknown') return outcome;
  return moves ? judgeMove(outcome, exchanges) : judgeQuestion(outcome, exchanges);
}

function judgeMove(outcome: Outcome, exchanges: readonly Exchange[]): Outcome {
  const lostAt = exchanges.findLastIndex(isLost);
  const refused = outcome.kind === 'declined' || outcome.kind === 'not_sent';
  if (lostAt >= 0 && (refused || !exchanges.slice(lostAt + 1).some(isAnswered)))
    return doubted(outcome, lostReason(exchanges[lostAt]!));

  const moving = exchanges.filter(mayMoveMoney);
  const noneLeft = moving.every((exchange) => exchange.sent === 'not_sent');
  switch (outcome.kind) {
    case 'not_sent':
      return noneLeft ? outcome : doubted(outcome, 'a request left, but the connector denies it');
    case 'declined':
      // Nothing left, so nobody can have refused it.
      return noneLeft && moving.length > 0 ? notSent(moving[0]!.reason ?? 'not sent') : outcome;
    case 'succeeded':
      return exchanges.some((one) => isAnswered(one) && !one.movesNoMoney)
        ? outcome
        : doubted(outcome, 'a success without any reply that could say so');
    default:
      return outcome;
  }
}

/** A question that was not answered taught nothing, least of all that the money did not move. */
function judgeQuestion(outcome: Outcome, exchanges: readonly Exchange[]): Outcome {
  if (outcome.kind === 'not_sent') return unknown(`not asked: ${outcome.reason}`);
  const definite = outcome.kind === 'succeeded' || outcome.kind === 'declined';
  // Nor that nobody has paid yet: a payment may be closed on that.
  const asked = definite || exchanges.length > 0;
  return asked && !exchanges.some(isAnswered) ? doubted(outcome, 'no answer') : outcome;
}

function afterFailure(reason: string, exchanges: readonly Exchange[], moves: boolean): Outcome {
  const mayHaveLeft = exchanges.some((one) => mayMoveMoney(one) && one.sent !== 'not_sent');
  return moves && !mayHaveLeft ? notSent(reason) : unknown(reason);
}

function mayMoveMoney(exchange: Exchange): boolean {
  return exchange.method !== 'GET' && !exchange.movesNoMoney;
}

/**
 * Definite replies only: a 5xx may come from a gateway that passed the request on (psp/common.md section 2), unless it
 * says what that PSP says of what it did not execute.
 */
function isAnswered({ sent, status, refusal }: Exchange): boolean {
  return sent === 'replied' && status !== null && (status < 500 || refusal === true);
}

function isLost(exchange: Exchange): boolean {
  return mayMoveMoney(exchange) && exchange.sent !== 'not_sent' && !isAnswered(exchange);
}

function lostReason(exchange: Exchange): string {
  if (exchange.sent === 'replied') return `HTTP ${exchange.status} proves nothing`;
  return `no reply: ${exchange.reason ?? 'lost'}`;
}

/** What the connector learned about the PSP's object stays true when its conclusion is not believed. */
function doubted(outcome: Outcome, reason: string): Outcome {
  const { pspReference, pspState } = outcome;
  return {
    ...(pspReference === undefined ? {} : { pspReference }),
    ...(pspState === undefined ? {} : { pspState }),
    kind: 'unknown',
    reason,
  };
}

function notSent(reason: string): Outcome {
  return { kind: 'not_sent', reason };
}

function describe(error: unknown, redact: Redact): string {
  const said = error instanceof Error ? `${error.name}: ${error.message}` : 'not an error';
  return storable(redact(said), 200);
}
