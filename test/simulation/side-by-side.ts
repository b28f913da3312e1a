// Worlds in several processes of Node at once, each on a ground of its own, told in the order of their seeds: what is
// told does not depend on how many there are, nor on which of them is faster.
import { type ChildProcess, fork } from 'node:child_process';
import { breakGround } from './ground.ts';
import { type Report, runWorld } from './world.ts';

/** A report that can travel. */
export interface Account extends Omit<Report, 'story'> {
  /** What matters of a world that went wrong. */
  readonly story: readonly string[];
}

export interface Task {
  readonly seed: string;
  readonly payments: number;
}

const STORY_LINES = 200;

export function accountOf({ story, ...report }: Report): Account {
  const ids = new Set(report.wrong.flatMap((what) => what.match(/(?:pay|po)_\w+/g) ?? []));
  const words = ['ghost', 'dies', 'faults stop', ...ids];
  return { ...report, story: report.wrong.length > 0 ? story(words).slice(0, STORY_LINES) : [] };
}

/** In the order of the tasks. Ends early when `hear` says false. */
export async function runSideBySide(
  tasks: readonly Task[],
  processes: number,
  hear: (account: Account) => boolean,
): Promise<void> {
  const accounts = new Map<number, Account>();
  let [next, told, over] = [0, 0, false];
  const tell = () => {
    for (let account = accounts.get(told); account && !over; account = accounts.get(told)) {
      accounts.delete(told);
      told += 1;
      over = !hear(account);
    }
  };
  const one = async (runner: Runner) => {
    try {
      while (next < tasks.length && !over) {
        const index = next;
        next += 1;
        accounts.set(index, await runner.run(tasks[index]!));
        tell();
      }
    } finally {
      await runner.end();
    }
  };
  if (processes === 1) return one(await here());
  const count = Math.min(processes, tasks.length);
  await Promise.all(Array.from({ length: count }, () => one(new Child())));
}

interface Runner {
  run(task: Task): Promise<Account>;
  end(): Promise<void>;
}

async function here(): Promise<Runner> {
  const ground = await breakGround();
  return {
    run: async ({ seed, payments }) => accountOf(await runWorld(ground, seed, payments)),
    end: () => ground.close(),
  };
}

/** What is allocated for an event is garbage after it. */
const OPTIONS = [...process.execArgv, '--max-semi-space-size=64'];

class Child implements Runner {
  readonly #process: ChildProcess = fork(import.meta.filename, {
    serialization: 'advanced',
    execArgv: OPTIONS,
  });
  readonly #ended = new Promise<void>((resolve) => this.#process.once('exit', () => resolve()));

  run(task: Task): Promise<Account> {
    return new Promise((resolve, reject) => {
      const died = (code: number | null) =>
        reject(new Error(`the process of seed ${task.seed} ended with ${code}`));
      this.#process.once('exit', died);
      this.#process.once('message', (account: Account) => {
        this.#process.off('exit', died);
        resolve(account);
      });
      this.#process.send(task);
    });
  }

  async end(): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    await this.#ended;
  }
}

/** The other side: one world after the other, until nobody asks any more. */
async function serve(): Promise<void> {
  const runner = here();
  process.on('message', async (task: Task) => {
    process.send!(await (await runner).run(task));
  });
  process.on('disconnect', async () => (await runner).end());
  // An interrupt from the terminal goes to all: the first process ends the others.
  process.on('SIGINT', () => {});
}

if (process.argv[1] === import.meta.filename) await serve();
