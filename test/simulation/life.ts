// One process of the server, as far as living and dying goes: every await of its code is a step here, and it can die
// at any of them, before the step had an effect or after it had all of it. From there on it does nothing any more.
import {
  announcements,
  type Db,
  type Executor,
  gathering,
  type Statement,
} from '../../src/store/db.ts';
import type { Dice } from './dice.ts';
import type { Time } from './time.ts';
import type { Trace } from './trace.ts';

/** How likely, per step. */
export interface Perils {
  readonly death: number;
  /** The connection to the database is lost before a statement, or with the answer of one that was done. */
  readonly cutBefore: number;
  readonly cutAfter: number;
}

export const SAFE: Perils = { death: 0, cutBefore: 0, cutAfter: 0 };

export interface LifeParts {
  readonly name: string;
  readonly time: Time;
  readonly dice: Dice;
  readonly trace: Trace;
  readonly perils: () => Perils;
  readonly onDeath: () => void;
}

export class Life {
  readonly #parts: LifeParts;
  #over = false;

  constructor(parts: LifeParts) {
    this.#parts = parts;
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** A promise that is never settled once the process is dead: what waited for it is gone with it. */
  step<T>(what: string, delayMs: number, run: () => Promise<T>): Promise<T> {
    const { time, dice, perils } = this.#parts;
    return new Promise((resolve, reject) => {
      if (this.#over) return;
      time.after(delayMs, async () => {
        if (this.#over) return;
        const mortal = dice.chance(perils().death);
        const early = dice.chance(0.5);
        if (mortal && early) return this.die(`before ${what}`);
        try {
          const result = await run();
          if (mortal) return this.die(`after ${what}`);
          resolve(result);
        } catch (error) {
          if (mortal) return this.die(`after ${what}`);
          reject(error);
        }
      });
    });
  }

  die(when: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#parts.trace.say(this.#parts.name, `dies ${when}`);
    this.#parts.onDeath();
  }
}

class Cut extends Error {
  constructor() {
    super('Connection terminated unexpectedly');
  }
}

/** The real connection is whole, and is not given up for it: as all the transaction did is rolled back. */
class CutWithin extends Error {}

/** The database as one process reaches it. Whoever holds a transaction holds the only connection until its end. */
export function mortalDb(db: Db, life: Life, { dice, trace, perils, name }: LifeParts): Db {
  const delay = () => (dice.chance(0.02) ? dice.between(50, 3_000) : dice.between(0, 4));
  const cutting = async <T>(what: string, run: () => Promise<T>): Promise<T> => {
    if (dice.chance(perils().cutBefore)) {
      trace.say(name, `loses the database before ${what}`);
      throw new Cut();
    }
    const result = await run();
    if (!dice.chance(perils().cutAfter)) return result;
    trace.say(name, `loses the database after ${what}`);
    throw new Cut();
  };
  const run = <Row>(statement: Statement, values: readonly unknown[]) =>
    life.step(statement.name, delay(), () =>
      cutting(statement.name, () => db.run<Row>(statement, values)),
    );
  const mortal: Db = {
    run,
    together: gathering(() => ({ run, together: mortal.together, announce: mortal.announce })),
    ...announcements(),
    transaction: async (work) => {
      const announced = new Set<string>();
      const live = (tx: Executor) => within(tx, dice, perils, (one) => announced.add(one));
      const result = await life
        .step('a transaction', delay(), () =>
          cutting('a transaction', () => db.transaction((tx) => work(live(tx)))),
        )
        .catch((error: unknown) => {
          throw error instanceof CutWithin ? new Cut() : error;
        });
      for (const environmentId of announced) mortal.announce(environmentId);
      return result;
    },
    pool: () => db.pool(),
    close: async () => {},
  };
  return mortal;
}

/** A connection that is lost within a transaction takes all of it with it. */
function within(
  tx: Executor,
  dice: Dice,
  perils: () => Perils,
  announce: Executor['announce'],
): Executor {
  return {
    run: (statement, values) => {
      if (dice.chance(perils().cutBefore)) return Promise.reject(new CutWithin('lost'));
      return tx.run(statement, values);
    },
    together: (kind, item) => tx.together(kind, item),
    announce,
  };
}
