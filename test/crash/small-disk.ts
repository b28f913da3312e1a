// A disk that can be full. Where the system lets somebody mount a file system for one program (root may, and most systems
// let everybody in a namespace of his own), the server lives on one of its own, in memory, and a file takes the rest of
// it. Elsewhere the kernel refuses Postgres to make files any longer. It all goes away with the program.
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Account } from '../../src/store/embedded/account.ts';
import { DATABASE, SUPERUSER } from '../../src/store/embedded/settings.ts';

const SIZE = '320m';
/** Far more than Postgres makes ahead. */
const LOG_FILES_MAX = 100;
const BLOCK = Buffer.alloc(1024 * 1024);
/** Somebody who is not root, for a server that a user without rights runs as himself. */
const SOMEBODY = '1000';

const MOUNT = `mount -t tmpfs -o size=${SIZE},mode=755 tmpfs "$0" && exec "$@"`;
const AS_ROOT = ['unshare', '-m', 'sh', '-c', MOUNT];
const AS_ANYBODY = ['unshare', '-Urm', 'sh', '-c', MOUNT];
const NOT_ROOT = ['unshare', '--user', `--map-user=${SOMEBODY}`, `--map-group=${SOMEBODY}`];

export class SmallDisk {
  readonly dir = mkdtempSync(join(tmpdir(), 'sy-disk-'));
  readonly #before: (dir: string) => string[];
  #balloon: string | null = null;

  private constructor(before: (dir: string) => string[]) {
    this.#before = before;
  }

  /** Null when this system lets nobody mount anything. */
  static make(): SmallDisk | null {
    const ways = [
      (dir: string) => [...AS_ROOT, dir],
      (dir: string) => [...AS_ANYBODY, dir, ...NOT_ROOT],
    ];
    for (const way of ways) {
      const disk = new SmallDisk(way);
      const [command = '', ...args] = [...way(disk.dir), 'touch', join(disk.dir, 'here')];
      if (spawnSync(command, args).status === 0) return disk;
      disk.remove();
    }
    return null;
  }

  /** The command that runs another one on the disk. */
  around = (command: readonly string[]): string[] => [...this.#before(this.dir), ...command];

  /** Takes what is left of it. `pid`: a process that lives on it. */
  fill(pid: number): void {
    this.#balloon = join(`/proc/${pid}/root`, this.dir, 'balloon');
    const file = openSync(this.#balloon, 'a');
    try {
      for (let bytes = BLOCK.length; bytes >= 512; ) {
        try {
          writeSync(file, BLOCK, 0, bytes);
        } catch {
          bytes >>= 1;
        }
      }
    } finally {
      closeSync(file);
    }
  }

  /** Until Postgres needs a new file for its log, and cannot have it: that ends it. `pid`: the server that it belongs to. */
  async useUpLog(pid: number): Promise<void> {
    const host = join(`/proc/${pid}/root`, this.dir, 'postgres');
    const client = new pg.Client({ host, user: SUPERUSER, database: DATABASE });
    client.on('error', () => {});
    try {
      await client.connect();
      for (let files = 0; files < LOG_FILES_MAX; files += 1) {
        this.fill(pid);
        await client.query(`SELECT pg_logical_emit_message(false, '', ''), pg_switch_wal()`);
      }
    } catch {
      // It is what was wanted.
    } finally {
      await client.end().catch(() => {});
    }
  }

  free(): void {
    if (this.#balloon !== null) rmSync(this.#balloon, { force: true });
    this.#balloon = null;
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Lets these processes of an account, and what they start, make no file longer than that; null: as long as they like. */
export function limitFiles(
  [first = 0, ...others]: readonly number[],
  bytes: number | null,
  account: Account | undefined,
): void {
  // As whoever they are: root may be forbidden to.
  const as = account === undefined ? {} : { uid: account.uid, gid: account.gid };
  const limit = (pid: number) =>
    execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes ?? 'unlimited'}:`], {
      stdio: 'pipe',
      ...as,
    });
  limit(first);
  for (const pid of others) {
    try {
      limit(pid);
    } catch {
      // It ended in this moment.
    }
  }
}
