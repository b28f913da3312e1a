// One run as the host keeps it: the calls its script made with their answers, which is its journal, and what becomes
// of it. A slot may die under it: in another one the script runs again from the start and is given the same answers,
// and nothing is sent a second time.
import type { Clock } from '../../kernel/ports.ts';
import { CallGate } from './call-gate.ts';
import type {
  JournalCall,
  ScriptEnd,
  ScriptFailure,
  ScriptJob,
  ScriptJournal,
  ScriptLimits,
  ScriptLog,
  ScriptRun,
} from './contract.ts';
import { callHttp, evidenceOf, metaOf, readHttpArgs, type Traced, tooMany } from './http-call.ts';
import type { FromSlot, Said, SlotEnd, ToSlot } from './messages.ts';
import { BadResult, readResult } from './result.ts';
import { Secrets } from './secrets.ts';
import { judgeSent } from './sent.ts';

export type Order = Omit<Extract<ToSlot, { type: 'exec' }>, 'run' | 'source' | 'forget'>;

/** What a run tells the slot that it runs in. */
export interface Seat {
  reply(call: number, text: string, nowMs: number): void;
  /** The run is over for the host; the slot may forget it. */
  leave(): void;
}

interface Call extends Omit<JournalCall, 'answer' | 'turn'> {
  answer: string | null;
  answeredAtMs: number;
  turn: number;
}

interface Parts {
  readonly job: Omit<ScriptJob, 'limits'>;
  readonly limits: ScriptLimits;
  readonly clock: Clock;
  readonly seed: string;
  /** Only these answers, and nothing is sent. */
  readonly replayed: ScriptJournal | null;
}

const NO_TURN = -1;
const WARNINGS_MAX = 20;
const SLEEP_MS_MAX = 2_000;

export class HostedRun {
  readonly done: Promise<ScriptRun>;
  readonly job: Omit<ScriptJob, 'limits'>;
  readonly limits: ScriptLimits;
  readonly #clock: Clock;
  readonly #seed: string;
  readonly #isReplay: boolean;
  readonly #secrets: Secrets;
  readonly #startedAtMs: number;
  readonly #gate: CallGate;
  readonly #exchanges: Traced[] = [];
  readonly #warnings: string[] = [];
  #resolve: (run: ScriptRun) => void = () => {};
  #calls: Call[] = [];
  /** Answers that have reached the script, over all slots. */
  #turns = 0;
  /** In the present slot: calls that were made, answers that were given, and things that were said. */
  #here = { calls: 0, turns: 0, drawn: 0, logs: 0 };
  #seat: Seat | null = null;
  #drawn: string[] = [];
  #logs: ScriptLog[] = [];
  #verifiedBy: string | null = null;
  #logsCut = false;
  #httpCalls = 0;
  #usage = { cpuMs: 0, heapBytes: 0 };
  #isOver = false;

  constructor({ job, limits, clock, seed, replayed }: Parts) {
    this.job = job;
    this.limits = limits;
    this.#clock = clock;
    this.#isReplay = replayed !== null;
    this.#seed = replayed?.seed ?? seed;
    this.#startedAtMs = replayed?.startedAtMs ?? clock.nowMs();
    this.#secrets = new Secrets(job.secrets);
    this.#gate = new CallGate(limits.httpInFlight);
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    if (replayed) {
      this.#drawn = replayed.drawn.map((one) => this.#secrets.unseal(one));
      this.#calls = replayed.calls.map((call) => ({
        ...call,
        args: this.#secrets.unseal(call.args),
        answer: call.answer === null ? null : this.#secrets.unseal(call.answer),
      }));
      this.#turns = this.#calls.filter(({ turn }) => turn !== NO_TURN).length;
    }
  }

  /** The context that a journal keeps, with its secrets back. */
  static contextOf(journal: ScriptJournal, secrets: Readonly<Record<string, string>>): unknown {
    return JSON.parse(new Secrets(secrets).unseal(journal.ctx));
  }

  get sha256(): string {
    return this.job.sha256;
  }

  get source(): string {
    return this.job.source;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get hasSpoken(): boolean {
    return this.#here.calls > 0 || this.#isOver;
  }

  order(): Order {
    const { sha256, step, ctx } = this.job;
    const { limits } = this;
    return {
      type: 'exec',
      sha256,
      step,
      ctx: JSON.stringify(ctx),
      seed: this.#seed,
      nowMs: this.#startedAtMs,
      drawn: this.#drawn,
      tellWaiting: this.#isReplay,
      limits: {
        cpuMs: limits.cpuMs,
        memoryBytes: limits.memoryBytes,
        stackBytes: limits.stackBytes,
        resultBytes: limits.resultBytes,
        httpCalls: limits.httpCalls,
        callBytes: 2 * limits.requestBytes + 64 * 1024,
        logEntries: limits.logEntries,
        logBytes: limits.logBytes + this.#secrets.longest,
      },
    };
  }

  /** Begins, or begins again, in a slot. */
  sit(seat: Seat): void {
    this.#seat = seat;
    this.#here = { calls: 0, turns: 0, drawn: 0, logs: 0 };
  }

  /** False when the message cannot be this run's. */
  take(message: Exclude<FromSlot, { type: 'ready' }>): boolean {
    if (this.#isOver) return true;
    if (message.type === 'waits') {
      if (message.answers === this.#turns) this.fail('wall', 'no more answers in the journal');
      return true;
    }
    this.#hear(message.said);
    if (message.type === 'end') {
      this.#finish(message);
      return true;
    }
    if (message.call !== this.#here.calls) return false;
    this.#here.calls += 1;
    const known = this.#calls[message.call];
    if (known === undefined) {
      if (this.#isReplay) this.fail('diverged', `call ${message.call} is not in the journal`);
      else void this.#begin(message.name, message.args);
    } else if (known.name !== message.name || known.args !== message.args) {
      this.fail('diverged', `call ${message.call} is another than the first time`);
    } else this.#answer();
    return true;
  }

  /** Ends it from outside: a limit, a dead slot, no room. */
  fail(failure: ScriptFailure, detail: string): void {
    this.#over({ kind: 'failed', failure, message: publicMessage(failure, detail), detail });
  }

  async #begin(name: string, args: string): Promise<void> {
    const call: Call = { name, args, answer: null, answeredAtMs: 0, turn: NO_TURN };
    this.#calls.push(call);
    const answer = await this.#perform(name, JSON.parse(args) as unknown);
    if (this.#isOver) return;
    call.answer = JSON.stringify(answer ?? null);
    call.answeredAtMs = this.#clock.nowMs();
    call.turn = this.#turns;
    this.#turns += 1;
    this.#answer();
  }

  /** Gives the script what it has not been given in this slot, in the order of the first time. */
  #answer(): void {
    for (;;) {
      const turn = this.#here.turns;
      const at = this.#calls.findIndex((call) => call.turn === turn);
      const call = this.#calls[at];
      if (call?.answer == null || at >= this.#here.calls) return;
      this.#here.turns += 1;
      this.#seat?.reply(at, call.answer, call.answeredAtMs);
    }
  }

  async #perform(name: string, args: unknown): Promise<unknown> {
    if (name === 'sleep') {
      const { ms } = args as { ms?: unknown };
      const waitMs = Math.min(SLEEP_MS_MAX, Math.max(0, Number(ms) || 0));
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      return null;
    }
    const request = name === 'http' ? readHttpArgs(args) : null;
    if (request === null) {
      this.#warn('a call that the sdk does not make');
      return tooMany(0);
    }
    this.#httpCalls += 1;
    if (this.#httpCalls > this.limits.httpCalls) {
      this.#warn(`more than ${this.limits.httpCalls} calls in one run`);
      return tooMany(this.limits.httpCalls);
    }
    const { send, egress } = this.job;
    const wire = {
      send,
      egress,
      limits: this.limits,
      clock: this.#clock,
      exchanges: this.#exchanges,
      warn: (text: string) => this.#warn(text),
    };
    return this.#gate.pass(() => callHttp(request, wire));
  }

  /** What was said before a slot died is said again in the next one. */
  #hear({ logs, drawn, verifiedBy, logsCut }: Said): void {
    for (const value of drawn) {
      if (this.#here.drawn === this.#drawn.length) this.#drawn.push(value);
      this.#here.drawn += 1;
    }
    for (const { level, text, atMs } of logs) {
      if (this.#here.logs === this.#logs.length && this.#logs.length < this.limits.logEntries) {
        this.#logs.push(this.#entry(level, text, atMs));
      }
      this.#here.logs += 1;
    }
    this.#verifiedBy = verifiedBy === null ? this.#verifiedBy : this.#secrets.redact(verifiedBy);
    if (logsCut && !this.#logsCut) {
      this.#logsCut = true;
      this.#warn(`more than ${this.limits.logEntries} log entries`);
    }
  }

  #entry(level: string, text: string, atMs: number): ScriptLog {
    const safe = this.#secrets.redact(text);
    const { logBytes } = this.limits;
    return {
      level: level === 'debug' || level === 'warn' || level === 'error' ? level : 'info',
      message: (safe.length > logBytes ? `${safe.slice(0, logBytes - 1)}…` : safe).toWellFormed(),
      timestamp: new Date(Math.min(atMs, 8.64e15)).toISOString(),
    };
  }

  #finish({ end, text, cpuMs, heapBytes }: Extract<FromSlot, { type: 'end' }>): void {
    this.#usage = { cpuMs, heapBytes };
    if (end !== 'returned') {
      this.fail(FAILURES[end], this.#secrets.redact(text));
      return;
    }
    try {
      const redact = (part: string) => this.#secrets.redact(part);
      this.#over({ kind: 'returned', result: readResult(text, this.limits, redact) });
    } catch (error) {
      const detail = error instanceof BadResult ? error.message : 'the result cannot be read';
      this.fail('bad_result', this.#secrets.redact(detail));
    }
  }

  #over(end: ScriptEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#gate.close();
    if (end.kind === 'returned' && this.#calls.some(({ answer }) => answer === null)) {
      this.#warn('the script returned before the answer to a call was there');
    }
    this.#seat?.leave();
    this.#resolve(this.#run(end));
  }

  #run(end: ScriptEnd): ScriptRun {
    const secrets = this.#secrets;
    const cut: ScriptLog[] = this.#logsCut
      ? [this.#entry('warn', '"more was logged than is kept"', this.#startedAtMs)]
      : [];
    return {
      end,
      ...judgeSent(this.#exchanges),
      exchanges: this.#exchanges.map((one) => evidenceOf(one, secrets)),
      verifiedBy: this.#verifiedBy,
      meta: {
        logs: numbered([...this.#logs, ...cut]),
        http: numbered(this.#exchanges.map((one) => metaOf(one, secrets))),
      },
      warnings: this.#warnings,
      journal: this.#journal(),
      usage: {
        cpuMs: this.#usage.cpuMs,
        wallMs: Math.max(0, this.#clock.nowMs() - this.#startedAtMs),
        memoryBytes: this.#usage.heapBytes,
        httpCalls: this.#exchanges.length,
      },
    };
  }

  #journal(): ScriptJournal {
    const { sha256, step, ctx, egress } = this.job;
    const seal = (text: string) => this.#secrets.seal(text);
    return {
      version: 1,
      sha256,
      step,
      ctx: seal(JSON.stringify(ctx)),
      egress,
      limits: this.limits,
      startedAtMs: this.#startedAtMs,
      seed: this.#seed,
      drawn: this.#drawn.map(seal),
      calls: this.#calls.map(({ name, args, answer, answeredAtMs, turn }) => ({
        name,
        args: seal(args),
        answer: answer === null ? null : seal(answer),
        answeredAtMs,
        turn,
      })),
    };
  }

  #warn(text: string): void {
    if (this.#warnings.length < WARNINGS_MAX) this.#warnings.push(this.#secrets.redact(text));
  }
}

const FAILURES: Readonly<Record<Exclude<SlotEnd, 'returned'>, ScriptFailure>> = {
  exports: 'bad_result',
  script_error: 'script_error',
  bad_result: 'bad_result',
  module: 'module',
  cpu: 'cpu',
  memory: 'memory',
  stack: 'stack',
  wall: 'wall',
};

/** The documented sentences about a handler that is wrong (connxt.md 9.1). */
const DOCUMENTED =
  /^(Must export a function named '\w+'|The exported handler is not an async function|Handler must return an object|Handler result must have __type property|Invalid __type: .*)$/;

function publicMessage(failure: ScriptFailure, detail: string): string {
  if (failure === 'cpu' || failure === 'wall' || failure === 'killed')
    return 'VM execution timeout';
  if (failure === 'unavailable') return 'Connector unavailable';
  const tellable = failure === 'module' || failure === 'bad_result';
  return tellable && DOCUMENTED.test(detail) ? detail : 'Connector error';
}

function numbered<T>(items: readonly T[]): Record<string, T> {
  return Object.fromEntries(items.map((item, index) => [String(index), item]));
}
