// The HTTP client that every PSP call goes through. It knows what was sent: `not_sent` (no byte of the request
// left), `unknown` (some may have left and no whole answer came) or `replied`. It never retries.
import type { IncomingHttpHeaders } from 'node:http';
import type { LookupFunction } from 'node:net';
import { Agent, type Dispatcher, errors, Pool } from 'undici';
import { lookupFor, MerchantPost, type PostToMerchant } from './merchant-post.ts';
import type { Reach } from './public-address.ts';

export interface PspRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query below the PSP's base URL, starting with `/`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Already encoded (JSON text or form). */
  readonly body?: string;
  /** True for a non-GET call that moves no money (a token, a recipient): losing its reply is harmless. */
  readonly movesNoMoney?: boolean;
  /** One of the manifest's further hosts; absent: the base URL. */
  readonly host?: string;
  /** The reply is a secret (an access token): nothing of it is kept. */
  readonly secretReply?: true;
  /**
   * Whether a 5xx reply is one that the PSP documents as a refusal of something it did not execute
   * (psp/common.md section 2); of a question, as an answer to it. Any other 5xx proves nothing.
   */
  readonly refusesBy5xx?: (text: string) => boolean;
}

export type Transmission =
  | { readonly sent: 'not_sent'; readonly reason: string }
  | { readonly sent: 'unknown'; readonly reason: string }
  | {
      readonly sent: 'replied';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly text: string;
    };

/** Sends one request to one PSP. The base URL, deadline and limits are bound by the host. */
export type Send = (request: PspRequest) => Promise<Transmission>;

export interface TransportOptions {
  /** Whole time for connect, send and read. DESIGN section 1: 20 s. */
  readonly deadlineMs: number;
  readonly maxReplyBytes: number;
  readonly connectionsPerHost: number;
}

const transportDefaults: TransportOptions = {
  deadlineMs: 20_000,
  maxReplyBytes: 2 * 1024 * 1024,
  connectionsPerHost: 64,
};

/** The ways out of a process: to PSPs and to merchants. */
export type Network = Pick<Transport, 'to' | 'through' | 'toEndpoint' | 'postToMerchant'>;

interface Base {
  readonly pool: Dispatcher;
  /** For a dispatcher that serves many. */
  readonly origin?: string;
  readonly prefix: string;
}

export class Transport {
  readonly #options: TransportOptions;
  readonly #pools = new Map<string, Pool>();
  /** Few: one per provider and mode. */
  readonly #bases = new Map<string, Base>();

  readonly #agents = new Map<Reach, Agent>();
  readonly #merchants = new MerchantPost();

  constructor(options: Partial<TransportOptions> = {}) {
    this.#options = { ...transportDefaults, ...options };
  }

  /**
   * A sender for one PSP; `baseUrl` may carry a path (`http://127.0.0.1:8081/simulators/paystack`). The deadline is
   * for each request that it sends.
   */
  to(baseUrl: string, deadlineMs = this.#options.deadlineMs): Send {
    let base = this.#bases.get(baseUrl);
    if (!base) {
      const url = new URL(baseUrl);
      base = { pool: this.#pool(url.origin), prefix: url.pathname.replace(/\/+$/, '') };
      this.#bases.set(baseUrl, base);
    }
    const target = base;
    return (request) => this.#send(target, request, deadlineMs);
  }

  /** A sender to one origin whose name is resolved by `lookup`, which may refuse; kept apart from all others. */
  through(lookup: LookupFunction, origin: string, deadlineMs = this.#options.deadlineMs): Send {
    const pool = this.#pool(origin, lookup);
    return (request) => this.#send({ pool, prefix: '' }, request, deadlineMs);
  }

  /**
   * A sender to a base URL that a merchant named and that was found fit to be called: the addresses behind its name are
   * checked at each connect.
   */
  toEndpoint(baseUrl: string, reach: Reach, deadlineMs = this.#options.deadlineMs): Send {
    const { origin, pathname } = new URL(baseUrl);
    const target = { pool: this.#agent(reach), origin, prefix: pathname.replace(/\/+$/, '') };
    return (request) => this.#send(target, request, deadlineMs);
  }

  /** Events for merchants go out through the same door. */
  get postToMerchant(): PostToMerchant {
    return this.#merchants.post;
  }

  /** Cuts what is under way: its transmission is `unknown`, or `not_sent`. */
  async close(): Promise<void> {
    const ours = [...this.#pools.values(), ...this.#agents.values()];
    await Promise.all(ours.map((pool) => pool.destroy()));
    await this.#merchants.close();
    this.#pools.clear();
    this.#agents.clear();
    this.#bases.clear();
  }

  #agent(reach: Reach): Agent {
    let agent = this.#agents.get(reach);
    if (!agent) {
      agent = new Agent({
        connections: this.#options.connectionsPerHost,
        pipelining: 1,
        maxResponseSize: this.#options.maxReplyBytes,
        keepAliveTimeout: 10_000,
        connect: {
          timeout: Math.min(10_000, this.#options.deadlineMs),
          lookup: lookupFor(reach),
        },
      });
      this.#agents.set(reach, agent);
    }
    return agent;
  }

  #pool(origin: string, lookup?: LookupFunction): Pool {
    const name = lookup ? `checked ${origin}` : origin;
    let pool = this.#pools.get(name);
    if (!pool) {
      pool = new Pool(origin, {
        connections: this.#options.connectionsPerHost,
        pipelining: 1, // a second request behind a hanging one could be neither sent nor not sent
        connectTimeout: Math.min(10_000, this.#options.deadlineMs),
        maxResponseSize: this.#options.maxReplyBytes,
        keepAliveTimeout: 10_000,
        ...(lookup ? { connect: { lookup } } : {}),
      });
      this.#pools.set(name, pool);
    }
    return pool;
  }

  #send(
    { pool, origin, prefix }: Base,
    { method, path, headers, body }: PspRequest,
    deadlineMs: number,
  ): Promise<Transmission> {
    const request = {
      ...(origin === undefined ? {} : { origin }),
      method,
      path: `${prefix}${path}`,
      headers: { accept: 'application/json', 'user-agent': 'switchyard', ...headers },
      body: body ?? null,
      headersTimeout: deadlineMs,
      bodyTimeout: deadlineMs,
    };
    return new Promise((resolve) => pool.dispatch(request, new Sending(resolve, deadlineMs)));
  }
}

const DEADLINE_PASSED = 'deadline passed';

/**
 * What becomes of one request. Undici's handler is used as it is: a stream, a signal and a promise of its own for each
 * would cost as much as the call.
 */
class Sending implements Dispatcher.DispatchHandler {
  readonly #resolve: (transmission: Transmission) => void;
  readonly #deadline: NodeJS.Timeout;
  /** Set when a connected socket took the request: from there on bytes of it may have left. */
  #controller: Dispatcher.DispatchController | null = null;
  #isLate = false;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  readonly #chunks: Buffer[] = [];

  constructor(resolve: (transmission: Transmission) => void, deadlineMs: number) {
    this.#resolve = resolve;
    this.#deadline = setTimeout(() => {
      this.#isLate = true;
      this.#controller?.abort(new Error(DEADLINE_PASSED));
      this.#lose(DEADLINE_PASSED);
    }, deadlineMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // A request that waits for a connection cannot be taken back. It was answered for, so no byte of it may leave.
    if (this.#isLate) controller.abort(new Error(DEADLINE_PASSED));
    else this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200) return; // the reply is still to come
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const text = Buffer.concat(this.#chunks)
      .toString()
      .replace(/^\uFEFF/, '');
    this.#end({ sent: 'replied', status: this.#status, headers: flat(this.#headers), text });
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#lose(this.#isLate ? DEADLINE_PASSED : codeOf(error));
  }

  /** Whatever went wrong: once the request was on a connection, bytes of it may have left. */
  #lose(reason: string): void {
    this.#end({ sent: this.#controller ? 'unknown' : 'not_sent', reason });
  }

  /** The first word counts. */
  #end(transmission: Transmission): void {
    clearTimeout(this.#deadline);
    this.#resolve(transmission);
  }
}

function codeOf(error: unknown): string {
  if (error instanceof errors.UndiciError) return error.code;
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if (error instanceof Error && 'code' in error && typeof error.code === 'string')
    return error.code;
  return error instanceof Error ? error.name : 'error';
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) result[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return result;
}

/** The reply's JSON object, or null when it is not one (HTML, truncated, empty, an array). */
export function jsonObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
