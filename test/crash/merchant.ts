// A merchant's software: calls the API over real connections and remembers what it was answered. A call without an
// answer is `lost`, which says nothing about what became of it.
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'undici';
import type { Provider, Psps } from './psps.ts';

export const ADMIN_TOKEN = 'admin-token-of-crash-tests';
const AS_ADMIN = { authorization: `Bearer ${ADMIN_TOKEN}` };
const HOUR_MS = 3_600_000;
const WEBHOOK_SECRET = 'whsec_crash_test_1234567890';

// biome-ignore lint/suspicious/noExplicitAny: tests read what the server answered
export type Json = any;

export interface Reply {
  readonly status: number;
  readonly body: Json;
  readonly text: string;
  readonly replayed: boolean;
  /** Seconds; null when it is not said. */
  readonly retryAfter: string | null;
}

export interface Lost {
  /** True: nobody listened, so it was surely not accepted. */
  readonly refused: boolean;
  readonly reason: string;
}

export type Answer = { readonly reply: Reply; readonly lost: null } | NoAnswer;
interface NoAnswer {
  readonly reply: null;
  readonly lost: Lost;
}

/** As patient as an HTTP client commonly is, and more than the 30 s in which every accepted request is answered. */
const PATIENCE_MS = 45_000;

export class Merchant {
  /** Which server the next call goes to. */
  address: () => string;
  readonly #agent = new Agent({ headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS });
  #key = '';
  #environment = '';

  constructor(address: () => string) {
    this.address = address;
  }

  /** Becomes a new organization of the server. */
  async signUp(name: string): Promise<void> {
    const made = await this.mustSend('POST', '/admin/v1/organizations', { name }, AS_ADMIN);
    this.#key = made.environments[0].reevit_api_key;
    this.#environment = made.environments[0].id;
  }

  /** Has all that a connection's PSP lists be read again, from the beginning. */
  async ingest(connection: string): Promise<void> {
    const body = { period_s: 60, since: new Date(Date.now() - HOUR_MS).toISOString() };
    await this.mustSend('PUT', this.#ingestionOf(connection), body, AS_ADMIN);
  }

  /** Whether those histories were read up to a moment after they were asked for, and nothing failed. */
  async hasIngested(connections: readonly string[]): Promise<boolean> {
    const all = await Promise.all(
      connections.map((one) => this.mustSend('GET', this.#ingestionOf(one), undefined, AS_ADMIN)),
    );
    return all.every(({ ingestion }) =>
      ingestion.every(({ covered_to, failures }: Json) => covered_to !== null && failures === 0),
    );
  }

  #ingestionOf(connection: string): string {
    return `/admin/v1/environments/${this.#environment}/connections/${connection}/ingestion`;
  }

  async connect(provider: Provider, psps: Psps): Promise<{ id: string; secretKey: string }> {
    const secretKey = `sk_test_${randomBytes(16).toString('hex')}`;
    const signs = provider === 'stripe';
    const credentials = {
      secret_key: secretKey,
      ...(signs ? { stripe_webhook_secret: WEBHOOK_SECRET } : {}),
    };
    const capabilities = { methods: ['card', 'mobile_money'], countries: ['GH'] };
    const body = { provider, mode: 'sandbox', credentials, capabilities };
    const { id } = await this.mustSend('POST', '/v1/connections', body);
    const target = `${this.address()}/v1/webhooks/incoming/${provider}`;
    if (signs) await psps.signWith(provider, secretKey, target, WEBHOOK_SECRET);
    return { id, secretKey };
  }

  get = (path: string): Promise<Json> => this.mustSend('GET', path);

  async send(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body?: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    try {
      const sent = await request(`${this.address()}${path}`, {
        dispatcher: this.#agent,
        method,
        headers: {
          'x-reevit-key': this.#key,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await sent.body.text();
      const reply = {
        status: sent.statusCode,
        text,
        body: JSON.parse(text),
        replayed: sent.headers['idempotent-replayed'] === 'true',
        retryAfter: sent.headers['retry-after']?.toString() ?? null,
      };
      return { reply, lost: null };
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      return { reply: null, lost: { refused: code === 'ECONNREFUSED', reason: code || message } };
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  private async mustSend(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body?: object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Json> {
    const { reply, lost } = await this.send(method, path, body, headers);
    if (!reply) throw new Error(`${method} ${path}: ${lost.reason}`);
    if (reply.status < 300) return reply.body;
    throw new Error(`${method} ${path}: ${reply.status} ${reply.text}`);
  }
}
