// Keeps one Postgres running until it is told to stop: starts it again when it is killed, at a
// bounded rate. Never restarts one that was asked to stop, and never gives up silently.
import { messageOf } from './errors.ts';
import type { Guarded } from './guard.ts';

const RESTARTS_MAX = 5;
const RESTART_WINDOW_MS = 60_000;
/** A fast shutdown has this long; then an immediate one, whose log is replayed at the next start. */
const FAST_SHUTDOWN_MS = 10_000;
const IMMEDIATE_SHUTDOWN_MS = 5_000;

export type Exit = { readonly cause: 'stopped' } | { readonly cause: 'failed'; reason: string };

export interface Supervised {
  readonly exited: Promise<Exit>;
  stop(): Promise<void>;
}

export function supervise(
  first: Guarded,
  start: () => Promise<Guarded>,
  log: (line: string) => void,
): Supervised {
  let current = first;
  let stopping = false;

  async function run(): Promise<Exit> {
    let ends = 0;
    for (;;) {
      const status = await current.gone;
      if (stopping) return { cause: 'stopped' };
      ends += 1;
      if (ends > RESTARTS_MAX) return failed(`it ended ${ends} times within a minute`);
      setTimeout(() => {
        ends -= 1;
      }, RESTART_WINDOW_MS).unref();
      log(
        `Postgres (pid ${current.pid}) ended unexpectedly (status ${status}); starting it again.`,
      );
      try {
        current = await start();
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
