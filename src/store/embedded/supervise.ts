// Keeps one Postgres running until it is told to stop: starts it again when it is killed, at a
// bounded rate, and for as long as it takes when the disk is full, which ends by itself or by an
// operator. Never restarts one that was asked to stop, and never gives up silently.
import { messageOf } from './errors.ts';
import type { Guarded } from './guard.ts';

const RESTARTS_MAX = 5;
const RESTART_WINDOW_MS = 60_000;
/** A fast shutdown has this long; then an immediate one, whose log is replayed at the next start. */
const FAST_SHUTDOWN_MS = 10_000;
const IMMEDIATE_SHUTDOWN_MS = 5_000;
const SPACE_LOOK_MS = 1_000;

export type Exit = { readonly cause: 'stopped' } | { readonly cause: 'failed'; reason: string };

export interface Supervised {
  readonly exited: Promise<Exit>;
  stop(): Promise<void>;
}

export function supervise(
  first: Guarded,
  start: () => Promise<Guarded>,
  log: (line: string) => void,
  isDiskFull: () => boolean = () => false,
): Supervised {
  let current = first;
  let stopping = false;

  /** Starts it until it runs, however often that takes while there is no space; null: it was told to stop. */
  async function startAgain(): Promise<Guarded | null> {
    for (;;) {
      try {
        return await start();
      } catch (error) {
        if (stopping) return null;
        if (!isDiskFull()) throw error;
        log(`The disk of the database is full; waiting for space. ${messageOf(error)}`);
      }
      while (isDiskFull() && !stopping)
        await new Promise((resolve) => setTimeout(resolve, SPACE_LOOK_MS));
      if (stopping) return null;
    }
  }

  async function run(): Promise<Exit> {
    let ends = 0;
    for (;;) {
      const status = await current.gone;
      if (stopping) return { cause: 'stopped' };
      if (!isDiskFull()) {
        ends += 1;
        setTimeout(() => {
          ends -= 1;
        }, RESTART_WINDOW_MS).unref();
      }
      if (ends > RESTARTS_MAX) return failed(`it ended ${ends} times within a minute`);
      log(
        `Postgres (pid ${current.pid}) ended unexpectedly (status ${status}); starting it again.`,
      );
      try {
        const next = await startAgain();
        if (next === null) return { cause: 'stopped' };
        current = next;
      } catch (error) {
        return stopping ? { cause: 'stopped' } : failed(messageOf(error));
      }
      if (stopping) void shutDown(current, log);
    }
  }

  function failed(reason: string): Exit {
    log(`Postgres does not run any more: ${reason}.`);
    return { cause: 'failed', reason };
  }

  const exited = run();
  return {
    exited,
    async stop() {
      if (!stopping) {
        stopping = true;
        void shutDown(current, log);
      }
      await exited;
    },
  };
}

export async function shutDown(running: Guarded, log: (line: string) => void): Promise<void> {
  running.signal('SIGINT');
  const late = setTimeout(() => {
    log('Postgres takes too long to shut down; cutting it short.');
    running.signal('SIGQUIT');
  }, FAST_SHUTDOWN_MS);
  const tooLate = setTimeout(
    () => running.signal('SIGKILL'),
    FAST_SHUTDOWN_MS + IMMEDIATE_SHUTDOWN_MS,
  );
  await running.gone;
  clearTimeout(late);
  clearTimeout(tooLate);
}
