// A PSP that misbehaves on demand. It stands before an honest one (a simulator), whose books are the truth about the
// money, and spoils what goes through: what was passed on was executed, whatever the client gets to hear of it.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import {
  AFTER,
  type After,
  type Answer,
  answerAfter,
  answerBefore,
  BEFORE,
  type Before,
  json,
  LIES,
  type Lie,
  lie,
  type Reply,
} from './hostile-replies.ts';

export { AFTER, BEFORE, LIES } from './hostile-replies.ts';

/** What a PSP should never do. */
export const BEHAVIOURS = [...BEFORE, ...AFTER, ...LIES] as const;
export type Misbehaviour = (typeof BEHAVIOURS)[number];

/** Executes, and answers whatever this makes of the honest answer. */
export type Rewrite = (honest: Told) => Told | Promise<Told>;
export type Behaviour = 'honest' | Before | After | Lie | Rewrite;

export interface Told {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the body of any PSP
  readonly json: any;
}

export type PspCall =
  | 'initialize'
  | 'charge'
  | 'capture'
  | 'void'
  | 'refund'
  | 'payout'
  | 'verify'
  | 'validate'
  | 'other';

/** One request as it came in. */
export interface SeenRequest {
  readonly call: PspCall;
  readonly method: string;
  readonly path: string;
  /** The connection's secret key. */
  readonly key: string;
  readonly idempotencyKey: string | null;
  readonly body: string;
}

export class HostilePsp {
  readonly url: string;
  readonly seen: SeenRequest[] = [];
  readonly #server: Server;
  readonly #treatments = new Map<string, (request: SeenRequest) => Behaviour>();
  #honest: { readonly pool: Pool; readonly prefix: string } | null = null;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async open(): Promise<HostilePsp> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const psp = new HostilePsp(server, `http://127.0.0.1:${port}`);
    server.on('request', (request, response) => {
      psp.#serve(request, response).catch(() => response.socket?.destroy());
    });
    return psp;
  }

  /** Where the honest PSP is: known only once the stage is open. */
  standBefore(url: string): void {
    const { origin, pathname } = new URL(url);
    this.#honest = { pool: new Pool(origin), prefix: pathname.replace(/\/+$/, '') };
  }

  /** How the requests of one connection are treated, until told otherwise. */
  treat(secretKey: string, choose: (request: SeenRequest) => Behaviour): void {
    this.#treatments.set(secretKey, choose);
  }

  /** Treats the next `times` calls of one kind so, and everything else honestly. */
  treatNext(secretKey: string, call: PspCall, behaviour: Behaviour, times = 1): void {
    let left = times;
    this.treat(secretKey, (request) => {
      if (request.call !== call || left === 0) return 'honest';
      left -= 1;
      return behaviour;
    });
  }

  callsOf(secretKey: string, call: PspCall): SeenRequest[] {
    return this.seen.filter((one) => one.key === secretKey && one.call === call);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.#honest?.pool.destroy();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = request;
    const key = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
    const idempotencyKey = headers['idempotency-key']?.toString() ?? null;
    const head = { call: callOf(method, url), method, path: url, key, idempotencyKey, body: '' };
    const behaviour = this.#treatments.get(key)?.(head) ?? 'honest';
    const body = behaviour === 'reset_before' ? '' : await readAll(request);
    this.seen.push({ ...head, body });
    if (behaviour === 'declined' || isOneOf(BEFORE, behaviour)) {
      const answer = answerBefore(behaviour, `${this.url}${url}`);
      return give(response, answer, '');
    }
    const honest = await this.#passOn(request, body);
    give(response, await answerOf(behaviour, honest), String(honest.body));
  }

  async #passOn({ method, url, headers }: IncomingMessage, body: string): Promise<Reply> {
    if (this.#honest === null) throw new Error('standBefore was not called');
    const { host: _h, connection: _c, 'content-length': _l, ...kept } = headers;
    const { pool, prefix } = this.#honest;
    const reply = await pool.request({
      method: method as 'GET',
      path: `${prefix}${url}`,
      headers: kept,
      body: body === '' ? null : body,
    });
    const type = String(reply.headers['content-type'] ?? 'text/plain');
    const text = await reply.body.text();
    return { status: reply.statusCode, headers: { 'content-type': type }, body: text };
  }
}

async function answerOf(behaviour: Exclude<Behaviour, Before>, honest: Reply): Promise<Answer> {
  if (behaviour === 'honest') return honest;
  if (isOneOf(AFTER, behaviour)) return answerAfter(behaviour, honest);
  const told: Told = { status: honest.status, json: JSON.parse(String(honest.body)) };
  if (isOneOf(LIES, behaviour)) return json(told.status, lie(behaviour, told.json));
  const said = await behaviour(told);
  return json(said.status, said.json);
}

/** By Paystack's and Stripe's paths (psp/paystack.md section 2, psp/stripe.md section 2). */
function callOf(method: string, url: string): PspCall {
  const [path = ''] = url.split('?', 1);
  if (method === 'GET') return /^\/(v1\/)?(balance|account)$/.test(path) ? 'validate' : 'verify';
  if (/\/initialize$|\/checkout\/sessions$/.test(path)) return 'initialize';
  if (path.endsWith('/capture')) return 'capture';
  if (/\/(release|cancel|expire)$/.test(path)) return 'void';
  if (/^\/(v1\/)?refunds?$/.test(path)) return 'refund';
  if (/^\/(transfer|v1\/payouts)$/.test(path)) return 'payout';
  const charges = /^\/charge$|\/charge_authorization$|\/reserve_authorization$|\/payment_intents$/;
  return charges.test(path) ? 'charge' : 'other';
}

function isOneOf<T>(list: readonly T[], value: unknown): value is T {
  return (list as readonly unknown[]).includes(value);
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function give(response: ServerResponse, answer: Answer, honestText: string): void {
  if (answer === 'silence') return;
  if (answer === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  if (answer === 'drip') {
    drip(response, honestText);
    return;
  }
  const { status, headers, body } = answer;
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** Until the client has had enough. */
function drip(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  let sent = 0;
  const timer = setInterval(() => {
    response.write(text[sent % text.length]);
    sent += 1;
  }, 20);
  response.on('close', () => clearInterval(timer));
}
