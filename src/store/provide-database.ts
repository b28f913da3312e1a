// The database of this process: the one that DATABASE_URL names, or the bundled Postgres in the data directory.
import type { PoolConfig } from 'pg';
import { DataDirectoryInUse } from './embedded/errors.ts';
import { reachEmbedded } from './embedded/reach.ts';
import { startEmbedded } from './embedded/start.ts';

export interface DatabaseSettings {
  readonly databaseUrl: string | null;
  readonly dataDir: string;
}

export interface ProvidedDatabase {
  readonly connection: PoolConfig;
  /** True: it is ours alone, and ends with us. */
  readonly embedded: boolean;
  /** Resolves with a sentence when the bundled Postgres cannot be kept running; never otherwise. */
  readonly failed: Promise<string>;
  stop(): Promise<void>;
}

export async function provideDatabase(
  { databaseUrl, dataDir }: DatabaseSettings,
  log: (line: string) => void,
): Promise<ProvidedDatabase> {
  if (databaseUrl !== null) return borrowed({ connectionString: databaseUrl }, () => {});
  const postgres = await startEmbedded({ dataDir, log });
  return {
    connection: postgres.connection,
    embedded: true,
    failed: postgres.exited.then((exit) =>
      exit.cause === 'failed' ? exit.reason : new Promise<never>(() => {}),
    ),
    stop: () => postgres.stop(),
  };
}

/** For a command: as `provideDatabase`, but beside a server that runs on the data directory it uses that server's. */
export async function joinDatabase(
  settings: DatabaseSettings,
  log: (line: string) => void,
): Promise<ProvidedDatabase> {
  try {
    return await provideDatabase(settings, log);
  } catch (error) {
    if (!(error instanceof DataDirectoryInUse)) throw error;
    const { connection, release } = reachEmbedded(settings.dataDir);
    return borrowed(connection, release);
  }
}

function borrowed(connection: PoolConfig, release: () => void): ProvidedDatabase {
  return {
    connection,
    embedded: false,
    failed: new Promise<never>(() => {}),
    stop: async () => release(),
  };
}
