// What a benchmark has open: processes and folders. Ended and removed also when it is interrupted.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const children = new Set<ChildProcess>();
const dirs = new Set<string>();
let interrupted = false;

export function watched<T extends ChildProcess>(child: T): T {
  children.add(child);
  child.once('exit', () => children.delete(child));
  if (interrupted) child.kill('SIGTERM');
  return child;
}

export async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}

/** A folder with a `data` in it. */
export async function temporaryDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'switchyard-bench-'));
  dirs.add(dir);
  await mkdir(join(dir, 'data'));
  return dir;
}

export async function removeDir(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true });
  dirs.delete(dir);
}

/** Servers stop their own Postgres, so they are asked to end and waited for. */
export function cleanUpWhenInterrupted(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, async () => {
      interrupted = true;
      while (children.size > 0)
        await Promise.all([...children].map((child) => ended(child, 'SIGTERM')));
      await Promise.all([...dirs].map(removeDir));
      process.exit(130);
    });
  }
}

/** What is torn down fails; that is not what went wrong. */
export async function unlessInterrupted(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!interrupted) throw error;
  }
}
