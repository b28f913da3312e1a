// Mounts all simulators on a server: `/simulators/<provider>`, `/simulators/phone/<number>`. The server that mounts
// them is not changed by it: everything happens in encapsulated scopes.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Ports } from '../kernel/ports.ts';
import { openBooks } from './books.ts';
import { type BooksReport, mountControl, reportBooks, type WebhookEndpoint } from './control.ts';
import { type Fault, type FaultRule, Faults } from './faults.ts';
import { mountFrame } from './frame.ts';
import { PhonePrompts } from './phone.ts';
import { mountPhone } from './phone-page.ts';
import { type Entry, simulators as registry } from './registry.ts';
import { Schedule } from './schedule.ts';
import type { Log } from './simulator.ts';
import { systemTimers, type Timers } from './timers.ts';
import { type Deliver, httpDelivery, WebhookSender } from './webhooks.ts';

export interface MountOptions {
  /** `http://127.0.0.1:8081`, as a browser reaches it. A function when it is known later. */
  readonly publicUrl: string | (() => string);
  /** Where a PSP sends webhooks of a key that has no endpoint of its own. */
  readonly webhookTarget: (provider: string) => string;
  /** Where the journals of the books lie; null: in memory. One process per directory. */
  readonly booksDir: string | null;
  readonly ports: Ports;
  readonly log: Log;
  readonly timers?: Timers;
  /** Instead of HTTP: for tests that own the network. */
  readonly deliver?: Deliver;
  /** Instead of all: for tests. */
  readonly simulators?: Readonly<Record<string, Entry>>;
}

export interface SimulatorsHandle {
  readonly providers: readonly string[];
  configureWebhook(provider: string, endpoint: WebhookEndpoint): void;
  /**
   * A merchant's sandbox credentials were saved: whatever signs its webhooks with a secret of the endpoint does so
   * from now on. (Paystack signs with the key itself.)
   */
  knowEndpoint(
    provider: string,
    mode: 'sandbox' | 'live',
    credentials: Readonly<Record<string, string>>,
  ): void;
  /** As the body of `POST _simulator/faults`. */
  addFault(provider: string, rule: unknown): FaultRule;
  clearFaults(): void;
  books(provider: string, key?: string): BooksReport;
  /** Stops all delayed work and closes the books. Also done when the server closes. */
  close(): Promise<void>;
}

type Mounted = ReturnType<typeof assemble>;

export function mountSimulators(app: FastifyInstance, options: MountOptions): SimulatorsHandle {
  const network = options.deliver
    ? { deliver: options.deliver, close: async () => {} }
    : httpDelivery();
  const mounted = new Map(
    Object.entries(options.simulators ?? registry).map(([provider, entry]) => [
      provider,
      assemble(provider, entry, options, network.deliver),
    ]),
  );
  const find = (provider: string): Mounted => {
    const found = mounted.get(provider);
    if (!found) throw new Error(`no simulator of ${provider}`);
    return found;
  };
  let closing: Promise<void> | null = null;
  const close = () => {
    closing ??= shutDown([...mounted.values()], network.close);
    return closing;
  };

  for (const one of mounted.values()) mountOne(app, one);
  void app.register(
    async (scope) => mountPhone(scope, [...mounted.values()], options.ports.clock),
    {
      prefix: '/simulators/phone',
    },
  );
  app.addHook('onClose', close);
  return {
    providers: [...mounted.keys()],
    configureWebhook: (provider, { key, url, secret }) =>
      find(provider).webhooks.configure(key, { url, secret }),
    knowEndpoint: (provider, mode, credentials) => {
      const one = mounted.get(provider);
      const known = mode === 'sandbox' ? one?.endpointOf(credentials) : null;
      if (known) one!.webhooks.configure(known.key, { url: null, secret: known.secret });
    },
    addFault: (provider, rule) => find(provider).faults.add(rule),
    clearFaults: () => {
      for (const { faults } of mounted.values()) faults.clear();
    },
    books: (provider, key) => reportBooks(find(provider), key ?? null),
    close,
  };
}

function assemble(
  provider: string,
  { name, create, endpointOf = () => null }: Entry,
  options: MountOptions,
  deliver: Deliver,
) {
  const { ports, log, timers = systemTimers } = options;
  const books = openBooks(options.booksDir, provider);
  const faults = new Faults(provider, books);
  const schedule = new Schedule(books, ports.clock, timers, log);
  const defaultUrl = () => options.webhookTarget(provider);
  const given = options.publicUrl;
  const publicUrl = () => (typeof given === 'string' ? given : given());
  const webhooks = new WebhookSender({ provider, defaultUrl, books, faults, timers, deliver, log });
  const phone = new PhonePrompts(provider, books);
  const hits = new WeakMap<FastifyRequest, readonly Fault[]>();
  const simulator = create({
    baseUrl: () => `${publicUrl().replace(/\/+$/, '')}/simulators/${provider}`,
    ports,
    books,
    schedule,
    webhooks,
    phone,
    faultsOf: (request) => hits.get(request) ?? [],
    log,
  });
  const kept = { books, faults, schedule, webhooks, phone, hits, simulator };
  return { provider, name, endpointOf, ...kept, timers, log };
}

function mountOne(app: FastifyInstance, one: Mounted): void {
  const prefix = `/simulators/${one.provider}`;
  const mountAndResume = async (scope: FastifyInstance) => {
    mountFrame(scope, one);
    one.schedule.resume(); // every task has its name only now
  };
  void app.register(mountAndResume, { prefix });
  void app.register(async (scope) => mountControl(scope, one), { prefix: `${prefix}/_simulator` });
}

async function shutDown(mounted: readonly Mounted[], closeNetwork: () => Promise<void>) {
  for (const { schedule, webhooks } of mounted) {
    schedule.stop();
    webhooks.stop();
  }
  await closeNetwork();
  for (const { books } of mounted) books.close();
}
