// What a process counts about itself, in Prometheus' form. Labels have few values each: never an id, never a path.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30];

export interface PoolStats {
  readonly total: number;
  readonly idle: number;
  readonly waiting: number;
}

export type CallResult = 'succeeded' | 'refused' | 'psp_failed';

export class Metrics {
  readonly registry = new Registry();
  readonly #http: Histogram<'api' | 'method' | 'route' | 'status'>;
  readonly #pspCalls: Histogram<'result'>;
  readonly #attempts: Counter<'provider' | 'outcome'>;

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

  attempt(provider: string, outcome: string): void {
    this.#attempts.inc({ provider, outcome });
  }
}
