// A Postgres that is nobody's child: the system's when there is one, else the bundled one, for servers that share a
// DATABASE_URL.
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
import { join } from 'node:path';
import pg from 'pg';
import { type Account, chooseAccount } from '../../src/store/embedded/account.ts';
import { startEmbedded } from '../../src/store/embedded/start.ts';
import { Program } from './program.ts';
import { until } from './until.ts';

export interface SharedPostgres {
  readonly url: string;
  readonly what: string;
  stop(): Promise<void>;
}

export async function startPostgres(): Promise<SharedPostgres> {
  // Short, because a unix socket's path has at most 107 bytes.
  const dir = mkdtempSync(join(tmpdir(), 'sy-pg-'));
  chmodSync(dir, 0o755);
  const bin = systemBinaries();
  try {
    return bin === null ? await startBundled(dir) : await startSystem(bin, dir);
  } catch (error) {
    rmSync(dir, { recursive: true, force: true });
    throw error;
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

async function startSystem(bin: string, dir: string): Promise<SharedPostgres> {
  const account = chooseAccount();
  const run = (program: string, args: string[]) =>
    Program.run(join(bin, program), args, { cwd: dir, account });
  const data = ownDirectory(dir, account);
  const made = run('initdb', ['-D', data, '-U', 'switchyard', '-A', 'trust', '-E', 'UTF8', '-N']);
  const { code } = await made.ended;
  if (code !== 0) throw new Error(`initdb failed: ${made.lastWords()}`);
  const postgres = run('postgres', [
    '-D',
    data,
    '-k',
    data,
    '-p',
    '5432',
    '-c',
    'listen_addresses=',
  ]);
  const url = urlOf(data, 'postgres');
  await until('Postgres takes connections', 20_000, async () => {
    if (postgres.hasEnded) throw new Error(`Postgres ended: ${postgres.lastWords()}`);
    return isReady(url);
  });
  return {
    url,
    what: bin,
    stop: async () => {
      postgres.signal('SIGINT');
      await postgres.ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function startBundled(dir: string): Promise<SharedPostgres> {
  const { connection, stop } = await startEmbedded({ dataDir: dir, log: () => {} });
  return {
    url: urlOf(connection.host, connection.database),
    what: 'the bundled one',
    stop: async () => {
      await stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function ownDirectory(dir: string, account: Account | undefined): string {
  const data = join(dir, 'data');
  mkdirSync(data, { mode: 0o700 });
  if (account) chownSync(data, account.uid, account.gid);
  return data;
}

function urlOf(socketDir: string, database: string): string {
  return `postgres://switchyard@localhost:5432/${database}?host=${encodeURIComponent(socketDir)}`;
}

async function isReady(url: string): Promise<boolean> {
  const client = new pg.Client(url);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
