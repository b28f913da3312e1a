// What strangers can make us do is bounded: how much of what nobody can vouch for is kept, and how many questions
// unsigned messages may cost a PSP. Counted in this process, and measured in the database now and then.
import { measureStrays } from '../../store/inbound-webhooks.ts';
import type { Context } from '../context.ts';

export interface Bounds {
  readonly strayRowsMax: number;
  readonly strayBytesMax: number;
  readonly questionsPerMinute: number;
}

const defaults: Bounds = {
  strayRowsMax: 20_000,
  strayBytesMax: 256 * 1024 * 1024,
  /** Of one connection. Genuine customers cause a few; the schedule asks about everything anyway. */
  questionsPerMinute: 120,
};

const MEASURE_EVERY_MS = 5_000;
const MINUTE_MS = 60_000;

class StrangerBounds {
  readonly #bounds: Bounds;
  #strays = { rows: 0, bytes: 0 };
  #measuredAt = -MEASURE_EVERY_MS;
  #minute = 0;
  #questions = new Map<string, number>();

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  /** Whether one more message that nobody vouches for may be kept. */
  async hasRoom({ db, ports }: Context, bytes: number): Promise<boolean> {
    const nowMs = ports.clock.nowMs();
    if (Math.abs(nowMs - this.#measuredAt) >= MEASURE_EVERY_MS) {
      this.#measuredAt = nowMs;
      this.#strays = await measureStrays(db);
    }
    const { rows, bytes: kept } = this.#strays;
    const { strayRowsMax, strayBytesMax } = this.#bounds;
    if (rows >= strayRowsMax || kept + bytes > strayBytesMax) return false;
    this.#strays = { rows: rows + 1, bytes: kept + bytes };
    return true;
  }

  /** Whether an unsigned message may cost one more question about a connection's payments. */
  mayAsk({ ports }: Context, connection: string): boolean {
    const minute = Math.floor(ports.clock.nowMs() / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#questions = new Map();
    }
    const asked = (this.#questions.get(connection) ?? 0) + 1;
    if (asked > this.#bounds.questionsPerMinute) return false;
    this.#questions.set(connection, asked);
    return true;
  }
}

const known = new WeakMap<Context['db'], StrangerBounds>();

export function strangerBounds({ db }: Context): StrangerBounds {
  return known.get(db) ?? boundStrangers(db);
}

/** For tests: other bounds than those of a server. */
export function boundStrangers(db: Context['db'], bounds: Partial<Bounds> = {}): StrangerBounds {
  const made = new StrangerBounds({ ...defaults, ...bounds });
  known.set(db, made);
  return made;
}
