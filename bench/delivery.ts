// Events delivered a second, from their commit to the endpoint's first byte, and PSPs' webhooks taken in a second. The
// controls are the same requests without Switchyard: a bare client and a bare server of the same runtime.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from './child.ts';
import type { EndpointOrder, EndpointWord } from './children/endpoint.ts';
import type { PosterOrder, PosterResult } from './children/poster.ts';
import { type Finding, finding } from './report.ts';
import { PAYSTACK_SECRET, type Stand } from './stand.ts';
import { median, percentile } from './statistics.ts';

const CLIENTS = 64;

export async function benchDelivery(stand: Stand, quick: boolean): Promise<Finding[]> {
  const endpoint = startChild<EndpointOrder, EndpointWord>('endpoint');
  const poster = startChild<PosterOrder, PosterResult>('poster');
  try {
    const listening = await endpoint.first;
    if (listening.kind !== 'listening') throw new Error('the endpoint is not there');
    await configure(stand, listening.url);
    return [
      ...(await throughput(stand, endpoint, poster, listening.url, quick)),
      ...(await delay(stand, endpoint, quick)),
      ...(await inbound(stand, endpoint, poster, listening.url, quick)),
    ];
  } finally {
    await stand.clear();
    await remove(stand);
    await Promise.all([endpoint.stop(), poster.stop()]);
  }
}

type Endpoint = Child<EndpointOrder, EndpointWord>;

/** A backlog as a long outage leaves it, until the last of it has arrived. */
async function throughput(
  stand: Stand,
  endpoint: Endpoint,
  poster: Child<PosterOrder, PosterResult>,
  url: string,
  quick: boolean,
): Promise<Finding[]> {
  const [rounds, events] = quick ? [1, 4_000] : [3, 20_000];
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    await stand.clear();
    await heard(endpoint);
    await stand.database.query(BACKLOG, [stand.environmentId, events]);
    ours.push(await drained(endpoint, events));
    const bare = { url, secret: null, clients: 32, warmUpMs: 500, measureMs: 2_000 };
    theirs.push((await poster.ask(bare, 60_000)).perSecond);
  }
  await heard(endpoint);
  const control = { name: 'the same posts by a bare client', value: median(theirs) };
  const rate = { part: 'delivery', what: 'events of a backlog', unit: '/s', control };
  return [finding({ ...rate, value: median(ours) }, { of: 'measured', atLeast: 2_000 })];
}

const BACKLOG = `
WITH e AS (
  INSERT INTO events (environment_id, id, payment_id, payment_sequence, type, snapshot, created_at)
  SELECT $1, 'evt_' || md5(random()::text), 'pay_x', 1, 'payment.succeeded', jsonb_build_object(
    'id', 'pay_x', 'status', 'succeeded', 'amountMinor', '5000', 'currency', 'GHS', 'refundedMinor', '0',
    'authorizedMinor', '0', 'capturedMinor', '5000', 'metadata', jsonb_build_object('order', n), 'attempts', '[]'::jsonb,
    'createdAt', 1767225600000, 'updatedAt', 1767225600000, 'expiresAt', 1767225600000,
    'capturedAt', 1767225600000, 'cancelRequestedAt', null), now()
  FROM generate_series(1, $2::int) n
  RETURNING environment_id, id, sequence, type, payment_id, created_at
)
INSERT INTO deliveries (environment_id, event_id, endpoint_id, event_sequence, event_type, payment_id, status,
                        next_try_at, created_at, updated_at)
SELECT e.environment_id, e.id, w.id, e.sequence, e.type, e.payment_id, 'pending', e.created_at, e.created_at, e.created_at
FROM e JOIN endpoints w ON w.environment_id = e.environment_id AND w.status = 'active'`;

/** Events a second, from the first to the last. */
async function drained(endpoint: Endpoint, events: number): Promise<number> {
  let [count, firstMs, lastMs] = [0, 0, 0];
  for (const deadlineMs = performance.now() + 120_000; count < events; ) {
    if (performance.now() > deadlineMs) throw new Error(`${count} of ${events} events arrived`);
    await sleep(250);
    const word = await heard(endpoint);
    if (word.events === 0) continue;
    count += word.events;
    firstMs ||= word.firstMs;
    lastMs = word.lastMs;
  }
  return (events * 1_000) / Math.max(1, lastMs - firstMs);
}

/** Payments at a steady rate; each has two events before anybody paid. */
async function delay(stand: Stand, endpoint: Endpoint, quick: boolean): Promise<Finding[]> {
  await stand.clear();
  await stand.setPsp({ delayMs: 0 });
  await heard(endpoint);
  const [ratePerS, measureMs] = [100, quick ? 4_000 : 30_000];
  await stand.load({ get: null, clients: CLIENTS, ratePerS, warmUpMs: 1_000, measureMs });
  await sleep(1_500);
  const { delaysMs } = await heard(endpoint);
  const at = (percent: number, atMost: number) =>
    finding(
      {
        part: 'delivery',
        what: `commit to first byte at ${ratePerS} payments/s, p${percent}`,
        unit: 'ms',
        value: percentile([...delaysMs], percent),
      },
      { of: 'measured', atMost },
    );
  return [at(50, 20), at(99, 50)];
}

/** Signed messages of a PSP about payments that are not ours: verified, stored and answered. */
async function inbound(
  stand: Stand,
  endpoint: Endpoint,
  poster: Child<PosterOrder, PosterResult>,
  bareUrl: string,
  quick: boolean,
): Promise<Finding[]> {
  await stand.clear();
  const times = { clients: CLIENTS, warmUpMs: 1_000, measureMs: quick ? 3_000 : 8_000 };
  const url = `${stand.url}/v1/webhooks/incoming/paystack/${stand.connectionId}`;
  const ours = await poster.ask({ url, secret: PAYSTACK_SECRET, ...times }, 60_000);
  if (ours.failures.length > 0) throw new Error(`webhooks failed: ${ours.failures.join('; ')}`);
  const theirs = await poster.ask({ url: bareUrl, secret: PAYSTACK_SECRET, ...times }, 60_000);
  await heard(endpoint);
  const control = { name: 'the same posts to a bare server', value: theirs.perSecond };
  const taken = { part: 'delivery', what: 'webhooks of PSPs taken', unit: '/s', control };
  const p99 = { part: 'delivery', what: 'webhooks of PSPs taken, p99', unit: 'ms' };
  return [
    finding({ ...taken, value: ours.perSecond }, { of: 'measured', atLeast: 2_000 }),
    finding({ ...p99, value: percentile([...ours.tookMs], 99) }),
  ];
}

async function heard(endpoint: Endpoint) {
  const word = await endpoint.ask('report', 10_000);
  if (word.kind !== 'heard') throw new Error('the endpoint answered nonsense');
  return word;
}

async function configure(stand: Stand, url: string): Promise<void> {
  await call(stand, 'POST', { url });
}

async function remove(stand: Stand): Promise<void> {
  await call(stand, 'DELETE');
}

async function call({ url, apiKey }: Stand, method: string, json?: object): Promise<void> {
  const reply = await fetch(`${url}/v1/webhooks/config`, {
    method,
    headers: { 'content-type': 'application/json', 'x-reevit-key': apiKey },
    ...(json ? { body: JSON.stringify(json) } : {}),
  });
  if (!reply.ok) throw new Error(`${method} /v1/webhooks/config: ${reply.status}`);
}
