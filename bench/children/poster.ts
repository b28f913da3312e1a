// Posts as a PSP does, or as a bare client that delivers events: as fast as so many clients can, or at a steady rate.
// A process of its own.
import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

/** A payment that a message is about. */
export interface Subject {
  readonly reference: string;
  readonly amount: number;
  readonly currency: string;
}

interface Order {
  readonly url: string;
  readonly clients: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export type PosterOrder =
  | (Order & { readonly kind: 'fast' })
  | (Order & { readonly kind: 'steady'; readonly ratePerS: number })
  /** As Paystack does; forged ones have to be refused. */
  | (Order & { readonly kind: 'signed' | 'forged'; readonly secret: string })
  /** One about each. */
  | {
      readonly kind: 'about';
      readonly url: string;
      readonly clients: number;
      readonly secret: string;
      readonly subjects: readonly Subject[];
    };

export interface PosterResult {
  readonly perSecond: number;
  /** All that were sent, those before the measured time included. */
  readonly posts: number;
  readonly tookMs: readonly number[];
  /** Of this process, for one post. */
  readonly processorUs: number;
  readonly failures: readonly string[];
}

let number = 0;

class Posting {
  readonly #order: PosterOrder;
  readonly #pool: Pool;
  readonly #path: string;
  readonly #tookMs: number[] = [];
  readonly #failures: string[] = [];
  readonly #beginMs: number;
  readonly #endMs: number;
  #posts = 0;

  constructor(order: PosterOrder) {
    this.#order = order;
    const { origin, pathname } = new URL(order.url);
    this.#pool = new Pool(origin, { connections: order.clients, pipelining: 1 });
    this.#path = pathname;
    const { warmUpMs, measureMs } =
      order.kind === 'about' ? { warmUpMs: 0, measureMs: 120_000 } : order;
    this.#beginMs = performance.now() + warmUpMs;
    this.#endMs = this.#beginMs + measureMs;
  }

  async run(): Promise<PosterResult> {
    const order = this.#order;
    const before = process.cpuUsage();
    await (order.kind === 'steady' ? this.#steady(order.ratePerS) : this.#fast());
    const { user, system } = process.cpuUsage(before);
    await this.#pool.close();
    const seconds = (performance.now() - this.#beginMs) / 1_000;
    return {
      perSecond: this.#tookMs.length / seconds,
      posts: this.#posts,
      tookMs: this.#tookMs,
      processorUs: (user + system) / Math.max(1, this.#posts),
      failures: this.#failures,
    };
  }

  async #fast(): Promise<void> {
    const subjects = this.#order.kind === 'about' ? [...this.#order.subjects] : null;
    const client = async () => {
      while (performance.now() < this.#endMs && this.#failures.length < 5) {
        const subject = subjects?.pop();
        if (subjects && !subject) return;
        await this.#post(subject);
      }
    };
    await Promise.all(Array.from({ length: this.#order.clients }, client));
  }

  /** On a fixed schedule, whatever the answers do. */
  async #steady(ratePerS: number): Promise<void> {
    const under = new Set<Promise<void>>();
    const startMs = performance.now();
    for (let sent = 0; ; sent += 1) {
      const dueMs = startMs + (sent * 1_000) / ratePerS;
      if (dueMs >= this.#endMs) break;
      if (dueMs > performance.now()) await sleep(dueMs - performance.now());
      const post = this.#post(undefined).finally(() => under.delete(post));
      under.add(post);
    }
    await Promise.all(under);
  }

  async #post(subject: Subject | undefined): Promise<void> {
    const startedMs = performance.now();
    number += 1;
    this.#posts += 1;
    const { headers, body } = this.#message(subject);
    const order = { path: this.#path, method: 'POST', headers, body } as const;
    const reply = await this.#pool.request(order);
    const text = await reply.body.text();
    const taken = reply.statusCode < 300;
    if (taken === (this.#order.kind === 'forged'))
      this.#failures.push(`${reply.statusCode} ${text.slice(0, 200)}`);
    if (startedMs >= this.#beginMs) this.#tookMs.push(performance.now() - startedMs);
  }

  #message(subject: Subject | undefined): { headers: Record<string, string>; body: string } {
    const about = subject ?? { reference: `bench${number}`, amount: 5_000, currency: 'GHS' };
    const data = { id: number, status: 'success', ...about };
    const body = JSON.stringify({ event: 'charge.success', data });
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if ('secret' in this.#order)
      headers['x-paystack-signature'] = createHmac('sha512', this.#order.secret)
        .update(body)
        .digest('hex');
    else headers['x-sent-at'] = String(Date.now());
    return { headers, body };
  }
}

process.on('message', (order: PosterOrder) => {
  void new Posting(order).run().then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit());
