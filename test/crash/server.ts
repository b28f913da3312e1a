// The real server as `npm start` runs it, on the real bundled Postgres or on a DATABASE_URL.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type End, Program, worksIn } from './program.ts';
import { until } from './until.ts';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');
const READY_WITHIN_MS = 90_000;

export interface ServerOptions {
  readonly port: number;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string>>;
  /** The command that runs the server's: where it may live is not for it to say. */
  readonly around?: ((command: readonly string[]) => string[]) | undefined;
}

export class Server {
  readonly url: string;
  readonly #options: ServerOptions;
  #program: Program | null = null;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.url = `http://127.0.0.1:${options.port}`;
  }

  /** Resolves when it is ready; answers how long that took. */
  async start(): Promise<number> {
    const { port, dataDir, env, around = (command) => [...command] } = this.#options;
    const startedMs = Date.now();
    const [command = '', ...args] = around([process.execPath, MAIN, 'start']);
    const program = Program.run(command, args, {
      env: {
        PORT: String(port),
        SWITCHYARD_DATA_DIR: dataDir,
        SWITCHYARD_LOG_LEVEL: 'warn',
        ...env,
      },
    });
    this.#program = program;
    await until('the server is ready', READY_WITHIN_MS, async () => {
      if (program.hasEnded) throw new Error(`the server did not start:\n${program.lastWords()}`);
      return this.isReady();
    });
    return Date.now() - startedMs;
  }

  async isReady(): Promise<boolean> {
    try {
      const { status } = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2_000) });
      return status === 200;
    } catch {
      return false;
    }
  }

  get pid(): number {
    return this.#running().pid;
  }

  get lives(): boolean {
    return this.#program !== null && !this.#program.hasEnded;
  }

  said(what: RegExp): boolean {
    return this.#program?.said(what) ?? false;
  }

  lastWords(): string {
    return this.#program?.lastWords() ?? '';
  }

  /** kill -9 of its process group. */
  kill(): Promise<void> {
    return this.#running().kill();
  }

  /** SIGTERM, as a supervisor stops it. */
  async terminate(): Promise<End> {
    const program = this.#running();
    program.signal('SIGTERM');
    return program.ended;
  }

  /** The process id of its bundled Postgres; null when there is none. */
  postgresPid(): number | null {
    const dir = join(this.#options.dataDir, 'postgres');
    let pid: number;
    try {
      pid = Number(readFileSync(join(dir, 'postmaster.pid'), 'utf8').split('\n', 1)[0]);
    } catch {
      return null;
    }
    return Number.isInteger(pid) && pid > 0 && worksIn(pid, dir) ? pid : null;
  }

  /** kill -9 of its bundled Postgres. */
  killPostgres(): void {
    const pid = this.postgresPid();
    if (pid !== null) process.kill(pid, 'SIGKILL');
  }

  /** Nothing of it is left, however the test ended. */
  async remove(): Promise<void> {
    if (this.lives) await this.kill();
    await until('the bundled Postgres is gone', 10_000, () => this.postgresPid() === null).catch(
      () => this.killPostgres(),
    );
  }

  #running(): Program {
    if (!this.#program) throw new Error('the server was not started');
    return this.#program;
  }
}

/**
 * A free port below those that systems hand out by themselves: it has to be free again for the next start, and nobody
 * may get it meanwhile.
 */
export async function reservePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
