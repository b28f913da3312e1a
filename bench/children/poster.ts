// Posts as fast as so many clients can: a PSP with many webhooks. A process of its own.
import { createHmac } from 'node:crypto';
import { Pool } from 'undici';

export interface PosterOrder {
  readonly url: string;
  /** Signs the bodies as Paystack does; null: they are not signed. */
  readonly secret: string | null;
  readonly clients: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface PosterResult {
  readonly perSecond: number;
  readonly tookMs: readonly number[];
  readonly failures: readonly string[];
}

let number = 0;

async function run(order: PosterOrder): Promise<PosterResult> {
  const { origin, pathname } = new URL(order.url);
  const pool = new Pool(origin, { connections: order.clients, pipelining: 1 });
  const failures: string[] = [];
  const tookMs: number[] = [];
  const beginMs = performance.now() + order.warmUpMs;
  const endMs = beginMs + order.measureMs;
  const client = async () => {
    while (performance.now() < endMs && failures.length < 5) {
      const startedMs = performance.now();
      number += 1;
      const data = { id: number, status: 'success', reference: `bench${number}`, amount: 5_000 };
      const body = JSON.stringify({ event: 'charge.success', data: { ...data, currency: 'GHS' } });
      const headers: Record<string, string> = { 'content-type': 'application/json' };
      if (order.secret !== null)
        headers['x-paystack-signature'] = createHmac('sha512', order.secret)
          .update(body)
          .digest('hex');
      const reply = await pool.request({ path: pathname, method: 'POST', headers, body });
      const text = await reply.body.text();
      if (reply.statusCode >= 300) failures.push(`${reply.statusCode} ${text.slice(0, 200)}`);
      if (startedMs >= beginMs) tookMs.push(performance.now() - startedMs);
    }
  };
  await Promise.all(Array.from({ length: order.clients }, client));
  await pool.close();
  return { perSecond: (tookMs.length * 1_000) / order.measureMs, tookMs, failures };
}

process.on('message', (order: PosterOrder) => {
  void run(order).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit());
