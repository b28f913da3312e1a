// The other side of the suite: every simulator on a real server, and an address that receives their webhooks. Time
// stands still until a case moves it, so that what is slow at a PSP costs nothing here.
import { type FastifyInstance, fastify } from 'fastify';
import type { InboundMessage } from '../../src/connectors/contract.ts';
import { type Send, Transport } from '../../src/connectors/transport.ts';
import { type Clock, systemRandom } from '../../src/kernel/ports.ts';
import { mountSimulators, type SimulatorsHandle } from '../../src/simulators/mount.ts';
import { createVirtualTime } from '../../src/simulators/testing.ts';
import { httpDelivery } from '../../src/simulators/webhooks.ts';

export type Button = 'success' | 'failure' | 'cancel';

/** How a call travels. `hurried`: gives up long before a slow PSP answers. `dead`: nobody listens at the other end. */
export type Line = 'open' | 'hurried' | 'dead';

export interface Arrival extends InboundMessage {
  readonly receivedMs: number;
}

export interface Psps {
  readonly url: string;
  readonly clock: Clock;
  readonly simulators: SimulatorsHandle;
  /** Lets time pass, and waits until every webhook that was due has arrived. */
  advance(ms: number): Promise<void>;
  line(provider: string, line: Line): Send;
  /** Where webhooks for `name` go, and those that came, in order of arrival. */
  inbox(name: string): { readonly url: string; readonly messages: readonly Arrival[] };
  /** Posts a page of a simulator, as its buttons do. Answers where the browser is sent. */
  press(url: string, button: Button, fields?: Readonly<Record<string, string>>): Promise<Landing>;
  close(): Promise<void>;
}

export interface Landing {
  readonly status: number;
  readonly location: string | null;
}

const DEADLINE_MS = { open: 10_000, hurried: 200, dead: 10_000 } as const;

const silent = { info: () => {}, warn: () => {}, error: () => {} };

export async function startPsps(): Promise<Psps> {
  const time = createVirtualTime();
  const network = httpDelivery();
  const transport = new Transport();
  const deadUrl = await addressOfNobody();
  const underWay = new Set<Promise<number>>();
  const app = fastify({ forceCloseConnections: true });
  const inboxes = receiveWebhooks(app, time.clock);
  let url = '';
  const simulators = mountSimulators(app, {
    publicUrl: () => url,
    webhookTarget: (provider) => `${url}/webhooks/${provider}`,
    booksDir: null,
    ports: { clock: time.clock, random: systemRandom },
    timers: time.timers,
    log: silent,
    deliver: (target, headers, body) => {
      const delivery = network.deliver(target, headers, body);
      underWay.add(delivery);
      const done = () => underWay.delete(delivery);
      delivery.then(done, done);
      return delivery;
    },
  });
  url = await app.listen({ host: '127.0.0.1', port: 0 });

  return {
    url,
    clock: time.clock,
    simulators,
    advance: async (ms) => {
      await time.advance(ms);
      while (underWay.size > 0) {
        await Promise.allSettled(underWay);
        await time.advance(0); // what waited for the delivery
      }
    },
    line: (provider, line) =>
      transport.to(line === 'dead' ? deadUrl : `${url}/simulators/${provider}`, DEADLINE_MS[line]),
    inbox: (name) => ({ url: `${url}/webhooks/${name}`, messages: inboxes.of(name) }),
    press,
    close: async () => {
      await transport.close();
      await app.close();
      await network.close();
    },
  };
}

/** A port that was free a moment ago. */
async function addressOfNobody(): Promise<string> {
  const app = fastify();
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  await app.close();
  return url;
}

/** Keeps raw bytes and headers, and answers 200. */
function receiveWebhooks(app: FastifyInstance, clock: Clock): { of(name: string): Arrival[] } {
  const byName = new Map<string, Arrival[]>();
  const of = (name: string) => {
    const known = byName.get(name) ?? [];
    byName.set(name, known);
    return known;
  };
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    );
    type Inbox = { Params: { name: string; callback?: string }; Body: Buffer };
    for (const path of ['/webhooks/:name', '/webhooks/:name/:callback'])
      scope.post<Inbox>(path, (request, reply) => {
        const { name, callback } = request.params;
        const headers = Object.entries(request.headers).map(([header, value]) => [
          header,
          String(value),
        ]);
        of(name).push({
          headers: Object.fromEntries(headers),
          query: callback === undefined ? {} : { callback },
          rawBody: request.body,
          receivedMs: clock.nowMs(),
        });
        return reply.send();
      });
  });
  return { of };
}

async function press(
  url: string,
  button: Button,
  fields: Readonly<Record<string, string>> = {},
): Promise<Landing> {
  const body = new URLSearchParams({ ...fields, outcome: button });
  const reply = await fetch(url, { method: 'POST', body, redirect: 'manual' });
  await reply.arrayBuffer();
  return { status: reply.status, location: reply.headers.get('location') };
}
