// The composition root: config -> parts -> listen, and the same backwards. Nothing else knows all the parts.
import { join } from 'node:path';
import { presentEvent } from './api/reevit/events/present.ts';
import { buildServer } from './api/server.ts';
import { type Config, httpAddress } from './config.ts';
import { openScriptPool } from './connectors/script/pool.ts';
import { Transport } from './connectors/transport.ts';
import type { Context } from './flows/context.ts';
import { openContext } from './flows/open-context.ts';
import { LEASE_MS } from './flows/sync/work-due.ts';
import { systemRandom } from './kernel/ports.ts';
import { createLog } from './observe/log.ts';
import { Metrics } from './observe/metrics.ts';
import { mountSimulators, type SimulatorsHandle } from './simulators/mount.ts';
import { openDatabaseClock } from './store/database-clock.ts';
import { openDb } from './store/db.ts';
import { wakeOrphans } from './store/due.ts';
import { migrate } from './store/migrate.ts';
import { provideDatabase } from './store/provide-database.ts';
import { surfacesOf } from './surfaces.ts';
import { provideSecrets } from './vault/provide-secrets.ts';
import { endInFlight, Stopping, stopTimes, within } from './work/stopping.ts';
import { takeWaiting } from './work/take-waiting.ts';
import { startUpkeep } from './work/upkeep.ts';
import { startWorker, type Worker } from './work/worker.ts';

export interface RunningServer {
  /** As this machine reaches it. */
  readonly url: string;
  readonly context: Context;
  /** The database is the bundled one: ours alone. */
  readonly embedded: boolean;
  /** Resolves with a sentence when the server cannot go on; never otherwise. */
  readonly failed: Promise<string>;
  /** Ends what is in flight, then the parts, the database last. */
  stop(): Promise<void>;
}

export async function startServer(
  config: Config,
  log = createLog({ level: config.logLevel }),
): Promise<RunningServer> {
  const stopping = new Stopping();
  try {
    const opened = await open(config, log, stopping);
    return { ...opened, stop: () => stopping.run() };
  } catch (error) {
    await stopping.run().catch(() => {}); // what went wrong first is what has to be told
    throw error;
  }
}

async function open(config: Config, log: ReturnType<typeof createLog>, stopping: Stopping) {
  const [servesApi, simulates] = [config.roles.has('api'), config.sandbox === 'simulator'];
  const { embedded, connection, ...database } = await provideDatabase(config, (s) => log.warn(s));
  stopping.first(() => database.stop());
  const { keyRing, adminToken } = await provideSecrets(config, systemRandom);
  await migrate(connection);
  const db = openDb({ connection, maxConnections: config.databaseConnections });
  stopping.first(() => within(stopTimes.settleMs, db.close()));
  const ports = { clock: await openDatabaseClock(db), random: systemRandom };
  const own = { url: '' };
  const publicUrl = () => config.publicUrl ?? own.url;
  const [transport, metrics] = [new Transport(), new Metrics()];
  metrics.watchProcess();
  metrics.watchPool(() => db.pool());
  let worker: Worker | null = null;
  let simulators: SimulatorsHandle | null = null;
  const scripts = openScriptPool(ports, { slots: config.scriptSlots });
  const parts = { db, ports, keyRing, log, metrics, transport, publicUrl, scripts };
  const context = openContext({
    ...parts,
    overrides: config.providerUrls,
    // A process that only works finds the simulators where browsers do.
    simulators: simulates ? { url: servesApi ? () => own.url : publicUrl, publicUrl } : null,
    localEndpoints: config.localEndpoints,
    presentEvent,
    wake: (queue) => worker?.wake(queue),
    onCredentialsSaved: (...saved) => simulators?.knowEndpoint(...saved),
  });
  await context.flows.open();
  const upkeep = startUpkeep(context, ports.clock);
  stopping.first(() => upkeep.stop().then(() => scripts.close()));
  const surfaces = servesApi ? surfacesOf(context, adminToken) : [];
  const limits = { requestsPerMinute: config.requestsPerMinute };
  const app = buildServer({ context, logger: log, metrics, surfaces, limits });
  const closeServer = () => takeWaiting(app.server).then(() => app.close());
  stopping.first(() => endInFlight(closeServer, worker, transport));
  if (simulates && servesApi) {
    const webhookTarget = (provider: string) => `${own.url}/v1/webhooks/incoming/${provider}`;
    const booksDir = join(config.dataDir, 'simulators');
    simulators = mountSimulators(app, { ports, log, booksDir, webhookTarget, publicUrl });
  }
  await app.listen({ host: config.host, port: config.port });
  own.url = httpAddress(config.host, (app.server.address() as { port: number }).port);
  if (embedded) await wakeOrphans(db, ports.clock.nowMs(), LEASE_MS);
  if (config.roles.has('worker')) worker = startWorker(context);
  return { url: own.url, context, embedded, failed: database.failed };
}
