// At most one server works on a data directory. The lock is SQLite's file lock on an empty file,
// because Node offers no other lock that the kernel drops when its holder dies, on every system,
// without a race over what a dead holder left behind. Nothing is ever stored in it.
import { mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataDirectoryInUse, EmbeddedPostgresError, messageOf } from './errors.ts';

const SQLITE_BUSY = 5;
/** A server that was killed just now needs a moment to be gone. */
const DYING_MS = 400;
const RETRY_MS = 25;

export interface Ownership {
  /** The data directory without symbolic links. */
  readonly dataDir: string;
  release(): void;
}

/** Creates the data directory when missing; throws `DataDirectoryInUse` soon when it is held. */
export async function takeOwnership(path: string): Promise<Ownership> {
  const dataDir = createDirectory(path);
  const deadline = AbortSignal.timeout(DYING_MS);
  let lock = lockFile(join(dataDir, 'server.lock'));
  while (lock === 'held' && !deadline.aborted) {
    await sleep(RETRY_MS);
    lock = lockFile(join(dataDir, 'server.lock'));
  }
  const pidFile = join(dataDir, 'server.pid');
  if (lock === 'held') {
    const pid = await readFile(pidFile, 'utf8').catch(() => '');
    const holder = /^\d+$/.test(pid.trim()) ? ` (pid ${pid.trim()})` : '';
    throw new DataDirectoryInUse(dataDir, `Another Switchyard server${holder}`);
  }
  // Only for the sentence above; the lock alone decides.
  writeFileSync(pidFile, `${process.pid}\n`);
  return {
    dataDir,
    release() {
      rmSync(pidFile, { force: true });
      lock.close();
    },
  };
}

function createDirectory(path: string): string {
  try {
    // Root's Postgres runs as another user, who must be able to walk through but not to look.
    mkdirSync(path, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    return realpathSync(path);
  } catch (error) {
    throw unusable(path, error);
  }
}

function lockFile(path: string): DatabaseSync | 'held' {
  let file: DatabaseSync | undefined;
  try {
    file = new DatabaseSync(path);
    // In memory, because a journal beside the file would outlive a holder that is killed.
    file.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return file;
  } catch (error) {
    file?.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) {
      return 'held';
    }
    throw unusable(path, error);
  }
}

function unusable(path: string, error: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `Cannot use ${path}: ${messageOf(error)}. ` +
      'Make it writable for the user who runs Switchyard, or set SWITCHYARD_DATA_DIR.',
  );
}
