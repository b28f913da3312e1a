// What a benchmark of the whole needs: a PSP that only answers, a server with its own Postgres, a merchant with one
// connection, and a way to the same database beside the server.
import { join } from 'node:path';
import pg from 'pg';
import { type ReachedPostgres, reachEmbedded } from '../src/store/embedded/reach.ts';
import { type Child, startChild } from './child.ts';
import type { LoadOrder, LoadResult } from './children/load.ts';
import type { PspOrder, PspWord } from './children/psp.ts';
import { removeDir, temporaryDir } from './leftovers.ts';
import { type ProcessorTime, processorTimeOf } from './processor.ts';
import { ADMIN_TOKEN, type Server, startServer } from './server.ts';

export interface Stand {
  readonly url: string;
  readonly apiKey: string;
  readonly environmentId: string;
  /** Of its one connection. */
  readonly connectionId: string;
  /** What the merchant's ledger is reached with. */
  readonly ledger: { readonly token: string; readonly connectorID: string };
  readonly dataDir: string;
  readonly connection: ReachedPostgres['connection'];
  /** One connection to the database, for what the benchmark looks up and cleans up. */
  readonly database: pg.Client;
  load(order: Omit<LoadOrder, 'url' | 'apiKey'>): Promise<LoadResult>;
  /** How long the PSP takes from now on; answers how long it had each payment until now. */
  setPsp(order: PspOrder): Promise<ReadonlyMap<string, number>>;
  /** What the server and its Postgres have used until now. */
  processorTime(): ProcessorTime;
  /** Forgets every payment, and writes what is dirty to the disk: each measurement begins alike. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

const CLEAR = `TRUNCATE payments, attempts, operations, adjustments, events, idempotency_keys, inbound_webhooks,
  deliveries, delivery_attempts CASCADE`;

export const PAYSTACK_SECRET = `sk_test_${'0'.repeat(40)}`;

/** The longest writes a million payments. */
const STATEMENT_WITHIN_MS = 15 * 60_000;

export async function openStand(profileDir: string | null): Promise<Stand> {
  const closing: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const step of closing.toReversed()) await step();
  };
  try {
    return { ...(await open(profileDir, closing)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(
  profileDir: string | null,
  closing: (() => Promise<unknown>)[],
): Promise<Omit<Stand, 'close'>> {
  const dir = await temporaryDir();
  closing.push(() => removeDir(dir));
  const psp = startChild<PspOrder, PspWord>('psp');
  closing.push(psp.stop);
  const listening = await psp.first;
  if (listening.kind !== 'listening') throw new Error('the PSP is not there');
  const dataDir = join(dir, 'data');
  const server = await startServer({ dataDir, pspUrl: listening.url, profileDir });
  closing.push(server.stop);
  const { connection, release } = reachEmbedded(dataDir);
  closing.push(async () => release());
  const database = new pg.Client({ ...connection, statement_timeout: STATEMENT_WITHIN_MS });
  database.on('error', () => {}); // the server took its Postgres down; the next question tells
  await database.connect();
  closing.push(() => database.end());
  const load = startChild<LoadOrder, LoadResult>('load');
  closing.push(load.stop);
  const { apiKey, environmentId, connectionId, ledger } = await openMerchant(server);
  return {
    url: server.url,
    apiKey,
    environmentId,
    connectionId,
    ledger,
    dataDir,
    connection,
    database,
    load: (order) =>
      measured(load, {
        ...order,
        url: server.url,
        apiKey,
      }),
    setPsp: async (order) => {
      const word = await psp.ask(order, 10_000);
      return word.kind === 'seen' ? word.tookMs : new Map();
    },
    processorTime: () => processorTimeOf(server.pid),
    clear: async () => {
      await database.query(CLEAR);
      await database.query('CHECKPOINT');
    },
  };
}

async function measured(
  child: Child<LoadOrder, LoadResult>,
  order: LoadOrder,
): Promise<LoadResult> {
  const result = await child.ask(order, order.warmUpMs + order.measureMs + 60_000);
  // A number that was measured on errors means nothing.
  if (result.failures.length > 0) throw new Error(`requests failed: ${result.failures.join('; ')}`);
  if (result.samples.length === 0) throw new Error('no request was answered in the measured time');
  return result;
}

type Shop = Pick<Stand, 'apiKey' | 'environmentId' | 'connectionId' | 'ledger'>;

async function openMerchant({ url }: Server): Promise<Shop> {
  const organization = await post(`${url}/admin/v1/organizations`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    json: { name: 'Benchmark' },
  });
  const {
    id: environmentId,
    reevit_api_key: apiKey,
    formance_client: client,
  } = organization.environments[0];
  const connection = await post(`${url}/v1/connections`, {
    headers: { 'x-reevit-key': apiKey },
    json: {
      provider: 'paystack',
      mode: 'sandbox',
      credentials: { secret_key: PAYSTACK_SECRET, public_key: 'pk_test_benchmark' },
      capabilities: { methods: ['card', 'mobile_money'], countries: ['GH', 'NG'] },
    },
  });
  const { access_token: token } = await answered(`${url}/api/auth/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', ...client }),
  });
  const { data } = await answered(`${url}/api/payments/connectors`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const ledger = { token, connectorID: data[0].connectorID };
  return { apiKey, environmentId, connectionId: connection.id, ledger };
}

function post(url: string, { headers, json }: { headers: Record<string, string>; json: unknown }) {
  return answered(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(json),
  });
}

// biome-ignore lint/suspicious/noExplicitAny: a benchmark reads what the API answered
async function answered(url: string, request: RequestInit): Promise<any> {
  const reply = await fetch(url, request);
  if (!reply.ok) throw new Error(`${url}: ${reply.status} ${await reply.text()}`);
  return reply.json();
}
