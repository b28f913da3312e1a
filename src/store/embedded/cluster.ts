// Creates a cluster and the database in it. A new cluster appears complete and on the disk, or not
// at all: a crash on the way leaves a folder that the next start removes.
import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { Account } from './account.ts';
import { EmbeddedPostgresError } from './errors.ts';
import { startGuarded } from './guard.ts';
import { lastWords, openLog } from './log-file.ts';
import { newPlace, type Place, type PlaceOptions, placeOptions } from './place.ts';
import { DATABASE, SUPERUSER } from './settings.ts';

export interface NewCluster {
  readonly dataDir: string;
  readonly initdb: string;
  readonly account: Account | undefined;
  readonly logFile: string;
  /** False only for throw-away databases. */
  readonly durable: boolean;
  readonly log: (line: string) => void;
}

export async function createCluster(
  options: NewCluster,
  placing: PlaceOptions = placeOptions,
): Promise<Place> {
  const { dataDir, account, log } = options;
  removeUnfinished(dataDir);
  const place = await newPlace(dataDir, account, placing);
  await runInitdb(place, options);
  const path = join(dataDir, 'postgres');
  if (place.inDataDir) {
    renameSync(place.dir, path);
  } else {
    symlinkSync(place.dir, path);
    log(`${account?.name} cannot work in ${dataDir}: the database is in ${place.dir}.`);
  }
  syncDirectory(dataDir);
  if (!place.inDataDir) return place;
  return { dir: path, dataPath: place.dataPath === place.dir ? path : place.dataPath };
}

/** Each try has a name of its own: an initdb that lost its server may still be ending in the last. */
function removeUnfinished(dataDir: string): void {
  for (const name of readdirSync(dataDir)) {
    if (!name.startsWith('postgres.new-')) continue;
    rmSync(join(dataDir, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}

async function runInitdb(place: Place, options: NewCluster): Promise<void> {
  const { initdb, account, logFile, durable } = options;
  const logFd = openLog(logFile);
  const logStart = statSync(logFile).size;
  const command = [
    initdb,
    `--pgdata=${place.dataPath}`,
    `--username=${SUPERUSER}`,
    '--locale=C',
    '--encoding=UTF8',
    '--data-checksums',
    '--auth-local=trust',
    '--auth-host=reject',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ];
  try {
    const running = await startGuarded(command, { account, cwd: place.dir, logFd });
    if ((await running.gone) === 0) return;
  } finally {
    closeSync(logFd);
  }
  rmSync(place.dir, { recursive: true, force: true });
  throw new EmbeddedPostgresError(
    `No database could be created in ${options.dataDir}: ${lastWords(logFile, logStart)}. ` +
      'Set SWITCHYARD_DATA_DIR to a folder on a local disk, or DATABASE_URL to a Postgres server.',
  );
}

function syncDirectory(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Creates our database when it is missing; also after a crash between initdb and this. */
export async function ensureDatabase(address: { host: string; port: number }): Promise<void> {
  const client = new pg.Client({ ...address, user: SUPERUSER, database: 'postgres' });
  await client.connect();
  try {
    const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}
