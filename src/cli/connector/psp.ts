// The other side of a test: the simulators that come with Switchyard, on a port of their own, and an inbox for what they
// send. Everything is in memory and ends with the command.
import type { InboundMessage } from '../../connectors/contract.ts';
import { systemPorts } from '../../kernel/ports.ts';
import { startSimulators } from '../../simulators/server.ts';
import { CommandError } from '../fault.ts';

export interface LocalPsp {
  baseUrl(simulator: string): string;
  /** The address that a transaction's messages go to. */
  inboxUrl(txnId: string): string;
  /** The next message that came there; waits a little. */
  next(txnId: string): Promise<InboundMessage>;
  know(simulator: string, credential: Readonly<Record<string, string>>): void;
  /** Presses a button of a payment page; answers the query that the browser comes back with. */
  press(url: string, button: string): Promise<Record<string, string>>;
  close(): Promise<void>;
}

const WAIT_MS = 5_000;

export async function startPsp(): Promise<LocalPsp> {
  const inbox = new Map<string, InboundMessage[]>();
  const wakes = new Set<() => void>();
  const server = await startSimulators({
    host: '127.0.0.1',
    port: 0,
    webhookTarget: (provider) => `http://inbox.test/${provider}`,
    booksDir: null,
    ports: systemPorts,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    deliver: async (url, headers, body) => {
      const { pathname, searchParams } = new URL(url);
      const name = pathname.slice(1);
      const message = {
        headers,
        query: Object.fromEntries(searchParams),
        rawBody: Buffer.from(body),
      };
      inbox.set(name, [...(inbox.get(name) ?? []), message]);
      for (const wake of wakes) wake();
      return 200;
    },
  });
  const take = (txnId: string) => inbox.get(txnId)?.shift();
  return {
    baseUrl: (simulator) => {
      if (server.simulators.providers.includes(simulator))
        return `${server.url}/simulators/${simulator}`;
      const known = server.simulators.providers.join(', ');
      throw new CommandError(`There is no simulator ${simulator}. There are ${known}.`);
    },
    inboxUrl: (txnId) => `http://inbox.test/${txnId}`,
    next: (txnId) => waitFor(() => take(txnId), wakes),
    know: (simulator, credential) =>
      server.simulators.knowEndpoint(simulator, 'sandbox', credential),
    press,
    close: () => server.close(),
  };
}

function waitFor<T>(take: () => T | undefined, wakes: Set<() => void>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      wakes.delete(look);
      reject(new CommandError('The simulator sent no message within five seconds.'));
    }, WAIT_MS);
    const look = () => {
      const found = take();
      if (found === undefined) return;
      clearTimeout(late);
      wakes.delete(look);
      resolve(found);
    };
    wakes.add(look);
    look();
  });
}

async function press(url: string, button: string): Promise<Record<string, string>> {
  const body = new URLSearchParams({ outcome: button });
  const reply = await fetch(url, { method: 'POST', body, redirect: 'manual' });
  await reply.arrayBuffer();
  if (reply.status >= 400) throw new CommandError(`The payment page answered ${reply.status}.`);
  const location = reply.headers.get('location');
  return location === null ? {} : Object.fromEntries(new URL(location, url).searchParams);
}
