// What an earlier server may have left in the cluster: a Postgres that is still shutting down, one
// that nobody shuts down, or only its files. Runs under the ownership lock, so whatever Postgres of
// ours is found here has lost its server. Never removes the record by which Postgres itself finds
// surviving children of a dead one.
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataDirectoryInUse } from './errors.ts';
import { CLUSTER_NAME, PORT } from './settings.ts';

const POLL_MS = 20;
/** From then on a shutdown that hangs is cut short; the next start replays the log. */
const PATIENCE_MS = 8_000;
/** No system hands out a process id like this one. */
const NO_PROCESS = 2_147_483_647;

export interface Wait {
  readonly dataDir: string;
  readonly deadline: AbortSignal;
  readonly log: (line: string) => void;
}

export async function predecessorGone(dir: string, wait: Wait): Promise<void> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  let signalled: NodeJS.Signals | undefined;
  for (;;) {
    const pid = postmasterId(dir);
    if (pid === undefined || !isPostmasterOf(dir, pid)) break;
    if (wait.deadline.aborted) {
      throw new DataDirectoryInUse(wait.dataDir, `A Postgres server (pid ${pid})`);
    }
    const due = patience.aborted ? 'SIGQUIT' : 'SIGINT';
    if (signalled !== due && isOurs(dir)) {
      if (signalled === undefined) wait.log(`Waiting for an earlier Postgres (pid ${pid}) to end.`);
      signalled = due;
      signal(pid, due);
    }
    await sleep(POLL_MS);
  }
  clearRemains(dir);
}

export interface PidFile {
  readonly pid: number;
  readonly ready: boolean;
}

/** `postmaster.pid`: the process id in the first line, the state in the eighth. */
export function readPidFile(dir: string): PidFile | undefined {
  const lines = pidFileLines(dir);
  if (lines === undefined) return undefined;
  return { pid: Number(lines[0]), ready: lines[7]?.trim() === 'ready' };
}

function pidFileLines(dir: string): string[] | undefined {
  try {
    return readFileSync(join(dir, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
}

function postmasterId(dir: string): number | undefined {
  const pid = readPidFile(dir)?.pid;
  return pid !== undefined && Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

/** A process of that number may be anybody's by now; a postmaster works in its data directory. */
function isPostmasterOf(dir: string, pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    if (process.platform !== 'linux') {
      const args = ['-o', 'comm=', '-p', String(pid)];
      return execFileSync('ps', args, { encoding: 'utf8' }).includes('postgres');
    }
    const theirs = statSync(`/proc/${pid}/cwd`);
    const cluster = statSync(dir);
    return theirs.dev === cluster.dev && theirs.ino === cluster.ino;
  } catch {
    return false;
  }
}

/** Somebody may have started Postgres by hand, to look or to repair: that one is left alone. */
function isOurs(dir: string): boolean {
  try {
    const command = readFileSync(join(dir, 'postmaster.opts'), 'utf8');
    return command.includes(`cluster_name=${CLUSTER_NAME}`);
  } catch {
    return false;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended in this moment.
  }
}

function clearRemains(dir: string): void {
  const lines = pidFileLines(dir);
  const path = join(dir, 'postmaster.pid');
  if (lines !== undefined && !(Number(lines[0]) > 0)) {
    // Lost power while it was being written: nothing in it to lose.
    rmSync(path, { force: true });
  } else if (lines !== undefined) {
    // Postgres would refuse to start if its old number has a new bearer. The other lines stay: by
    // them it makes sure that no child of the old one still works on the shared memory.
    overwrite(path, [String(NO_PROCESS), ...lines.slice(1)].join('\n'));
  }
  const socket = join(dir, `.s.PGSQL.${PORT}`);
  rmSync(socket, { force: true });
  rmSync(`${socket}.lock`, { force: true });
}

/** In place, and never shorter than it was: it needs no space, which a full disk has not got. */
function overwrite(path: string, text: string): void {
  const fd = openSync(path, 'r+');
  try {
    writeSync(fd, text, 0);
  } finally {
    closeSync(fd);
  }
}
