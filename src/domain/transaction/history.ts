// A transaction's states, read from the history of its payment or refund: nothing is stored twice, so the two can never
// disagree. Each line of evidence asks for a move; the map permits it or not. What it does not permit, and what denies a
// terminal state, stays in the list of events and moves nothing (connxt.md 11.2).
import { withoutConflictNote } from '../payment/notes.ts';
import type { Adjustment, Operation, PaymentRecord } from '../payment/payment.ts';
import { isTerminal, mayStep, type StateMap, type TransactionState } from './states.ts';

export interface TransactionStep {
  /** Number of state changes so far, from 1. */
  readonly version: number;
  readonly from: TransactionState | null;
  readonly to: TransactionState;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly trigger: string;
}

export interface TransactionEvent {
  readonly version: number;
  /** `conflict`: it denies a terminal state. `evidence`: it moved nothing. */
  readonly kind: 'transition' | 'evidence' | 'conflict';
  readonly from: TransactionState | null;
  readonly to: TransactionState | null;
  readonly at: number;
  readonly trigger: string;
  readonly actor: string;
  readonly detail: string;
}

export interface TransactionHistory {
  readonly status: TransactionState;
  readonly steps: readonly TransactionStep[];
  readonly events: readonly TransactionEvent[];
}

/** What a script's run left in the evidence. */
interface Scripted {
  readonly step?: string;
  readonly outcome?: string | null;
  readonly result?: { readonly __type?: string } | null;
}

class Walk {
  readonly steps: TransactionStep[] = [];
  readonly events: TransactionEvent[] = [];
  readonly #map: StateMap;
  #state: TransactionState | null = null;

  constructor(map: StateMap) {
    this.#map = map;
  }

  get state(): TransactionState {
    return this.#state ?? 'NEW';
  }

  begin(at: number): void {
    this.#take('NEW', at, 'request', 'merchant', '');
    this.#take('CREATED', at, 'stored', 'system', '');
  }

  /** Along `path`, as far as the map permits its first move. False when it does not. */
  go(path: readonly TransactionState[], line: Line): boolean {
    const [first] = path;
    if (first === undefined) return false;
    const taken = mayStep(this.#map, this.state, first)
      ? path
      : // A map that knows no short cut: the PSP must have accepted what it finished.
        mayStep(this.#map, this.state, 'PG_ACCEPTED') && mayStep(this.#map, 'PG_ACCEPTED', first)
        ? (['PG_ACCEPTED', ...path] as const)
        : null;
    if (taken === null) return false;
    for (const to of taken) this.#take(to, line.at, line.trigger, line.actor, line.detail);
    return true;
  }

  note(line: Line, kind: 'evidence' | 'conflict'): void {
    const { at, trigger, actor, detail } = line;
    const version = this.steps.length;
    this.events.push({ version, kind, from: this.#state, to: null, at, trigger, actor, detail });
  }

  #take(to: TransactionState, at: number, trigger: string, actor: string, detail: string): void {
    const from = this.#state;
    const version = this.steps.length + 1;
    this.steps.push({ version, from, to, at, trigger });
    this.events.push({ version, kind: 'transition', from, to, at, trigger, actor, detail });
    this.#state = to;
  }
}

interface Line {
  readonly at: number;
  readonly trigger: string;
  readonly actor: string;
  readonly detail: string;
}

/** The way to the end that a success takes: to a person when the amount is another, or the map wants it so. */
function successPath(map: StateMap, mismatch: boolean): TransactionState[] {
  const byPerson =
    mismatch || (map.PG_SUCCESS !== undefined && !map.PG_SUCCESS.includes('SUCCESS'));
  return ['PG_SUCCESS', byPerson ? 'PENDING_FOR_APPROVAL' : 'SUCCESS'];
}

export function historyOfPayment(
  record: PaymentRecord,
  lines: readonly Adjustment[],
  map: StateMap,
): TransactionHistory {
  const { payment, attempts } = record;
  const walk = new Walk(map);
  walk.begin(payment.createdAt);
  const awaited =
    payment.status === 'awaiting_approval' ||
    lines.some(({ fromStatus }) => fromStatus === 'awaiting_approval');
  const made = { at: payment.createdAt, trigger: 'request', actor: 'system', detail: '' };
  if (awaited) walk.go(['PENDING_FOR_APPROVAL'], made);
  else if (attempts.some(({ status }) => status !== 'ready'))
    walk.go(['INITIATED'], { ...made, trigger: 'initiate' });
  for (const line of lines) {
    if (line.operationId !== null) continue;
    step(walk, map, record, line);
  }
  return { status: walk.state, steps: walk.steps, events: walk.events };
}

function step(walk: Walk, map: StateMap, record: PaymentRecord, line: Adjustment): void {
  const told = lineOf(line);
  const whole = line.attemptId === null || walk.state === 'PENDING_FOR_APPROVAL';
  const path = whole ? personsPath(walk, line) : attemptPath(walk, map, record, line);
  if (path.length > 0 && walk.go(path, told)) return;
  const denies =
    isTerminal(walk.state) &&
    line.attemptTo === 'succeeded' &&
    line.attemptFrom !== 'succeeded' &&
    walk.state !== 'SUCCESS';
  walk.note(told, denies || /^(contradicts|doubtful)/.test(line.reason) ? 'conflict' : 'evidence');
}

/** Lines about the payment as a whole: approvals, and our own closing. */
function personsPath(walk: Walk, line: Adjustment): TransactionState[] {
  if (walk.state === 'PENDING_FOR_APPROVAL') {
    const afterSuccess = walk.steps.some(({ to }) => to === 'PG_SUCCESS');
    const reason = withoutConflictNote(line.reason);
    if (reason === 'approved' || (afterSuccess && /^conflict \w+ closed/.test(reason)))
      return afterSuccess ? ['APPROVED', 'SUCCESS'] : ['APPROVED', 'INITIATED'];
    if (reason === 'rejected') return ['REJECTED'];
    if (line.toStatus === 'canceled' || line.toStatus === 'abandoned') return ['CANCELLED'];
    return [];
  }
  if (line.toStatus === line.fromStatus) return [];
  if (line.toStatus === 'expired' || line.toStatus === 'abandoned') return ['ABANDONED'];
  if (line.toStatus !== 'canceled') return [];
  return walk.state === 'CREATED' ? ['CANCELLED'] : ['PG_FAILED', 'FAILED'];
}

function attemptPath(
  walk: Walk,
  map: StateMap,
  { payment, attempts }: PaymentRecord,
  line: Adjustment,
): TransactionState[] {
  const attempt = attempts.find(({ id }) => id === line.attemptId);
  if (!attempt || (line.attemptFrom === line.attemptTo && !isAccepted(line))) return [];
  // Refused here while another connection was tried, it goes on; once it was told to have failed, it has.
  const ends = attempts.at(-1)?.id === attempt.id || line.toStatus === 'failed';
  switch (line.attemptTo) {
    case 'succeeded': {
      const manual = payment.captureMethod === 'manual';
      return successPath(map, !manual && attempt.capturedMinor !== attempt.amountMinor);
    }
    case 'authorized':
      return ['PG_ACCEPTED'];
    case 'pending':
      return scriptedOf(line)?.outcome === 'PENDING' ? [] : ['PG_ACCEPTED'];
    case 'requires_action':
      return isAccepted(line) ? ['PG_ACCEPTED'] : [];
    case 'declined':
    case 'canceled':
      return ends ? refusedPath(walk, line) : [];
    case 'not_sent':
      if (!ends) return [];
      return scriptedOf(line)?.result?.__type === 'failure'
        ? ['PG_REJECTED', 'REJECTED']
        : ['FAILED'];
    case 'expired':
      return ['ABANDONED'];
    default:
      return [];
  }
}

function isAccepted(line: Adjustment): boolean {
  return scriptedOf(line)?.outcome === 'ACCEPTED';
}

/** Refused at once, or failed after the PSP had it. */
function refusedPath(walk: Walk, line: Adjustment): TransactionState[] {
  const said = scriptedOf(line)?.outcome ?? null;
  const atOnce = said === null ? line.source === 'reply' : said === 'REJECTED';
  return atOnce && walk.state === 'INITIATED'
    ? ['PG_REJECTED', 'REJECTED']
    : ['PG_FAILED', 'FAILED'];
}

export function historyOfRefund(
  operation: Operation,
  lines: readonly Adjustment[],
  map: StateMap,
): TransactionHistory {
  const walk = new Walk(map);
  walk.begin(operation.createdAt);
  const sent = { at: operation.createdAt, trigger: 'initiate', actor: 'system', detail: '' };
  walk.go(['INITIATED'], sent);
  for (const line of lines) {
    if (line.operationId !== operation.id) continue;
    const [, status] = /^refund (\w+): /.exec(line.reason) ?? [];
    if (status === undefined) continue; // its own opening
    const path = refundPath(walk, map, status, line);
    if (path.length > 0 && walk.go(path, lineOf(line))) continue;
    walk.note(lineOf(line), 'evidence');
  }
  return { status: walk.state, steps: walk.steps, events: walk.events };
}

function refundPath(
  walk: Walk,
  map: StateMap,
  status: string,
  line: Adjustment,
): TransactionState[] {
  if (status === 'succeeded') return successPath(map, false);
  if (status === 'failed') {
    if (scriptedOf(line)?.result === null && /not_sent/.test(line.reason)) return ['FAILED'];
    return refusedPath(walk, line);
  }
  if (status !== 'pending') return [];
  return scriptedOf(line)?.outcome === 'PENDING' ? [] : ['PG_ACCEPTED'];
}

function scriptedOf({ evidence }: Adjustment): Scripted | null {
  const { script } = (evidence ?? {}) as { readonly script?: Scripted };
  return script ?? null;
}

const TRIGGERS: Readonly<Record<string, string>> = {
  merchant: 'request',
  reply: 'initiate',
  webhook: 'webhook',
  poll: 'sync',
  redirect: 'redirect',
  operator: 'approval',
  system: 'timer',
};

function lineOf({ source, reason, createdAt }: Adjustment): Line {
  const actor = source === 'merchant' || source === 'operator' ? source : 'system';
  return { at: createdAt, trigger: TRIGGERS[source] ?? source, actor, detail: reason };
}
