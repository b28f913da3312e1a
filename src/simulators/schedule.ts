// Work that a simulator does later (a refund that is processed, a prompt that times out, a late success). Plans are
// kept in the books, so a restarted simulator still does what was due.
import type { Clock } from '../kernel/ports.ts';
import type { Books, Collection } from './books.ts';
import type { Log } from './simulator.ts';
import type { Timers } from './timers.ts';

interface Plan {
  readonly id: number;
  readonly dueMs: number;
  readonly key: string;
  readonly task: string;
  readonly subject: string;
}

type Task = (key: string, subject: string) => void;

/** setTimeout counts in 31 bits; a longer wait is taken in steps. */
const STEP_MS = 86_400_000;

export class Schedule {
  readonly #books: Books;
  readonly #plans: Collection<Plan>;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #tasks = new Map<string, Task>();
  readonly #cancels = new Map<number, () => void>();
  readonly #log: Log;

  constructor(books: Books, clock: Clock, timers: Timers, log: Log) {
    this.#log = log;
    this.#books = books;
    this.#plans = books.collection('_plans');
    this.#clock = clock;
    this.#timers = timers;
  }

  /** Names a task. All tasks are named before `resume`. A task checks by itself whether it is still wanted. */
  task(name: string, run: Task): void {
    this.#tasks.set(name, run);
  }

  after(ms: number, key: string, task: string, subject: string | number): void {
    const id = this.#books.next('_plans');
    const dueMs = this.#clock.nowMs() + ms;
    const plan = { id, dueMs, key, task, subject: String(subject) };
    this.#plans.put('', id, plan);
    this.#arm(plan);
  }

  /** After a restart: what was due meanwhile is done now, the rest when it is due. */
  resume(): void {
    for (const plan of this.#plans.list('')) this.#arm(plan);
  }

  stop(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }

  #arm(plan: Plan): void {
    const left = Math.max(0, plan.dueMs - this.#clock.nowMs());
    const step = Math.min(left, STEP_MS);
    const cancel = this.#timers.after(step, () => {
      this.#cancels.delete(plan.id);
      if (step < left) return this.#arm(plan);
      this.#books.atomically(() => {
        this.#plans.remove('', plan.id);
        this.#run(plan);
      });
    });
    this.#cancels.set(plan.id, cancel);
  }

  /** A task that fails must not take the server with it that mounts the simulator. */
  #run({ task, key, subject }: Plan): void {
    try {
      this.#tasks.get(task)?.(key, subject);
    } catch (error) {
      this.#log.error({ task, subject, err: error }, 'a plan of a simulator failed');
    }
  }
}
