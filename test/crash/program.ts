// A process of its own, in a process group of its own: what a crash takes away whole. Whatever a test leaves running is
// killed when the test's process ends.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { statSync } from 'node:fs';

export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly account?: { readonly uid: number; readonly gid: number } | undefined;
}

const LINES_KEPT = 5_000;
const LINES_TOLD = 15;
const CHARACTERS_KEPT = 400;
const running = new Set<Program>();
process.once('exit', () => {
  for (const program of running) program.signal('SIGKILL');
});

export class Program {
  readonly pid: number;
  readonly ended: Promise<End>;
  hasEnded = false;
  #last: string[] = [];

  private constructor(child: ChildProcess) {
    if (child.pid === undefined) throw new Error('the program cannot be started');
    this.pid = child.pid;
    running.add(this);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.#keep(text));
    }
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.hasEnded = true;
        running.delete(this);
        resolve({ code, signal });
      });
    });
  }

  static run(command: string, args: readonly string[], options: ProgramOptions = {}): Program {
    const { env = {}, cwd, account } = options;
    // Nothing of this process' environment but what programs need: settings of the machine would change the test.
    const { PATH = '', HOME = '/', TMPDIR } = process.env;
    const own = { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }), LC_ALL: 'C', ...env };
    const child = spawn(command, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: own,
      ...(cwd === undefined ? {} : { cwd }),
      ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
    });
    child.on('error', () => {});
    return new Program(child);
  }

  /** To the whole group. Never after its end: its number may be another's by then. */
  signal(name: NodeJS.Signals): void {
    if (this.hasEnded) return;
    try {
      process.kill(-this.pid, name);
    } catch {
      // It ended in this moment.
    }
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }

  /** The last that it said, for the message of a failure. */
  lastWords(): string {
    return this.#last.slice(-LINES_TOLD).join('\n');
  }

  said(what: RegExp): boolean {
    return this.#last.some((line) => what.test(line));
  }

  #keep(text: string): void {
    const lines = text.split('\n').filter((line) => line !== '');
    const kept = lines.map((line) => line.slice(0, CHARACTERS_KEPT));
    this.#last.push(...kept);
    if (this.#last.length > 2 * LINES_KEPT) this.#last = this.#last.slice(-LINES_KEPT);
  }
}

/** Whether a process of that number exists and works in that folder: a number alone may be anybody's by now. */
export function worksIn(pid: number, dir: string): boolean {
  try {
    process.kill(pid, 0);
    if (process.platform !== 'linux') {
      const args = ['-o', 'comm=', '-p', String(pid)];
      return execFileSync('ps', args, { encoding: 'utf8' }).includes('postgres');
    }
    const [theirs, ours] = [statSync(`/proc/${pid}/cwd`), statSync(dir)];
    return theirs.dev === ours.dev && theirs.ino === ours.ino;
  } catch {
    return false;
  }
}
