// A merchant's endpoint beside the crashes: in the end it has heard of every event that the server has committed, each
// at least once, and can put them in order (reliability.md F13, F14).
import { type MerchantEndpoint, openEndpoint } from '../endpoint.ts';
import type { Merchant } from './merchant.ts';
import { until } from './until.ts';

interface Told {
  readonly id: string;
  readonly sequence: number;
  readonly data: { readonly id: string; readonly payment_id?: string };
}

export class Deliveries {
  readonly #merchant: Merchant;
  readonly #endpoint: MerchantEndpoint;

  private constructor(merchant: Merchant, endpoint: MerchantEndpoint) {
    this.#merchant = merchant;
    this.#endpoint = endpoint;
  }

  static async open(merchant: Merchant): Promise<Deliveries> {
    const endpoint = await openEndpoint();
    const { reply } = await merchant.send('POST', '/v1/webhooks/config', { url: endpoint.url });
    if (reply?.status !== 201) throw new Error(`no endpoint: ${reply?.text}`);
    return new Deliveries(merchant, endpoint);
  }

  /** Waits until everything arrived; throws with what did not. Answers figures for the test's output. */
  async complete(withinMs: number): Promise<string> {
    const { received } = this.#endpoint;
    const startedMs = Date.now();
    const committed = await until(
      'every event was delivered',
      withinMs,
      async () => {
        const events = await this.#committed();
        const heard = new Set(received.map(({ body }) => body.id));
        return events.every(({ id }) => heard.has(id)) && events;
      },
      500,
    );
    const disorder = [...byPayment(received.map(({ body }) => body as Told))].filter(
      ([, numbers]) => numbers.some((number, index) => number !== index + 1),
    );
    if (disorder.length > 0) throw new Error(`gaps in the events of ${disorder[0]?.[0]}`);
    const doubled = received.length - new Set(received.map(({ body }) => body.id)).size;
    const afterMs = Date.now() - startedMs;
    return `${committed.length} events, 0 lost, ${doubled} delivered again, all there ${afterMs} ms later`;
  }

  async #committed(): Promise<Told[]> {
    const events: Told[] = [];
    for (let after = '0'; ; ) {
      const page = await this.#merchant.get(`/v1/events?limit=200&after=${after}`);
      events.push(...page.events);
      after = page.next_after;
      if (!page.has_more) return events;
    }
  }

  /** Times of signing that were further from the time of arrival than a receiver allows. */
  misdated(toleranceMs: number): string[] {
    return this.#endpoint.received
      .filter(({ headers, atMs }) => {
        const signedMs = Number(headers['webhook-timestamp']) * 1_000;
        return !(Math.abs(signedMs - atMs) <= toleranceMs);
      })
      .map(({ headers, atMs }) => `${headers['webhook-timestamp']} at ${atMs}`);
  }

  close(): Promise<void> {
    return this.#endpoint.close();
  }
}

/** The numbers of each payment's events, each once, in their order. */
function byPayment(told: readonly Told[]): Map<string, number[]> {
  const numbers = new Map<string, Set<number>>();
  for (const { data, sequence } of told) {
    const payment = data.payment_id ?? data.id;
    numbers.set(payment, (numbers.get(payment) ?? new Set()).add(sequence));
  }
  return new Map([...numbers].map(([id, set]) => [id, [...set].sort((a, b) => a - b)]));
}
