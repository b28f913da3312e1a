// Starts one Postgres on the cluster and tells when it takes connections. Reports the reason from
// Postgres's own log when it does not; never leaves one behind that it gave up on.
import { closeSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from './account.ts';
import { EmbeddedPostgresError } from './errors.ts';
import { type Guarded, startGuarded } from './guard.ts';
import { lastWords, openLog } from './log-file.ts';
import type { Place } from './place.ts';
import { predecessorGone, readPidFile } from './predecessor.ts';
import { settingArguments } from './settings.ts';

const READY_POLL_MS = 5;
/** A fresh cluster takes 50 ms; one that replays a gigabyte of log after a crash takes long. */
const READY_WITHIN_MS = 120_000;
/** How long a Postgres that lost its server may take to end. */
const PREDECESSOR_WITHIN_MS = 15_000;
const RETRY_MS = 100;

export interface PostmasterOptions {
  readonly postgres: string;
  readonly place: Place;
  readonly account: Account | undefined;
  readonly dataDir: string;
  readonly logFile: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
}

/** Waits for what is left of an earlier Postgres, then starts one; resolves when it is ready. */
export async function startPostmaster(options: PostmasterOptions): Promise<Guarded> {
  const { dataDir, log, place } = options;
  const deadline = AbortSignal.timeout(PREDECESSOR_WITHIN_MS);
  for (;;) {
    await predecessorGone(place.dir, { dataDir, log, deadline });
    const started = await tryStart(options);
    if ('pid' in started) return started;
    // Children of a Postgres that was killed end by themselves, but not in the same instant.
    const passes = /shared memory block|lock file/.test(started.reason);
    if (!passes || deadline.aborted) {
      throw new EmbeddedPostgresError(
        `Postgres did not start: ${started.reason}. Its log is ${options.logFile}.`,
      );
    }
    await sleep(RETRY_MS);
  }
}

async function tryStart(options: PostmasterOptions): Promise<Guarded | { reason: string }> {
  const { postgres, place, account, logFile, settings } = options;
  const logFd = openLog(logFile);
  const logStart = statSync(logFile).size;
  const command = [postgres, '-D', place.dataPath, ...settingArguments(settings)];
  const running = await startGuarded(command, { account, cwd: place.dir, logFd }).finally(() =>
    closeSync(logFd),
  );
  const deadline = AbortSignal.timeout(READY_WITHIN_MS);
  while (!running.isGone() && !deadline.aborted) {
    const file = readPidFile(place.dir);
    if (file?.pid === running.pid && file.ready) return running;
    await sleep(READY_POLL_MS);
  }
  if (running.isGone()) return { reason: lastWords(logFile, logStart) };
  running.signal('SIGQUIT');
  await running.gone;
  return { reason: `it was not ready within ${READY_WITHIN_MS / 1000} s` };
}
