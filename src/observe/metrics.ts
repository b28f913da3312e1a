// What a process counts about itself, in Prometheus' form. Labels have few values each: never an id, never a path.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30];

export interface PoolStats {
  readonly total: number;
  readonly idle: number;
  readonly waiting: number;
}

export type CallResult = 'succeeded' | 'refused' | 'psp_failed';

export interface QueueState {
  readonly queue: string;
  readonly due: number;
  /** Of the one that has been due for longest. */
  readonly lateS: number;
}

export class Metrics {
  readonly registry = new Registry();
  readonly #http: Histogram<'api' | 'method' | 'route' | 'status'>;
  readonly #pspCalls: Histogram<'result'>;
  readonly #attempts: Counter<'provider' | 'outcome'>;
  readonly #deliveries: Counter<'result'>;
  readonly #deliveryWait: Histogram;
  readonly #inbound: Counter<'provider' | 'result'>;
  readonly #applied: Counter<'result'>;

  constructor() {
    const registers = [this.registry];
    this.#http = new Histogram({
      name: 'switchyard_http_request_seconds',
      help: 'Time from the first byte of a request to the last byte of its answer.',
      labelNames: ['api', 'method', 'route', 'status'],
      buckets: SECONDS,
      registers,
    });
    this.#pspCalls = new Histogram({
      name: 'switchyard_psp_call_seconds',
      help: 'Calls of PSPs that may move money.',
      labelNames: ['result'],
      buckets: SECONDS,
      registers,
    });
    this.#attempts = new Counter({
      name: 'switchyard_attempts_total',
      help: 'What attempts came to.',
      labelNames: ['provider', 'outcome'],
      registers,
    });
    this.#deliveries = new Counter({
      name: 'switchyard_deliveries_total',
      help: 'What came of attempts to deliver an event: delivered, again (it is retried), failed (it is given up).',
      labelNames: ['result'],
      registers,
    });
    this.#deliveryWait = new Histogram({
      name: 'switchyard_delivery_wait_seconds',
      help: 'Time from an event to the first attempt to deliver it.',
      buckets: SECONDS,
      registers,
    });
    this.#inbound = new Counter({
      name: 'switchyard_inbound_webhooks_total',
      help: 'Messages of PSPs, by how they were received.',
      labelNames: ['provider', 'result'],
      registers,
    });
    this.#applied = new Counter({
      name: 'switchyard_inbound_webhooks_applied_total',
      help: 'What came of stored messages: applied, parked (tried again), failed, forged.',
      labelNames: ['result'],
      registers,
    });
  }

  /** Memory, event loop and garbage collection of this process. Once per process. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  watchPool(stats: () => PoolStats): void {
    const gauge: Gauge<'state'> = new Gauge({
      name: 'switchyard_database_connections',
      help: 'Connections of the pool, and requests that wait for one.',
      labelNames: ['state'],
      registers: [this.registry],
      collect: () => {
        for (const [state, count] of Object.entries(stats())) gauge.set({ state }, count);
      },
    });
  }

  /** Asked at each scrape; what cannot be told now is not shown. */
  watchQueues(states: () => Promise<readonly QueueState[]>): void {
    const watch = (name: string, help: string, value: (state: QueueState) => number) => {
      const registers = [this.registry];
      const gauge: Gauge<'queue'> = new Gauge({
        name,
        help: `${help} Of the whole database: the same in every process.`,
        labelNames: ['queue'],
        registers,
        collect: async () => {
          const all = await states().catch(() => []);
          gauge.reset();
          for (const state of all) gauge.set({ queue: state.queue }, value(state));
        },
      });
    };
    const due =
      'Events to deliver and webhooks to apply that are due now, as far as they are counted.';
    watch('switchyard_queue_due', due, (state) => state.due);
    const late = 'For how long the oldest of them has been due.';
    watch('switchyard_queue_late_seconds', late, (state) => state.lateS);
  }

  watchRequests(inFlight: () => number): void {
    const gauge: Gauge = new Gauge({
      name: 'switchyard_http_requests_in_flight',
      help: 'Requests that are being answered.',
      registers: [this.registry],
      collect: () => gauge.set(inFlight()),
    });
  }

  request(labels: { api: string; method: string; route: string; status: number }, s: number): void {
    this.#http.observe(labels, s);
  }

  pspCall(result: CallResult, seconds: number): void {
    this.#pspCalls.observe({ result }, seconds);
  }

  delivery(result: 'delivered' | 'again' | 'failed'): void {
    this.#deliveries.inc({ result });
  }

  deliveryWait(seconds: number): void {
    this.#deliveryWait.observe(seconds);
  }

  inboundWebhook(provider: string, result: string): void {
    this.#inbound.inc({ provider, result });
  }

  appliedWebhook(result: 'applied' | 'parked' | 'failed' | 'forged'): void {
    this.#applied.inc({ result });
  }

  attempt(provider: string, outcome: string): void {
    this.#attempts.inc({ provider, outcome });
  }
}
