// Sends events to merchants' endpoints. The host is the merchant's word, so the address is checked where it is used: of
// a literal before, of a name at each connect, after it was resolved. No redirect is followed, no cookie kept, and of
// the answer only its status, its Retry-After and a short beginning are read.
import { promises as dns, type LookupAddress } from 'node:dns';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, type Dispatcher, errors } from 'undici';
import { mayReach, type Reach } from './public-address.ts';

export interface MerchantRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly reach: Reach;
  /** Called when the answer takes longer than `slowAfterMs`. */
  readonly onSlow?: () => void;
  readonly slowAfterMs?: number;
}

export type MerchantReply =
  | {
      readonly kind: 'replied';
      readonly status: number;
      readonly retryAfter: string | undefined;
      /** A short beginning of the body, as text. */
      readonly text: string;
    }
  | { readonly kind: 'failed'; readonly reason: string };

export type PostToMerchant = (request: MerchantRequest) => Promise<MerchantReply>;

/** Standard Webhooks: 15 to 30 s. */
const DEADLINE_MS = 20_000;
const CONNECT_WITHIN_MS = 10_000;
const REPLY_BYTES_READ = 2_048;

class RefusedAddress extends Error {}

export class MerchantPost {
  readonly #agents: Readonly<Record<Reach, Agent>>;
  readonly #deadlineMs: number;

  constructor({ deadlineMs = DEADLINE_MS, resolve }: MerchantPostOptions = {}) {
    this.#deadlineMs = deadlineMs;
    this.#agents = {
      public: agentFor('public', resolve ?? publicAddresses),
      local: agentFor('local', resolve ?? allAddresses),
    };
  }

  readonly post: PostToMerchant = ({ url, headers, body, reach, onSlow, slowAfterMs }) => {
    const { origin, pathname, search, hostname } = new URL(url);
    const literal = hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) !== 0 && !mayReach(literal, reach))
      return Promise.resolve(failed(new RefusedAddress()));
    const path = pathname + search;
    const slow = { afterMs: slowAfterMs ?? this.#deadlineMs, say: onSlow };
    return new Promise((resolve) => {
      const answer = new Answer(resolve, this.#deadlineMs, slow);
      const request = { origin, path, method: 'POST', headers: { ...headers }, body } as const;
      this.#agents[reach].dispatch(request, answer);
    });
  };

  /** Cuts what is under way. */
  async close(): Promise<void> {
    await Promise.all(Object.values(this.#agents).map((agent) => agent.destroy()));
  }
}

export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

export interface MerchantPostOptions {
  readonly deadlineMs?: number;
  /** For tests. */
  readonly resolve?: Resolve;
}

class DeadlinePassed extends Error {}

interface Slow {
  readonly afterMs: number;
  readonly say: (() => void) | undefined;
}

/**
 * What comes back for one request. Undici's handler is used as it is: a stream, a signal and a promise of its own for
 * each would cost as much as the request.
 */
class Answer implements Dispatcher.DispatchHandler {
  readonly #resolve: (reply: MerchantReply) => void;
  #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | null = null;
  #over: Error | null = null;
  #status = 0;
  #retryAfter: string | undefined;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(resolve: (reply: MerchantReply) => void, deadlineMs: number, slow: Slow) {
    this.#resolve = resolve;
    const late = () => this.#end(new DeadlinePassed());
    const first = Math.min(slow.afterMs, deadlineMs);
    this.#timer = setTimeout(() => {
      if (first === deadlineMs) return late();
      this.#timer = setTimeout(late, deadlineMs - first);
      slow.say?.();
    }, first);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It waited for a connection for so long that nobody waits for it any more.
    if (this.#over) controller.abort(this.#over);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200) return; // the answer is still to come
    this.#status = status;
    this.#retryAfter = headers['retry-after'];
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes >= REPLY_BYTES_READ) this.#end(new Error('the rest is not read'));
  }

  onResponseEnd(): void {
    this.#settle();
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#settle(error);
  }

  #end(why: Error): void {
    this.#settle(why);
    this.#controller?.abort(why);
  }

  /** The status is what counts: a body that is long, or breaks off, changes nothing. */
  #settle(error?: Error): void {
    if (this.#over) return;
    this.#over = error ?? new Error('answered');
    clearTimeout(this.#timer);
    this.#resolve(this.#status === 0 ? failed(error) : this.#reply());
  }

  #reply(): MerchantReply {
    const [status, retryAfter] = [this.#status, this.#retryAfter];
    const read = this.#bytes === 0 ? null : Buffer.concat(this.#chunks);
    const text = read?.subarray(0, REPLY_BYTES_READ).toString('utf8') ?? '';
    return { kind: 'replied', status, retryAfter, text };
  }
}

/**
 * Asks the name servers itself: the system's resolver works in the few threads that files and PSPs' names need too, so
 * that dead names of some merchants would hold up everybody.
 */
const publicAddresses: Resolve = async (host) => {
  const resolver = new dns.Resolver({ timeout: 3_000, tries: 2 });
  const [four, six] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  if (four.status === 'rejected' && six.status === 'rejected') throw four.reason;
  const found = (one: typeof four, family: 4 | 6) =>
    one.status === 'fulfilled' ? one.value.map((address) => ({ address, family })) : [];
  return [...found(four, 4), ...found(six, 6)];
};

/** Also what this machine alone knows by name. */
const allAddresses: Resolve = (host) => dns.lookup(host, { all: true });

function agentFor(reach: Reach, resolve: Resolve): Agent {
  return new Agent({
    // Lanes bound them. A request has a connection of its own: none waits for another merchant's at the same host.
    connections: null,
    allowH2: false,
    pipelining: 1,
    keepAliveTimeout: 10_000,
    headersTimeout: 30_000, // the deadline is shorter
    bodyTimeout: 30_000,
    connect: { timeout: CONNECT_WITHIN_MS, lookup: guardedLookup(reach, resolve) },
  });
}

/** For callers that bring their own sockets: `lookup` of net.connect and tls.connect. */
export function lookupFor(reach: Reach): LookupFunction {
  return guardedLookup(reach, reach === 'public' ? publicAddresses : allAddresses);
}

/** Resolves a name and keeps the addresses that may be called: what is connected to is what was checked. */
function guardedLookup(reach: Reach, resolve: Resolve): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (found) => {
        const allowed = found.filter(({ address }) => mayReach(address, reach));
        const [first] = allowed;
        if (!first) callback(new RefusedAddress(), '', 0);
        else if (options.all) callback(null, allowed);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    );
  };
}

function failed(error: unknown): MerchantReply {
  return { kind: 'failed', reason: reasonOf(error) };
}

function reasonOf(error: unknown): string {
  if (error instanceof RefusedAddress) return 'the address is not a public one';
  if (error instanceof DeadlinePassed) return 'no answer in time';
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (error instanceof errors.UndiciError) return error.code;
  if (error instanceof Error && 'code' in error && typeof error.code === 'string')
    return error.code;
  return 'the connection failed';
}
