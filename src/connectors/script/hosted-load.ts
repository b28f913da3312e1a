// A script that is only loaded, at upload: what it exports, and whether it keeps still while it is.
import type { ScriptFailure, ScriptLimits } from './contract.ts';
import type { Order } from './hosted-run.ts';
import type { FromSlot } from './messages.ts';

export type Loaded =
  | {
      readonly ok: true;
      readonly exports: readonly { readonly name: string; readonly kind: string }[];
      readonly logged: boolean;
    }
  | { readonly ok: false; readonly failure: ScriptFailure; readonly detail: string };

export class HostedLoad {
  readonly done: Promise<Loaded>;
  readonly sha256: string;
  readonly source: string;
  readonly limits: ScriptLimits;
  isOver = false;
  readonly hasSpoken = false;
  #resolve: (loaded: Loaded) => void = () => {};
  #leave: () => void = () => {};

  constructor(source: string, sha256: string, limits: ScriptLimits) {
    this.source = source;
    this.sha256 = sha256;
    this.limits = limits;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  order(): Order {
    const { cpuMs, memoryBytes, stackBytes, resultBytes, logBytes } = this.limits;
    return {
      type: 'exec',
      sha256: this.sha256,
      step: null,
      ctx: '{}',
      seed: '00'.repeat(32),
      nowMs: 0,
      drawn: [],
      tellWaiting: false,
      limits: {
        cpuMs,
        memoryBytes,
        stackBytes,
        resultBytes,
        httpCalls: 0,
        callBytes: 0,
        logEntries: 1,
        logBytes,
      },
    };
  }

  sit({ leave }: { leave(): void }): void {
    this.#leave = leave;
  }

  take(message: Exclude<FromSlot, { type: 'ready' }>): boolean {
    if (message.type !== 'end') return false;
    const { end, text, said } = message;
    if (end !== 'exports') {
      this.fail(end === 'returned' ? 'bad_result' : end, text);
      return true;
    }
    const exports: unknown = JSON.parse(text);
    const isList =
      Array.isArray(exports) &&
      exports.every(({ name, kind }) => typeof name === 'string' && typeof kind === 'string');
    if (!isList) return false;
    this.#over({ ok: true, exports, logged: said.logs.length > 0 || said.logsCut });
    return true;
  }

  fail(failure: ScriptFailure, detail: string): void {
    this.#over({ ok: false, failure, detail });
  }

  #over(loaded: Loaded): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#leave();
    this.#resolve(loaded);
  }
}
