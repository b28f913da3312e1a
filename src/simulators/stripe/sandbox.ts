// A Stripe for the tests beside this file: the simulator at the root of a server of its own (the SDK takes no path
// prefix), a clock and timers that the test moves, and the webhooks that it sent. Never used by the server.
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify';
import { systemRandom } from '../../kernel/ports.ts';
import { mountSimulators, type SimulatorsHandle } from '../mount.ts';
import type { Timers } from '../timers.ts';
import { createStripeSimulator } from './simulator.ts';

export const KEY = 'sk_test_sandbox';
export const SECRET = 'whsec_sandbox';

export interface Sent {
  readonly url: string;
  readonly signature: string;
  readonly body: string;
}

/** A plan of the virtual timers. */
interface Due {
  readonly atMs: number;
  readonly run: () => void;
}

export interface Sandbox {
  readonly app: FastifyInstance;
  readonly simulators: SimulatorsHandle;
  readonly sent: Sent[];
  nowMs(): number;
  /** Moves the clock and carries out what is due on the way; webhooks included. */
  pass(ms: number): Promise<void>;
  call(method: 'GET' | 'POST' | 'DELETE', path: string, options?: CallOptions): Promise<Answer>;
  /** Posts a page's form; answers where it leads to. */
  press(url: string, outcome: string, more?: Record<string, string>): Promise<Answer>;
  /** Types of the events sent so far, in order. */
  types(): string[];
  /** Listens on a port, for the SDK. */
  listen(): Promise<{ host: string; port: number }>;
  close(): Promise<void>;
}

export interface CallOptions {
  readonly form?: Record<string, string>;
  readonly key?: string | null;
  readonly headers?: Record<string, string>;
}

export interface Answer {
  readonly status: number;
  readonly headers: LightMyRequestResponse['headers'];
  readonly text: string;
  // The tests look into Stripe's JSON at will.
  // biome-ignore lint/suspicious/noExplicitAny: replies of every shape
  readonly body: any;
}

const PUBLIC = 'http://stripe.test';

export interface SandboxOptions {
  readonly booksDir?: string | null;
  readonly startMs?: number;
  readonly webhookSecret?: string | null;
}

export function openSandbox(options: SandboxOptions = {}): Sandbox {
  const { booksDir = null, startMs = 1_767_225_600_000, webhookSecret = SECRET } = options;
  let nowMs = startMs;
  let plans: Due[] = [];
  const timers: Timers = {
    after: (ms, run) => {
      const plan = { atMs: nowMs + ms, run };
      plans.push(plan);
      return () => {
        plans = plans.filter((other) => other !== plan);
      };
    },
  };
  const sent: Sent[] = [];
  const app = fastify({ rewriteUrl: ({ url = '/' }) => `/simulators/stripe${url}` });
  const simulators = mountSimulators(app, {
    simulators: { stripe: { name: 'Stripe', create: createStripeSimulator } },
    publicUrl: PUBLIC,
    webhookTarget: () => 'http://merchant.test/default',
    booksDir,
    ports: { clock: { nowMs: () => nowMs }, random: systemRandom },
    log: { info: () => {}, warn: () => {}, error: (fields) => console.error(fields) },
    timers,
    deliver: async (url, headers, body) => {
      sent.push({ url, body, signature: headers['stripe-signature'] ?? '' });
      return 200;
    },
  });
  if (webhookSecret !== null) {
    const url = 'http://merchant.test/hook';
    simulators.configureWebhook('stripe', { key: KEY, url, secret: webhookSecret });
  }

  const inject = async (
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    headers: Record<string, string>,
    payload: string | undefined,
  ): Promise<Answer> => {
    const path = url.replace(`${PUBLIC}/simulators/stripe`, '');
    const reply = await app.inject({
      method,
      url: path,
      headers,
      ...(payload === undefined ? {} : { payload }),
    });
    const isJson = String(reply.headers['content-type']).startsWith('application/json');
    const body: unknown = isJson && reply.body !== '' ? JSON.parse(reply.body) : null;
    return { status: reply.statusCode, headers: reply.headers, text: reply.body, body };
  };

  return {
    app,
    simulators,
    sent,
    nowMs: () => nowMs,
    async pass(ms) {
      const until = nowMs + ms;
      for (;;) {
        const next = plans.filter(({ atMs }) => atMs <= until).sort((a, b) => a.atMs - b.atMs)[0];
        if (!next) break;
        plans = plans.filter((plan) => plan !== next);
        nowMs = Math.max(nowMs, next.atMs);
        next.run();
        await new Promise(setImmediate);
      }
      nowMs = until;
    },
    call(method, path, { form, key = KEY, headers = {} } = {}) {
      const all = {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        ...headers,
      };
      const payload = form === undefined ? undefined : new URLSearchParams(form).toString();
      return inject(method, path, all, payload);
    },
    press(url, outcome, more = {}) {
      const form = new URLSearchParams({ outcome, ...more }).toString();
      return inject('POST', url, { 'content-type': 'application/x-www-form-urlencoded' }, form);
    },
    types: () => sent.map(({ body }) => (JSON.parse(body) as { type: string }).type),
    async listen() {
      await app.listen({ host: '127.0.0.1', port: 0 });
      const { port } = app.server.address() as AddressInfo;
      return { host: '127.0.0.1', port };
    },
    close: () => app.close(),
  };
}
