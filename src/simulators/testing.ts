// For tests of simulators: a mounted server without a network, whose time stands still until it is moved.
import fastify from 'fastify';
import type { Ports } from '../kernel/ports.ts';
import { type MountOptions, mountSimulators } from './mount.ts';
import type { Timers } from './timers.ts';

export interface Delivery {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** Null when the text is no JSON. */
  readonly json: unknown;
  /** A member of the JSON as text, by its path (`data.reference`). */
  field(path: string): string;
}

export type Bench = ReturnType<typeof startBench>;

const START_MS = Date.parse('2026-01-05T10:00:00Z');

/** Virtual time: `advance` runs what is due, in order, and lets promises settle in between. */
export function createVirtualTime() {
  let nowMs = START_MS;
  let lastId = 0;
  const waiting = new Map<number, { atMs: number; run: () => void }>();
  const timers: Timers = {
    after: (ms, run) => {
      const id = ++lastId;
      waiting.set(id, { atMs: nowMs + ms, run });
      return () => waiting.delete(id);
    },
  };
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  const advance = async (ms: number): Promise<void> => {
    const endMs = nowMs + ms;
    for (;;) {
      await settle();
      const next = [...waiting].sort(([a, x], [b, y]) => x.atMs - y.atMs || a - b)[0];
      if (next === undefined || next[1].atMs > endMs) break;
      waiting.delete(next[0]);
      nowMs = next[1].atMs;
      next[1].run();
    }
    nowMs = endMs;
    await settle();
  };
  return { timers, advance, clock: { nowMs: () => nowMs } };
}

/** `authorization` is what `call` sends unless it is given other headers. */
export function startBench(
  options: Partial<MountOptions> & { readonly authorization: string; readonly prefix: string },
) {
  const { authorization, prefix, ...mount } = options;
  const time = createVirtualTime();
  let drawn = 0;
  const ports: Ports = {
    clock: time.clock,
    random: {
      bytes: (count) => {
        const bytes = Buffer.alloc(count);
        bytes.writeUInt32BE(++drawn, Math.max(0, count - 4));
        return bytes;
      },
    },
  };
  const deliveries: Delivery[] = [];
  const app = fastify();
  const handle = mountSimulators(app, {
    publicUrl: 'http://sims.test',
    webhookTarget: (provider) => `http://merchant.test/${provider}`,
    booksDir: null,
    ports,
    timers: time.timers,
    deliver: async (url, headers, body) => {
      deliveries.push({ url, headers, body });
      return 200;
    },
    log: { info: () => {}, warn: () => {}, error: () => {} },
    ...mount,
  });

  async function call(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const form = body instanceof URLSearchParams;
    const reply = await app.inject({
      method,
      url: path.startsWith('http') ? new URL(path).pathname : `${prefix}${path}`,
      headers: {
        authorization,
        ...(body === undefined
          ? {}
          : { 'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: form ? body.toString() : JSON.stringify(body) }),
    });
    const json = parse(reply.body);
    return {
      status: reply.statusCode,
      headers: reply.headers,
      text: reply.body,
      json,
      field: (member) => String(memberOf(json, member)),
    };
  }

  return {
    app,
    handle,
    deliveries,
    clock: time.clock,
    advance: time.advance,
    call,
    get: (path: string) => call('GET', path),
    post: (path: string, body: unknown) => call('POST', path, body),
    /** What the buttons of a payment or phone page do; `url` as the PSP gave it. */
    press: (url: string, outcome: string) =>
      call('POST', url, new URLSearchParams({ outcome }), { authorization: '' }),
    close: () => app.close(),
  };
}

function memberOf(json: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | null)?.[name], json);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
