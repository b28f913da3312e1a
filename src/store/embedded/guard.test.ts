// The four deaths that guard.ts names. A guarded `sleep` stands for Postgres.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startGuarded } from './guard.ts';

const logFd = openSync('/dev/null', 'a');
const options = { account: undefined, cwd: '/', logFd };

const server = `
const { startGuarded } = await import(process.argv[1]);
const { openSync } = await import('node:fs');
const options = { account: undefined, cwd: '/', logFd: openSync('/dev/null', 'a') };
console.log((await startGuarded(['sleep', '300'], options)).pid);
`;

/** A server process with a guarded program, whose process id it prints. */
async function startServer(): Promise<{ server: ChildProcess; pid: number }> {
  const guard = new URL('guard.ts', import.meta.url).href;
  const child = spawn(process.execPath, ['--input-type=module', '-e', server, guard], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout!, 'data');
  return { server: child, pid: Number(line) };
}

function isRunning(pid: number): boolean {
  try {
    const state = execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
    return !state.startsWith('Z');
  } catch {
    return false;
  }
}

function parentOf(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }));
}

async function ended(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (!isRunning(pid)) return true;
    await sleep(10);
  }
  return false;
}

describe('a guarded program', () => {
  it('reports its exit status', async () => {
    const running = await startGuarded(['sh', '-c', 'exit 7'], options);
    expect(await running.gone).toBe(7);
    expect(running.isGone()).toBe(true);
  });

  it('reports that it was killed, and its guard ends with it', async () => {
    const running = await startGuarded(['sleep', '300'], options);
    const sh = parentOf(running.pid);
    running.signal('SIGKILL');
    expect(await running.gone).toBe(128 + 9);
    expect(await ended(sh)).toBe(true);
  });

  it('lives in a session of its own and knows nothing of our environment', async () => {
    process.env.SWITCHYARD_MASTER_KEY = 'secret';
    const running = await startGuarded(['sleep', '300'], options);
    const session = execFileSync('ps', ['-o', 'sess=', '-p', String(running.pid)], {
      encoding: 'utf8',
    });
    expect(Number(session)).toBe(parentOf(running.pid));
    const shown = execFileSync('ps', ['eww', '-o', 'command=', '-p', String(running.pid)], {
      encoding: 'utf8',
    });
    expect(shown).toContain('LC_ALL=C');
    expect(shown).not.toContain('SWITCHYARD');
    delete process.env.SWITCHYARD_MASTER_KEY;
    running.signal('SIGKILL');
    await running.gone;
  });

  it('ends when its server is killed', async () => {
    const { server, pid } = await startServer();
    server.kill('SIGKILL');
    expect(await ended(pid)).toBe(true);
  });

  it('ends when its guard is killed', async () => {
    const running = await startGuarded(['sleep', '300'], options);
    process.kill(parentOf(running.pid), 'SIGKILL');
    await running.gone;
    expect(isRunning(running.pid)).toBe(false);
  });

  it('fails with a sentence when its folder is missing', async () => {
    const start = startGuarded(['sleep', '300'], { ...options, cwd: '/missing' });
    await expect(start).rejects.toThrow(/^The bundled Postgres cannot be started: /);
  });
});
