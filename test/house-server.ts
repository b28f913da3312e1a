// For tests: the whole HTTP server in this process on a database of its own, with a clock that a test can set and PSPs
// that a test scripts. Requests go through `inject`, so nothing listens.
import type { InjectOptions } from 'fastify';
import { pino } from 'pino';
import { adminApi } from '../src/api/admin/api.ts';
import type { App, Surface } from '../src/api/app.ts';
import { type Noun, reevitApi } from '../src/api/reevit/api.ts';
import { presentEvent } from '../src/api/reevit/events/present.ts';
import { buildServer, type ServerLimits } from '../src/api/server.ts';
import { providers } from '../src/connectors/registry.ts';
import type { ScriptPool } from '../src/connectors/script/contract.ts';
import { noScripts } from '../src/connectors/script/no-pool.ts';
import type { Network, Send, Transmission } from '../src/connectors/transport.ts';
import type { Context } from '../src/flows/context.ts';
import { openContext } from '../src/flows/open-context.ts';
import { type Ports, systemRandom } from '../src/kernel/ports.ts';
import { Metrics } from '../src/observe/metrics.ts';
import { type Db, openDb } from '../src/store/db.ts';
import { openKeyRing } from '../src/vault/key-ring.ts';
import { type TestDatabase, testDatabase } from './database.ts';

export const ADMIN_TOKEN = 'admin-token-of-tests';

export interface HouseOptions {
  readonly nouns?: readonly Noun[];
  readonly surfaces?: (context: Context) => readonly Surface[];
  readonly limits?: Partial<ServerLimits>;
  readonly send?: Send;
  /** Left out: no scripts run. */
  readonly scripts?: ScriptPool;
  readonly onCredentialsSaved?: Context['onCredentialsSaved'];
}

export interface MadeOrganization {
  readonly id: string;
  readonly name: string;
  readonly brand_id: string;
  readonly environments: readonly {
    readonly id: string;
    readonly mode: 'sandbox' | 'live';
    readonly reevit_api_key: string;
    readonly connxt_secret_token: string;
    readonly formance_client: { readonly client_id: string; readonly client_secret: string };
  }[];
}

const offline: Send = async (): Promise<Transmission> => ({ sent: 'not_sent', reason: 'offline' });

/** Every way out leads to one sender. */
function networkOf(send: Send): Network {
  const to = () => send;
  const postToMerchant = async () => ({ kind: 'failed', reason: 'offline' }) as const;
  return { to, through: to, toEndpoint: to, postToMerchant };
}

export class House {
  readonly app: App;
  readonly context: Context;
  readonly db: Db;
  readonly logged: string[];
  readonly #database: TestDatabase;
  readonly #clock: { aheadMs: number };

  private constructor(parts: {
    app: App;
    context: Context;
    logged: string[];
    database: TestDatabase;
    clock: { aheadMs: number };
  }) {
    this.app = parts.app;
    this.context = parts.context;
    this.db = parts.context.db;
    this.logged = parts.logged;
    this.#database = parts.database;
    this.#clock = parts.clock;
  }

  static async open(options: HouseOptions = {}): Promise<House> {
    const database = await testDatabase();
    const { connectionString } = database;
    const db = openDb({ connection: { connectionString }, maxConnections: 8 });
    const clock = { aheadMs: 0 };
    const ports: Ports = {
      clock: { nowMs: () => Date.now() + clock.aheadMs },
      random: systemRandom,
    };
    const logged: string[] = [];
    const logger = pino({ level: 'debug' }, { write: (line: string) => logged.push(line) });
    const metrics = new Metrics();
    const context = openContext({
      db,
      ports,
      keyRing: openKeyRing(systemRandom.bytes(32).toString('base64')),
      log: logger,
      metrics,
      transport: networkOf(options.send ?? offline),
      scripts: options.scripts ?? noScripts,
      publicUrl: () => 'http://127.0.0.1:8081',
      overrides: Object.fromEntries(providers().map((one) => [one, 'http://psp.invalid'])),
      simulators: null,
      localEndpoints: true,
      presentEvent,
      wake: () => {},
      onCredentialsSaved: options.onCredentialsSaved ?? null,
    });
    const app = buildServer({
      context,
      logger,
      metrics,
      surfaces: [
        reevitApi(context, options.nouns ?? []),
        adminApi(context, ADMIN_TOKEN),
        ...(options.surfaces?.(context) ?? []),
      ],
      ...(options.limits ? { limits: options.limits } : {}),
    });
    await app.ready();
    return new House({ app, context, logged, database, clock });
  }

  /** Moves the clock of everything but the database. */
  passMs(ms: number): void {
    this.#clock.aheadMs += ms;
  }

  async organization(name = 'Acme'): Promise<MadeOrganization> {
    const reply = await this.app.inject({
      method: 'POST',
      url: '/admin/v1/organizations',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      payload: { name },
    });
    if (reply.statusCode !== 201) throw new Error(`no organization: ${reply.body}`);
    return reply.json();
  }

  /** A new organization's client of the Reevit API. */
  async merchant(mode: 'sandbox' | 'live' = 'sandbox'): Promise<Client> {
    return this.client(await this.organization(), mode);
  }

  client(organization: MadeOrganization, mode: 'sandbox' | 'live' = 'sandbox'): Client {
    const environment = organization.environments.find((one) => one.mode === mode)!;
    return new Client(this.app, environment.reevit_api_key, organization.id, environment.id);
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.db.close();
    await this.#database.close();
  }
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read what the server answered
  readonly body: any;
}

export class Client {
  readonly key: string;
  readonly organizationId: string;
  readonly environmentId: string;
  readonly #app: App;

  constructor(app: App, key: string, organizationId: string, environmentId: string) {
    this.#app = app;
    this.key = key;
    this.organizationId = organizationId;
    this.environmentId = environmentId;
  }

  get = (path: string, headers?: Headers) => this.send('GET', path, undefined, headers);
  post = (path: string, body?: unknown, headers?: Headers) =>
    this.send('POST', path, body, headers);
  patch = (path: string, body?: unknown, headers?: Headers) =>
    this.send('PATCH', path, body, headers);
  delete = (path: string, headers?: Headers) => this.send('DELETE', path, undefined, headers);

  /** Paths below /v1. Header `undefined`: left out. */
  async send(method: Method, path: string, body?: unknown, headers: Headers = {}): Promise<Reply> {
    const all = { 'x-reevit-key': this.key, 'x-org-id': this.organizationId, ...headers };
    const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    const options: InjectOptions = { method, url: `/v1${path}`, headers: sent as HeaderValues };
    if (body !== undefined) options.payload = body as NonNullable<InjectOptions['payload']>;
    const reply = await this.#app.inject(options);
    const { statusCode: status, body: text } = reply;
    return { status, headers: reply.headers, text, body: text === '' ? undefined : parse(text) };
  }
}

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
type HeaderValues = Record<string, string>;
type Headers = Readonly<Record<string, string | undefined>>;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
