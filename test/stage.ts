// A whole Switchyard for tests: real routes, flows, connectors and Postgres, with a clock that can be moved and PSPs
// that the test chooses. Nothing runs by itself: the test says when the worker works.
import { type FastifyInstance, fastify } from 'fastify';
import type { App } from '../src/api/app.ts';
import { presentEvent } from '../src/api/reevit/events/present.ts';
import { buildServer } from '../src/api/server.ts';
import type { ScriptPool } from '../src/connectors/script/contract.ts';
import { noScripts } from '../src/connectors/script/no-pool.ts';
import { type Network, Transport } from '../src/connectors/transport.ts';
import type { Context } from '../src/flows/context.ts';
import { openContext } from '../src/flows/open-context.ts';
import { workDue } from '../src/flows/sync/work-due.ts';
import { systemRandom } from '../src/kernel/ports.ts';
import { createLog } from '../src/observe/log.ts';
import { Metrics } from '../src/observe/metrics.ts';
import { mountSimulators, type SimulatorsHandle } from '../src/simulators/mount.ts';
import type { Timers } from '../src/simulators/timers.ts';
import type { Deliver } from '../src/simulators/webhooks.ts';
import { openDb } from '../src/store/db.ts';
import { surfacesOf } from '../src/surfaces.ts';
import { openKeyRing } from '../src/vault/key-ring.ts';
import { testDatabase } from './database.ts';

const ADMIN_TOKEN = 'test-admin-token';

/** Real time plus an offset: the test moves the offset, time itself goes on. */
export class MovableClock {
  #offsetMs = 0;
  nowMs(): number {
    return Date.now() + this.#offsetMs;
  }
  advance(ms: number): void {
    this.#offsetMs += ms;
  }
}

export interface StageOptions {
  /** Base URLs of PSPs that the test runs itself; the others are the simulators. */
  readonly providerUrls?: Readonly<Record<string, string>>;
  /** How long a PSP call may take, at most. A function when that changes during a test. */
  readonly deadlineMs?: number | (() => number);
  /** Gets the simulators' webhooks instead of the server: for tests that own the post. */
  readonly deliver?: Deliver;
  /** When the simulators do what they do later; the system's timers unless the test owns the time. */
  readonly timers?: Timers;
  /** Hears that something became due; nobody does unless the test listens. */
  readonly wake?: Context['wake'];
  /** Runs scripts; none run unless the test brings it. */
  readonly scripts?: ScriptPool;
}

export interface Stage {
  readonly context: Context;
  readonly app: App;
  readonly clock: MovableClock;
  readonly simulators: SimulatorsHandle;
  /** Address of the simulators. */
  readonly pspUrl: string;
  /** Of its database. */
  readonly connectionString: string;
  readonly logLines: string[];
  /** Does what is due, again and again, until nothing is. */
  work(): Promise<void>;
  /** Moves the clock, then works. */
  later(ms: number): Promise<void>;
  merchant(name?: string): Promise<Merchant>;
  close(): Promise<void>;
}

export interface Answer<T = Record<string, never>> {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what the API answered
  readonly body: any & T;
}

export interface Merchant {
  readonly organization: {
    readonly id: string;
    readonly environments: readonly { readonly id: string }[];
  };
  readonly key: string;
  send(
    method: string,
    path: string,
    json?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** A sandbox connection that works; answers its id. */
  connect(provider: 'paystack' | 'stripe', more?: Record<string, unknown>): Promise<string>;
  /** The secret key of a connection at its PSP. */
  secretKeyOf(connectionId: string): string;
}

export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const { context, transport, metrics, clock, database, urls, logLines, late } =
    await openParts(options);
  const psp = fastify();
  const simulators = mountSimulators(psp as unknown as FastifyInstance, {
    publicUrl: () => urls.simulators,
    webhookTarget: (provider) => `${urls.own}/v1/webhooks/incoming/${provider}`,
    booksDir: null,
    ports: context.ports,
    log: context.log,
    ...(options.deliver ? { deliver: options.deliver } : {}),
    ...(options.timers ? { timers: options.timers } : {}),
  });
  late.simulators = simulators;
  urls.simulators = await psp.listen({ port: 0, host: '127.0.0.1' });
  const app = buildServer({
    context,
    logger: createLog({ level: 'error', write: (line) => logLines.push(line) }),
    metrics,
    surfaces: surfacesOf(context, ADMIN_TOKEN),
  });
  urls.own = await app.listen({ port: 0, host: '127.0.0.1' });
  const work = async () => {
    while ((await workDue(context)) > 0);
  };
  return {
    context,
    app,
    clock,
    simulators,
    pspUrl: urls.simulators,
    connectionString: database.connectionString,
    logLines,
    work,
    later: async (ms) => {
      clock.advance(ms);
      await work();
    },
    merchant: (name = 'Acme') => openMerchant(app, name),
    close: async () => {
      await app.close();
      await psp.close();
      await transport.close();
      await context.db.close();
      await database.close();
    },
  };
}

async function openParts({
  providerUrls = {},
  deadlineMs = 2_000,
  scripts = noScripts,
  wake = () => {},
}: StageOptions) {
  const database = await testDatabase();
  const { connectionString } = database;
  const db = openDb({ connection: { connectionString }, maxConnections: 10 });
  const clock = new MovableClock();
  const transport = new Transport();
  const metrics = new Metrics();
  const logLines: string[] = [];
  const urls = { simulators: '', own: '' };
  const late: { simulators: SimulatorsHandle | null } = { simulators: null };
  const simulators = () => urls.simulators;
  const context = openContext({
    db,
    ports: { clock, random: systemRandom },
    keyRing: openKeyRing(systemRandom.bytes(32).toString('base64')),
    log: createLog({ level: 'info', write: (line) => logLines.push(line) }),
    metrics,
    transport: within(deadlineMs, transport),
    scripts,
    publicUrl: () => urls.own,
    overrides: providerUrls,
    simulators: { url: simulators, publicUrl: simulators },
    localEndpoints: true,
    presentEvent,
    wake,
    onCredentialsSaved: (...saved) => late.simulators?.knowEndpoint(...saved),
  });
  return { context, transport, metrics, clock, database, urls, logLines, late };
}

/** No test waits for a PSP as long as a server does. */
function within(deadlineMs: number | (() => number), transport: Transport): Network {
  const atMost = (ms = Number.POSITIVE_INFINITY) =>
    Math.min(ms, typeof deadlineMs === 'number' ? deadlineMs : deadlineMs());
  return {
    to: (url, ms) => transport.to(url, atMost(ms)),
    through: (lookup, origin, ms) => transport.through(lookup, origin, atMost(ms)),
    toEndpoint: (url, reach, ms) => transport.toEndpoint(url, reach, atMost(ms)),
    postToMerchant: transport.postToMerchant,
  };
}

async function openMerchant(app: App, name: string): Promise<Merchant> {
  const made = await app.inject({
    method: 'POST',
    url: '/admin/v1/organizations',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    payload: { name },
  });
  const organization = made.json();
  const key: string = organization.environments[0].reevit_api_key;
  const secrets = new Map<string, string>();
  const send: Merchant['send'] = async (method, path, json, headers = {}) => {
    const reply = await app.inject({
      method: method as 'GET',
      url: `/v1${path}`,
      headers: { 'x-reevit-key': key, ...headers },
      ...(json === undefined ? {} : { payload: json as object }),
    });
    const text = reply.payload;
    return {
      status: reply.statusCode,
      headers: reply.headers,
      text,
      body: text === '' ? null : JSON.parse(text),
    };
  };
  return {
    organization,
    key,
    send,
    secretKeyOf: (id) => secrets.get(id) ?? '',
    connect: async (provider, more = {}) => {
      const secret = `sk_test_${systemRandom.bytes(16).toString('hex')}`;
      const credentials =
        provider === 'stripe'
          ? {
              secret_key: secret,
              publishable_key: 'pk_test_x1234567',
              stripe_webhook_secret: 'whsec_test_1234567890',
            }
          : { secret_key: secret, public_key: 'pk_test_x1234567' };
      const body = { provider, mode: 'sandbox', credentials, ...more };
      const { status, body: connection, text } = await send('POST', '/connections', body);
      if (status !== 201) throw new Error(`connect ${provider}: ${status} ${text}`);
      secrets.set(connection.id, secret);
      return connection.id;
    },
  };
}
