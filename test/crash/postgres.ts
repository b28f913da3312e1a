// A Postgres that is nobody's child, for servers that share a DATABASE_URL: the system's when there is one, else, or when
// asked for, the bundled one. It can be killed, stopped, frozen (its connections hang instead of breaking), and started
// again on the same data.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { type Account, chooseAccount } from '../../src/store/embedded/account.ts';
import { copiesIn, findBinaries } from '../../src/store/embedded/binaries.ts';
import { Program } from './program.ts';
import { limitFiles } from './small-disk.ts';
import { until } from './until.ts';

const READY_WITHIN_MS = 60_000;

export class SharedPostgres {
  readonly url: string;
  /** What servers have to be told to share it. */
  readonly env: Readonly<Record<string, string>>;
  /** Whose binaries they are, for the test's output. */
  readonly what: string;
  readonly #bin: string;
  readonly dir: string;
  readonly #account: Account | undefined;
  #program: Program | null = null;
  #frozen: number[] = [];

  private constructor(bin: string, what: string, dir: string, account: Account | undefined) {
    this.#bin = bin;
    this.what = what;
    this.dir = dir;
    this.#account = account;
    const host = encodeURIComponent(this.#data);
    this.url = `postgres://switchyard@localhost:5432/postgres?host=${host}`;
    const SWITCHYARD_MASTER_KEY = randomBytes(32).toString('base64');
    this.env = { DATABASE_URL: this.url, SWITCHYARD_MASTER_KEY };
  }

  static async start({ bundled = false } = {}): Promise<SharedPostgres> {
    // Short, because a unix socket's path has at most 107 bytes.
    const dir = mkdtempSync(join(tmpdir(), 'sy-pg-'));
    chmodSync(dir, 0o755);
    const account = chooseAccount();
    try {
      const system = bundled ? null : systemBinaries();
      const bin = system ?? (await bundledBinaries(dir, account));
      const postgres = new SharedPostgres(bin, system ?? 'the bundled one', dir, account);
      await postgres.#init();
      await postgres.start();
      return postgres;
    } catch (error) {
      rmSync(dir, { recursive: true, force: true });
      throw error;
    }
  }

  /** Resolves when it takes connections. */
  async start(): Promise<void> {
    const data = this.#data;
    const args = ['-D', data, '-k', data, '-p', '5432', '-c', 'listen_addresses='];
    await until('Postgres takes connections', READY_WITHIN_MS, async () => {
      // Children of a killed one end by themselves, but not at once: until then a new one ends again.
      if (this.#program === null || this.#program.hasEnded)
        this.#program = this.#run('postgres', args);
      return isReady(this.url);
    }).catch((error: Error) => {
      throw new Error(`${error.message}: ${this.#program?.lastWords()}`);
    });
  }

  /** kill -9 of the postmaster; its children notice. */
  async kill(): Promise<void> {
    await this.#program?.kill();
  }

  /** As an operator stops it: connections break. */
  async stop(): Promise<void> {
    this.#program?.signal('SIGINT');
    await this.#program?.ended;
  }

  /** SIGSTOP of all of its processes: connections stay, and nothing is answered. */
  freeze(): void {
    const postmaster = this.#program;
    if (postmaster === null || postmaster.hasEnded) throw new Error('Postgres does not run');
    this.#frozen = [postmaster.pid];
    process.once('exit', this.thaw);
    process.kill(postmaster.pid, 'SIGSTOP'); // from here on it has no new children
    for (const pid of childrenOf(postmaster.pid)) {
      this.#frozen.push(pid);
      signal(pid, 'SIGSTOP');
    }
  }

  thaw = (): void => {
    process.removeListener('exit', this.thaw);
    for (const pid of this.#frozen.splice(0).reverse()) signal(pid, 'SIGCONT');
  };

  /** From now on none of its files gets longer than so, which it meets as a disk that is full; null: as they like again. */
  limitFiles(bytes: number | null): void {
    const postmaster = this.#program;
    if (postmaster === null || postmaster.hasEnded) return;
    limitFiles([postmaster.pid, ...childrenOf(postmaster.pid)], bytes, this.#account);
  }

  /** A database without anything in it. Nobody may be connected to it. */
  async empty(): Promise<void> {
    const client = new pg.Client(this.url);
    await client.connect();
    await client
      .query('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
      .finally(() => client.end());
  }

  /** Nothing of it is left, however the test ended. */
  async remove(): Promise<void> {
    this.thaw();
    await this.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }

  get #data(): string {
    return join(this.dir, 'data');
  }

  async #init(): Promise<void> {
    mkdirSync(this.#data, { mode: 0o700 });
    if (this.#account) chownSync(this.#data, this.#account.uid, this.#account.gid);
    const args = ['-D', this.#data, '-U', 'switchyard', '-A', 'trust', '-E', 'UTF8', '-N'];
    const made = this.#run('initdb', args);
    const { code } = await made.ended;
    if (code !== 0) throw new Error(`initdb failed: ${made.lastWords()}`);
  }

  #run(program: string, args: string[]): Program {
    return Program.run(join(this.#bin, program), args, { cwd: this.dir, account: this.#account });
  }
}

const INSTALLED = '/usr/lib/postgresql';

/** Debian's, the newest; null when there is none. */
function systemBinaries(): string | null {
  if (!existsSync(INSTALLED)) return null;
  const versions = readdirSync(INSTALLED).sort((a, b) => Number(b) - Number(a));
  const folders = versions.map((version) => join(INSTALLED, version, 'bin'));
  return folders.find((bin) => existsSync(join(bin, 'initdb'))) ?? null;
}

async function bundledBinaries(dir: string, account: Account | undefined): Promise<string> {
  const found = await findBinaries({ account, copiesIn: copiesIn(dir, account), log: () => {} });
  return dirname(found.postgres);
}

function childrenOf(pid: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).split('\n');
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.filter(([, parent]) => parent === pid).map(([child = 0]) => child);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended in this moment.
  }
}

async function isReady(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
