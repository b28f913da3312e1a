import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataDirectoryInUse } from './errors.ts';
import { predecessorGone, readPidFile } from './predecessor.ts';

const lines: string[] = [];
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'switchyard-predecessor-'));
  lines.length = 0;
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const gone = (withinMs = 5_000) =>
  predecessorGone(dir, {
    dataDir: '/data',
    deadline: AbortSignal.timeout(withinMs),
    log: (line) => lines.push(line),
  });

function leavePidFile(pid: number): void {
  const content = `${pid}\n${dir}\n1795254096\n5432\n.\n\n  2154509        12\nready   \n`;
  writeFileSync(join(dir, 'postmaster.pid'), content);
}

/** Whatever works in the folder counts as its postmaster; this one ends at the first signal. */
function postmaster(cwd: string) {
  const child = spawn('sleep', ['300'], { cwd, stdio: 'ignore' });
  return { pid: child.pid ?? 0, ended: once(child, 'exit') };
}

describe('what an earlier server left', () => {
  it('is nothing in a fresh cluster', async () => {
    await gone();
    expect(lines).toEqual([]);
  });

  it('is only files when its Postgres is dead: the shared memory stays on record', async () => {
    const { pid, ended } = postmaster('/');
    process.kill(pid, 'SIGKILL');
    await ended;
    leavePidFile(pid);
    writeFileSync(join(dir, '.s.PGSQL.5432.lock'), `${pid}\n`);
    await gone();
    expect(readPidFile(dir)?.pid).not.toBe(pid);
    expect(readFileSync(join(dir, 'postmaster.pid'), 'utf8')).toContain('2154509        12');
    expect(existsSync(join(dir, '.s.PGSQL.5432.lock'))).toBe(false);
  });

  it('does not take a stranger with its process id for Postgres', async () => {
    const stranger = postmaster('/');
    leavePidFile(stranger.pid);
    await gone();
    expect(lines).toEqual([]);
    process.kill(stranger.pid, 0);
    process.kill(stranger.pid, 'SIGKILL');
    await stranger.ended;
  });

  it('is removed when it was cut off while being written', async () => {
    writeFileSync(join(dir, 'postmaster.pid'), '');
    await gone();
    expect(existsSync(join(dir, 'postmaster.pid'))).toBe(false);
  });

  it('is shut down and waited for when it is a Postgres of ours without its server', async () => {
    const orphan = postmaster(dir);
    leavePidFile(orphan.pid);
    writeFileSync(join(dir, 'postmaster.opts'), 'postgres "-c" "cluster_name=switchyard"\n');
    await gone();
    expect(await orphan.ended).toEqual([null, 'SIGINT']);
    expect(lines).toEqual([`Waiting for an earlier Postgres (pid ${orphan.pid}) to end.`]);
  });

  it('is left alone when somebody else started it, and the start is refused', async () => {
    const theirs = postmaster(dir);
    leavePidFile(theirs.pid);
    writeFileSync(join(dir, 'postmaster.opts'), 'postgres "-D" "data"\n');
    const waited = gone(100);
    await expect(waited).rejects.toBeInstanceOf(DataDirectoryInUse);
    await expect(waited).rejects.toThrow(
      `A Postgres server (pid ${theirs.pid}) is using /data. Stop it first, or set SWITCHYARD_DATA_DIR.`,
    );
    process.kill(theirs.pid, 'SIGKILL');
    await theirs.ended;
  });
});
