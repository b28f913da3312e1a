// Faults of a PSP, wanted by a test or a person: from the control endpoint (rules) and from `metadata.simulate` of a
// payment. This file only decides which faults hit; frame.ts, webhooks.ts and the simulators carry them out.
//
// `metadata.simulate` is a comma-separated list of `[provider=][operation.]fault[:argument]`:
//   decline:insufficient_funds            the charge is refused, at whichever PSP gets it
//   paystack=decline:do_not_honor         ... only at Paystack: a fallback to another PSP goes through
//   stripe=reply_lost,paystack=webhook_lost
//   refund.error_500_after                the payment's refund, not its charge
// A transport fault of `metadata.simulate` hits once per operation and reference: the repeat gets through.
import type { Books, Collection } from './books.ts';

/** Before anything is booked. */
const BEFORE = ['reset_before', 'error_500_before', 'rate_limit', 'unavailable', 'latency_before'];
/** After the books were written: only the reply suffers. */
const AFTER = [
  'reply_lost',
  'error_500_after',
  'html_502',
  'truncated_json',
  'empty_body',
  'latency',
];
/** The PSP's own answer: `decline:<reason>`, `late_success:<ms>`; a success that the payer disputes afterwards. */
const MONEY = ['decline', 'late_success', 'dispute'];
const WEBHOOK = [
  'webhook_lost',
  'webhook_twice',
  'webhook_reordered',
  'webhook_forged',
  'webhook_early',
  'webhook_aged',
];
const ALL = new Set([...BEFORE, ...AFTER, ...MONEY, ...WEBHOOK]);

export type PspOperation =
  | 'charge'
  | 'authorize'
  | 'capture'
  | 'void'
  | 'refund'
  | 'payout'
  | 'sync'
  | 'other';

const OPERATIONS = new Set<string>([
  'charge',
  'authorize',
  'capture',
  'void',
  'refund',
  'payout',
  'sync',
  'other',
]);

export interface Fault {
  readonly name: string;
  /** Reason of a decline, milliseconds of a latency or a late success. */
  readonly argument: string | null;
}

/** What a fault may be matched by: one request, or one webhook. */
export interface Probe {
  readonly key: string | null;
  readonly operation: PspOperation;
  readonly method: string;
  /** Below the simulator's prefix; the event's name for a webhook. */
  readonly path: string;
  /** In the PSP's unit, as text. */
  readonly amount: string | null;
  readonly reference: string | null;
  readonly simulate: string | null;
}

export interface FaultRule {
  readonly id: number;
  readonly key: string | null;
  readonly match: {
    readonly method?: string;
    /** A prefix, or a regular expression between slashes. */
    readonly path?: string;
    readonly amount?: string;
    readonly reference?: string;
    readonly operation?: string;
  };
  readonly fault: string;
  readonly argument: string | null;
  /** How often it still hits; null: until it is cleared. */
  readonly times: number | null;
}

export class FaultInputError extends Error {}

export class Faults {
  readonly #provider: string;
  readonly #spent: Collection<{ readonly spent: true }>;
  #rules: FaultRule[] = [];
  #lastId = 0;

  constructor(provider: string, books: Books) {
    this.#provider = provider;
    this.#spent = books.collection('_spent_faults');
  }

  list(): readonly FaultRule[] {
    return this.#rules;
  }

  clear(): void {
    this.#rules = [];
  }

  /** Takes the body of `POST _simulator/faults`. Throws FaultInputError. */
  add(input: unknown): FaultRule {
    if (this.#rules.length >= 1000) throw new FaultInputError('at most 1000 rules');
    const rule = readRule(input, ++this.#lastId);
    this.#rules.push(rule);
    return rule;
  }

  /** Faults of a request: those before, those after, and the PSP's own answers. */
  ofRequest(probe: Probe): Fault[] {
    const wanted = new Set([...BEFORE, ...AFTER, ...(movesMoney(probe) ? MONEY : [])]);
    return this.#take(probe, wanted);
  }

  ofWebhook(probe: Probe): Fault[] {
    return this.#take(probe, new Set(WEBHOOK));
  }

  #take(probe: Probe, wanted: ReadonlySet<string>): Fault[] {
    const hits: Fault[] = [];
    for (const rule of this.#rules) {
      if (!wanted.has(rule.fault) || !matches(rule, probe)) continue;
      hits.push({ name: rule.fault, argument: rule.argument });
      if (rule.times !== null) this.#spend(rule);
    }
    for (const { operation, ...fault } of parseSimulate(probe.simulate, this.#provider)) {
      if (!wanted.has(fault.name) || operation !== operationClass(probe.operation)) continue;
      if (isTransport(fault.name) && this.#isSpent(probe, fault)) continue;
      hits.push(fault);
    }
    return hits;
  }

  #spend(rule: FaultRule): void {
    const times = rule.times! - 1;
    this.#rules = this.#rules.flatMap((other) =>
      other.id !== rule.id ? [other] : times > 0 ? [{ ...rule, times }] : [],
    );
  }

  #isSpent(probe: Probe, fault: Fault): boolean {
    if (probe.reference === null) return false;
    const id = `${probe.operation} ${probe.reference} ${fault.name}`;
    const key = probe.key ?? '';
    if (this.#spent.get(key, id)) return true;
    this.#spent.put(key, id, { spent: true });
    return false;
  }
}

export function faultNamed(faults: readonly Fault[], name: string): Fault | undefined {
  return faults.find((fault) => fault.name === name);
}

/** Milliseconds of `latency:<ms>`, `late_success:<ms>`; bounded, so that no request hangs for ever. */
export function faultMs(fault: Fault, fallbackMs: number): number {
  const ms = fault.argument === null ? Number.NaN : Number(fault.argument);
  return Number.isFinite(ms) && ms >= 0 ? Math.min(ms, 600_000) : fallbackMs;
}

interface Wish extends Fault {
  readonly operation: string;
}

/** Reads `metadata.simulate` for one provider; what it does not understand it leaves out. */
export function parseSimulate(text: string | null, provider: string): Wish[] {
  const wishes: Wish[] = [];
  for (const item of (text ?? '').slice(0, 500).split(',')) {
    const match = /^(?:([a-z_]+)=)?(?:([a-z]+)\.)?([a-z_0-9]+)(?::([A-Za-z0-9_.-]{1,64}))?$/.exec(
      item.trim(),
    );
    if (!match) continue;
    const [, only, operation = 'charge', name, argument = null] = match;
    if ((only !== undefined && only !== provider) || !ALL.has(name!)) continue;
    wishes.push({ operation, name: name!, argument });
  }
  return wishes;
}

/** An authorization is how some charges start: `metadata.simulate` does not tell them apart. */
function operationClass(operation: PspOperation): string {
  return operation === 'authorize' ? 'charge' : operation;
}

function movesMoney({ operation }: Probe): boolean {
  return operation !== 'sync' && operation !== 'other';
}

function isTransport(name: string): boolean {
  return BEFORE.includes(name) || AFTER.includes(name);
}

function matches({ key, match }: FaultRule, probe: Probe): boolean {
  return (
    (key === null || key === probe.key) &&
    (match.method === undefined || match.method === probe.method) &&
    (match.path === undefined || pathMatches(match.path, probe.path)) &&
    (match.amount === undefined || match.amount === probe.amount) &&
    (match.reference === undefined || match.reference === probe.reference) &&
    (match.operation === undefined || match.operation === probe.operation)
  );
}

function pathMatches(pattern: string, path: string): boolean {
  const expression = /^\/(.+)\/$/.exec(pattern);
  return expression ? new RegExp(expression[1]!).test(path) : path.startsWith(pattern);
}

function readRule(input: unknown, id: number): FaultRule {
  const { key, match, fault, times, latencyMs, code } = fields(input, 'body');
  if (typeof fault !== 'string' || !ALL.has(fault))
    throw new FaultInputError(`fault is one of ${[...ALL].join(', ')}`);
  if (key !== undefined && typeof key !== 'string') throw new FaultInputError('key is a string');
  if (times !== undefined && !(Number.isSafeInteger(times) && (times as number) > 0))
    throw new FaultInputError('times is a whole number above 0');
  if (latencyMs !== undefined && !(Number.isSafeInteger(latencyMs) && (latencyMs as number) >= 0))
    throw new FaultInputError('latencyMs is a whole number');
  if (code !== undefined && typeof code !== 'string') throw new FaultInputError('code is a string');
  return {
    id,
    key: key ?? null,
    match: readMatch(match),
    fault,
    argument: latencyMs !== undefined ? String(latencyMs) : ((code as string | undefined) ?? null),
    times: (times as number | undefined) ?? null,
  };
}

function readMatch(input: unknown): FaultRule['match'] {
  if (input === undefined) return {};
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields(input, 'match'))) {
    if (!['method', 'path', 'amount', 'reference', 'operation'].includes(name))
      throw new FaultInputError(`match.${name} is not known`);
    if (typeof value !== 'string' && !(name === 'amount' && Number.isSafeInteger(value)))
      throw new FaultInputError(`match.${name} is a string`);
    result[name] = String(value);
  }
  if (result.operation !== undefined && !OPERATIONS.has(result.operation))
    throw new FaultInputError(`match.operation is one of ${[...OPERATIONS].join(', ')}`);
  if (result.method !== undefined) result.method = result.method.toUpperCase();
  checkPattern(result.path);
  return result;
}

function checkPattern(path: string | undefined): void {
  try {
    if (path !== undefined) pathMatches(path, '/');
  } catch {
    throw new FaultInputError('match.path is not a regular expression');
  }
}

function fields(input: unknown, name: string): Record<string, unknown> {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw new FaultInputError(`${name} is an object`);
  return input as Record<string, unknown>;
}
