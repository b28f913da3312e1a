// The way to the bundled Postgres of a server that is running, for commands that work beside it.
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { DataDirectoryInUse } from './errors.ts';
import { existingCluster } from './place.ts';
import { DATABASE, PORT, SUPERUSER } from './settings.ts';
import { socketPath } from './socket-path.ts';
import type { EmbeddedPostgres } from './start.ts';

export interface ReachedPostgres {
  readonly connection: EmbeddedPostgres['connection'];
  /** Removes what was made to reach it; leaves the Postgres alone. */
  release(): void;
}

/** Throws `DataDirectoryInUse` when a server holds the directory but its Postgres does not take connections (yet). */
export function reachEmbedded(path: string): ReachedPostgres {
  const dataDir = realpathSync(path);
  const cluster = existingCluster(dataDir);
  if (cluster === undefined || !existsSync(join(cluster.dir, `.s.PGSQL.${PORT}`))) {
    throw new DataDirectoryInUse(dataDir, 'A server that is just starting or stopping');
  }
  const socket = socketPath(cluster.dir);
  const connection = { host: socket.host, port: PORT, user: SUPERUSER, database: DATABASE };
  return { connection, release: () => socket.release() };
}
