// What a command needs to work on the database of a server, whether that server runs or not.
import { presentEvent } from '../api/reevit/events/present.ts';
import type { Config } from '../config.ts';
import { httpAddress } from '../config.ts';
import { Transport } from '../connectors/transport.ts';
import type { Context } from '../flows/context.ts';
import { openContext } from '../flows/open-context.ts';
import { systemPorts } from '../kernel/ports.ts';
import { createLog } from '../observe/log.ts';
import { Metrics } from '../observe/metrics.ts';
import { openDb, sqlState } from '../store/db.ts';
import { migrate } from '../store/migrate.ts';
import { joinDatabase } from '../store/provide-database.ts';
import { isMigrated } from '../store/readiness.ts';
import { provideKeyRing } from '../vault/provide-secrets.ts';
import { Stopping } from '../work/stopping.ts';
import { CommandError } from './fault.ts';

const CONNECTIONS = 4;

export async function withContext<T>(
  config: Config,
  work: (context: Context) => Promise<T>,
): Promise<T> {
  const stopping = new Stopping();
  try {
    const database = await joinDatabase(config, () => {});
    stopping.first(() => database.stop());
    const { connection } = database;
    const db = openDb({ connection, maxConnections: CONNECTIONS, statementTimeoutMs: 0 });
    stopping.first(() => db.close());
    if (database.embedded) await migrate(connection);
    else if (!(await isMigrated(db).catch(orNoTable)))
      throw new CommandError('The database is not up to date: run `switchyard migrate` first.');
    const keyRing = await provideKeyRing(config, systemPorts.random);
    const transport = new Transport();
    stopping.first(() => transport.close());
    const url = () => config.publicUrl ?? httpAddress(config.host, config.port);
    return await work(
      openContext({
        db,
        ports: systemPorts,
        keyRing,
        log: createLog({ level: 'silent' }),
        metrics: new Metrics(),
        transport,
        publicUrl: url,
        overrides: config.providerUrls,
        simulators: config.sandbox === 'simulator' ? { url, publicUrl: url } : null,
        localEndpoints: config.localEndpoints,
        presentEvent,
        wake: () => {},
        onCredentialsSaved: null,
      }),
    );
  } finally {
    await stopping.run();
  }
}

/** A database that was never migrated does not even have the table of migrations. */
function orNoTable(error: unknown): boolean {
  if (sqlState(error) === '42P01') return false;
  throw error;
}
