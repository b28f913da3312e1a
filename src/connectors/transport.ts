// The HTTP client that every PSP call goes through. It knows what was sent: `not_sent` (no byte of the request
// left), `unknown` (some may have left and no whole answer came) or `replied`. It never retries.
import { type Dispatcher, errors, Pool } from 'undici';

export interface PspRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query below the PSP's base URL, starting with `/`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Already encoded (JSON text or form). */
  readonly body?: string;
  /** True for a non-GET call that moves no money (a token, a recipient): losing its reply is harmless. */
  readonly movesNoMoney?: boolean;
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

export const transportDefaults: TransportOptions = {
  deadlineMs: 20_000,
  maxReplyBytes: 2 * 1024 * 1024,
  connectionsPerHost: 64,
};

/** Errors before the first byte of the request could leave. */
const NOT_SENT_CODES = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'EPROTO',
]);

export class Transport {
  readonly #options: TransportOptions;
  readonly #pools = new Map<string, Pool>();

  constructor(options: Partial<TransportOptions> = {}) {
    this.#options = { ...transportDefaults, ...options };
  }

  /** A sender for one PSP; `baseUrl` may carry a path (`http://127.0.0.1:8081/simulators/paystack`). */
  to(baseUrl: string): Send {
    const base = new URL(baseUrl);
    const prefix = base.pathname.replace(/\/+$/, '');
    const pool = this.#pool(base.origin);
    return (request) => this.#send(pool, prefix, request);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
    this.#pools.clear();
  }

  #pool(origin: string): Pool {
    let pool = this.#pools.get(origin);
    if (!pool) {
      pool = new Pool(origin, {
        connections: this.#options.connectionsPerHost,
        pipelining: 1, // a second request behind a hanging one could be neither sent nor not sent
        connectTimeout: Math.min(10_000, this.#options.deadlineMs),
        headersTimeout: this.#options.deadlineMs,
        bodyTimeout: this.#options.deadlineMs,
        maxResponseSize: this.#options.maxReplyBytes,
        keepAliveTimeout: 10_000,
      });
      this.#pools.set(origin, pool);
    }
    return pool;
  }

  async #send(pool: Pool, prefix: string, request: PspRequest): Promise<Transmission> {
    const state = { onWire: false };
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), this.#options.deadlineMs);
    try {
      const reply = await pool.compose(watch(state)).request({
        method: request.method,
        path: `${prefix}${request.path}`,
        headers: { accept: 'application/json', 'user-agent': 'switchyard', ...request.headers },
        body: request.body ?? null,
        signal: abort.signal,
      });
      const text = await reply.body.text();
      return { sent: 'replied', status: reply.statusCode, headers: flat(reply.headers), text };
    } catch (error) {
      return lost(error, state.onWire, abort.signal.aborted);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** undici calls onRequestStart when a connected socket takes the request: from there on bytes may have left. */
function watch(state: { onWire: boolean }): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, {
      onRequestStart(controller, context) {
        state.onWire = true;
        handler.onRequestStart?.(controller, context);
      },
      onRequestUpgrade(controller, status, headers, socket) {
        handler.onRequestUpgrade?.(controller, status, headers, socket);
      },
      onResponseStart(controller, status, headers, message) {
        handler.onResponseStart?.(controller, status, headers, message);
      },
      onResponseData(controller, chunk) {
        handler.onResponseData?.(controller, chunk);
      },
      onResponseEnd(controller, trailers) {
        handler.onResponseEnd?.(controller, trailers);
      },
      onResponseError(controller, error) {
        handler.onResponseError?.(controller, error);
      },
    });
}

function lost(error: unknown, onWire: boolean, timedOut: boolean): Transmission {
  const code = codeOf(error);
  const reason = timedOut ? 'deadline passed' : code;
  if (!onWire || NOT_SENT_CODES.has(code)) return { sent: 'not_sent', reason };
  return { sent: 'unknown', reason };
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
