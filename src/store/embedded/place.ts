// Where the cluster lives: `<dataDir>/postgres`, if at all possible. As root that is not a matter of
// course: the account may be unable to walk there, or the file system may not let it own anything.
// Changes the owner of nothing but the cluster's own folder.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmdirSync,
  type Stats,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Account, complaintOf } from './account.ts';
import { EmbeddedPostgresError } from './errors.ts';

/** A folder and the path by which Postgres, started with it as working directory, names it. */
export interface Place {
  readonly dir: string;
  readonly dataPath: string;
}

// The kernel follows this link straight to the working directory, whatever lies above it.
const WORKING_DIRECTORY = '/proc/self/cwd';

export interface PlaceOptions {
  /** Where a cluster goes that cannot live in the data directory. */
  readonly elsewhere: string;
  readonly workingDirectoryPath: string | undefined;
}

export const placeOptions: PlaceOptions = {
  elsewhere: '/var/lib/switchyard',
  workingDirectoryPath: existsSync(WORKING_DIRECTORY) ? WORKING_DIRECTORY : undefined,
};

/** The real folder of an existing cluster, or `undefined` when there is none yet. */
export function existingCluster(dataDir: string): { dir: string; stat: Stats } | undefined {
  const path = join(dataDir, 'postgres');
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  if (!existsSync(path)) {
    throw new EmbeddedPostgresError(
      `${path} is a link to a database that is not there. Bring it back, or remove the link to start with an empty one.`,
    );
  }
  const dir = realpathSync(path);
  const stat = statSync(dir);
  const self = process.getuid?.();
  if (self !== 0 && self !== stat.uid) throw notOurs(dir, stat);
  if (existsSync(join(dir, 'PG_VERSION'))) return { dir, stat };
  if (isEmpty(dir)) {
    rmdirSync(path);
    return undefined;
  }
  throw new EmbeddedPostgresError(
    `${path} is not a Postgres database. Move it away, or set SWITCHYARD_DATA_DIR.`,
  );
}

export function assertVersion(dir: string, majorVersion: string): void {
  const found = readFileSync(join(dir, 'PG_VERSION'), 'utf8').trim();
  if (found === majorVersion) return;
  throw new EmbeddedPostgresError(
    `${dir} was made by Postgres ${found} and this Switchyard brings Postgres ${majorVersion}. ` +
      'Start it with the version that made it and move the data with pg_dump.',
  );
}

export async function findPlace(
  cluster: { dir: string; stat: Stats },
  account: Account | undefined,
  options: PlaceOptions = placeOptions,
): Promise<Place> {
  // A backup that root copied back belongs to root.
  if (account !== undefined && cluster.stat.uid !== account.uid) {
    execFileSync('chown', ['-R', '-P', `${account.uid}:${account.gid}`, cluster.dir]);
  }
  const place = await usablePlace(cluster.dir, account, options);
  if (place !== undefined) return place;
  throw notOurs(cluster.dir, cluster.stat);
}

function notOurs(dir: string, stat: Stats): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `The database in ${dir} belongs to uid ${stat.uid} and cannot be used from here. ` +
      'Run Switchyard as that user or as root, or set SWITCHYARD_DATA_DIR.',
  );
}

export interface NewPlace extends Place {
  /** False: `<dataDir>/postgres` becomes a link to it. */
  readonly inDataDir: boolean;
}

/** An empty folder for a new cluster that the account owns and can write to. */
export async function newPlace(
  dataDir: string,
  account: Account | undefined,
  options: PlaceOptions = placeOptions,
): Promise<NewPlace> {
  const dir = mkdtempSync(join(dataDir, 'postgres.new-'));
  const place = giveTo(dir, account) && (await usablePlace(dir, account, options));
  if (place) return { ...place, inDataDir: true };
  rmdirSync(dir);
  if (account !== undefined) {
    if (mkdirSync(options.elsewhere, { recursive: true }) !== undefined) {
      chmodSync(options.elsewhere, 0o755);
    }
    const other = mkdtempSync(join(options.elsewhere, 'cluster-'));
    const found = giveTo(other, account) && (await usablePlace(other, account, options));
    if (found) return { ...found, inDataDir: false };
    rmdirSync(other);
  }
  throw new EmbeddedPostgresError(
    `${account?.name ?? 'The user who runs Switchyard'} cannot keep a database in ${dataDir}. ` +
      'Set SWITCHYARD_DATA_DIR to a folder on a local disk, or DATABASE_URL to a Postgres server.',
  );
}

function giveTo(dir: string, account: Account | undefined): boolean {
  if (account === undefined) return true;
  try {
    chownSync(dir, account.uid, account.gid);
    return statSync(dir).uid === account.uid;
  } catch {
    return false;
  }
}

async function usablePlace(dir: string, account: Account | undefined, options: PlaceOptions) {
  const script = 'test -O "$1/." && : > "$1/.probe" && rm "$1/.probe"';
  for (const dataPath of [dir, options.workingDirectoryPath]) {
    if (dataPath === undefined) continue;
    const complaint = await complaintOf(account, dir, '/bin/sh', ['-c', script, 'sh', dataPath]);
    if (complaint === undefined) return { dir, dataPath };
  }
  return undefined;
}

function isEmpty(dir: string): boolean {
  return readdirSync(dir).length === 0;
}
