// The embedded database: a real Postgres, bundled, on a Unix socket in the data directory, started
// and supervised by this process. It never outlives the server and never shares its directory.
import { join } from 'node:path';
import { chooseAccount } from './account.ts';
import { copiesIn, findBinaries } from './binaries.ts';
import { createCluster, ensureDatabase } from './cluster.ts';
import { isDiskFull } from './disk.ts';
import { EmbeddedPostgresError } from './errors.ts';
import { takeOwnership } from './ownership.ts';
import { assertVersion, existingCluster, findPlace } from './place.ts';
import { type PostmasterOptions, startPostmaster } from './postmaster.ts';
import { DATABASE, PORT, SUPERUSER } from './settings.ts';
import { socketPath } from './socket-path.ts';
import { type Exit, shutDown, supervise } from './supervise.ts';

export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly log: (line: string) => void;
  /** Postgres settings that replace ours, such as `fsync: 'off'` for a throw-away database. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  readonly connection: {
    /** The folder of the Unix socket. */
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly database: string;
  };
  /** Shuts Postgres down and resolves when it is gone. May be called any number of times. */
  stop(): Promise<void>;
  /** Settles when Postgres has ended for good: it was stopped, or it cannot be kept running. */
  readonly exited: Promise<Exit>;
}

/**
 * @example
 * const postgres = await startEmbedded({ dataDir: './data', log: console.error });
 * const pool = new pg.Pool(postgres.connection);
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  if (process.platform === 'win32') {
    throw new EmbeddedPostgresError(
      'The bundled Postgres needs Linux or macOS. Set DATABASE_URL to a Postgres server.',
    );
  }
  const ownership = await takeOwnership(options.dataDir);
  try {
    return await startOwned(ownership.dataDir, options, () => ownership.release());
  } catch (error) {
    ownership.release();
    throw error;
  }
}

async function startOwned(
  dataDir: string,
  options: EmbeddedOptions,
  release: () => void,
): Promise<EmbeddedPostgres> {
  const { log } = options;
  const postmaster = await prepare(dataDir, options);
  const start = () => startPostmaster(postmaster);
  const socket = socketPath(postmaster.place.dir);
  const running = await start().catch((error) => {
    socket.release();
    throw error;
  });
  const address = { host: socket.host, port: PORT };
  try {
    await ensureDatabase(address);
  } catch (error) {
    await shutDown(running, log);
    socket.release();
    throw error;
  }
  const { exited, stop } = supervise(running, start, log, () => isDiskFull(postmaster.place.dir));
  const released = exited.then((exit) => {
    socket.release();
    release();
    return exit;
  });
  return {
    connection: { ...address, user: SUPERUSER, database: DATABASE },
    exited: released,
    async stop() {
      await stop();
      await released;
    },
  };
}

/** The cluster, new or found, and all that is needed to start Postgres on it, again if need be. */
async function prepare(dataDir: string, options: EmbeddedOptions): Promise<PostmasterOptions> {
  const { log, settings = {} } = options;
  const logFile = join(dataDir, 'postgres.log');
  const cluster = existingCluster(dataDir);
  const account = chooseAccount(cluster?.stat);
  const binaries = await findBinaries({ account, copiesIn: copiesIn(dataDir, account), log });
  if (cluster !== undefined) {
    assertVersion(cluster.dir, binaries.majorVersion);
    const place = await findPlace(cluster, account);
    return { postgres: binaries.postgres, place, account, dataDir, logFile, settings, log };
  }
  const durable = settings.fsync !== 'off';
  const { initdb, postgres } = binaries;
  const place = await createCluster({ dataDir, initdb, account, logFile, durable, log });
  return { postgres, place, account, dataDir, logFile, settings, log };
}
