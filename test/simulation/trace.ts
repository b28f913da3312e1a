// What happened, line by line: for people when a run fails, as a hash to tell whether two runs were the same.
import { createHash } from 'node:crypto';

export class Trace {
  readonly #hash = createHash('sha256');
  readonly #lines: string[] = [];
  readonly #nowMs: () => number;
  readonly #startMs: number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#startMs = nowMs();
  }

  say(who: string, what: string): void {
    const line = `${((this.#nowMs() - this.#startMs) / 1000).toFixed(3).padStart(11)}  ${who.padEnd(12)} ${what}`;
    this.#hash.update(`${line}\n`);
    this.#lines.push(line);
  }

  /** All lines, or those that have one of the words. */
  lines(words: readonly string[] = []): string[] {
    return words.length === 0
      ? [...this.#lines]
      : this.#lines.filter((line) => words.some((word) => line.includes(word)));
  }

  digest(): string {
    return this.#hash.copy().digest('hex');
  }
}
