// Sends requests and takes their time, in a process of its own, so that it shares no event loop with the server.
// Closed: each client sends its next request when it has its answer. Open: requests leave on a fixed schedule whatever
// the answers do, and each one's time counts from when it was due, so that a server that stalls cannot hide it.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

export interface LoadOrder {
  readonly url: string;
  readonly apiKey: string;
  /** Set: payments are recorded through the Formance API, with this token, at this connector. */
  readonly ledger?: { readonly token: string; readonly connectorID: string };
  /** Paths to get, in turn; null: create payments. */
  readonly get: readonly string[] | null;
  readonly clients: number;
  /** Ends after so many requests, if not earlier by time. */
  readonly count?: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Open loop at this rate; null: closed loop. */
  readonly ratePerS: number | null;
}

export interface Sample {
  readonly ms: number;
  /** The PSP's reference of the payment that was made; empty for a page. */
  readonly reference: string;
}

export interface LoadResult {
  /** What was answered with success in the measured time. */
  readonly samples: readonly Sample[];
  readonly measuredMs: number;
  /** Answers that were not a success, and requests without one, also while warming up. */
  readonly failures: readonly string[];
}

const FAILURES_KEPT = 20;

class Load {
  readonly #order: LoadOrder;
  readonly #pool: Pool;
  readonly #failures: string[] = [];
  readonly #samples: Sample[] = [];
  readonly #fromMs: number;
  readonly #untilMs: number;
  #count = 0;

  constructor(order: LoadOrder) {
    this.#order = order;
    this.#pool = new Pool(order.url, { connections: order.clients, pipelining: 1 });
    this.#fromMs = performance.now() + order.warmUpMs;
    this.#untilMs = this.#fromMs + order.measureMs;
  }

  async run(): Promise<LoadResult> {
    const { ratePerS } = this.#order;
    await (ratePerS === null ? this.#closed() : this.#open(ratePerS));
    await this.#pool.close();
    const { measureMs } = this.#order;
    return { samples: this.#samples, failures: this.#failures, measuredMs: measureMs };
  }

  async #closed(): Promise<void> {
    const client = async () => {
      while (this.#goesOn()) await this.#request(performance.now());
    };
    await Promise.all(Array.from({ length: this.#order.clients }, client));
  }

  #goesOn(): boolean {
    const { count = Number.POSITIVE_INFINITY } = this.#order;
    const broken = this.#failures.length >= FAILURES_KEPT;
    return !broken && this.#count < count && performance.now() < this.#untilMs;
  }

  async #open(ratePerS: number): Promise<void> {
    const under = new Set<Promise<void>>();
    const startMs = performance.now();
    for (let sent = 0; ; sent += 1) {
      const dueMs = startMs + (sent * 1000) / ratePerS;
      if (dueMs >= this.#untilMs || this.#failures.length >= FAILURES_KEPT) break;
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      // With every connection busy it waits for one, and the waiting counts.
      const request = this.#request(dueMs).finally(() => under.delete(request));
      under.add(request);
    }
    await Promise.all(under);
  }

  async #request(startedMs: number): Promise<void> {
    const { get, apiKey, ledger } = this.#order;
    this.#count += 1;
    const made = ledger ? '/api/payments/payments' : '/v1/payments/intents';
    const path = get === null ? made : get[this.#count % get.length]!;
    const create = get !== null ? {} : ledger ? recorded(ledger.connectorID) : payment(this.#count);
    const key = ledger ? { authorization: `Bearer ${ledger.token}` } : { 'x-reevit-key': apiKey };
    const headers = { ...key, ...create.headers };
    try {
      const { statusCode, body } = await this.#pool.request({
        method: get === null ? 'POST' : 'GET',
        path,
        headers,
        body: create.body ?? null,
        headersTimeout: 30_000,
        bodyTimeout: 30_000,
      });
      const text = await body.text();
      const endedMs = performance.now();
      if (statusCode >= 300) this.#fail(`${statusCode} ${text.slice(0, 200)}`);
      else if (this.#order.ratePerS !== null ? startedMs >= this.#fromMs : this.#within(endedMs))
        this.#samples.push({ ms: endedMs - startedMs, reference: referenceIn(text) });
    } catch (error) {
      this.#fail(String(error));
    }
  }

  /** In a closed loop an answer counts when it came in the measured time. */
  #within(endedMs: number): boolean {
    return endedMs >= this.#fromMs && endedMs < this.#untilMs;
  }

  #fail(failure: string): void {
    if (this.#failures.length < FAILURES_KEPT) this.#failures.push(failure);
  }
}

/** What a shop sends: a customer, a note of what was bought, a page to come back to, and a key of its own. */
function payment(count: number): { headers?: Record<string, string>; body?: string } {
  const customer = count % 5_000;
  return {
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify({
      amount: 1_000 + (count % 90_000),
      currency: 'GHS',
      method: 'card',
      country: 'GH',
      customer_id: `cus_${customer}`,
      reference: `order-${count}`,
      description: `Order ${count}: 2 × coffee, 1 × cup`,
      metadata: { customer_email: `customer${customer}@shop.example`, cart: `cart-${count}` },
      return_url: 'https://shop.example/return',
    }),
  };
}

/** What a ledger's adapter sends for each movement at a PSP. */
function recorded(connectorID: string): { headers: Record<string, string>; body: string } {
  return {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      // Letters before it: digits alone may by chance be a card number, which is refused.
      reference: `ref-${randomUUID().slice(0, 16)}`,
      connectorID,
      createdAt: new Date().toISOString(),
      amount: 12_345,
      type: 'PAY-IN',
      status: 'SUCCEEDED',
      scheme: 'visa',
      asset: 'USD/2',
    }),
  };
}

/** The members of a large answer are not parsed here: the processor is the server's. */
function referenceIn(text: string): string {
  return /"provider_ref_id":"(\w+)"/.exec(text.slice(0, 400))?.[1] ?? '';
}

process.on('message', (order: LoadOrder) => {
  new Load(order).run().then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit());
