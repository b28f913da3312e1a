// Events delivered a second, what each costs the processor, and how long one takes from its commit to the endpoint's
// first byte. The controls are the same posts without Switchyard: by a bare client of the same runtime.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from './child.ts';
import type { EndpointOrder, EndpointWord } from './children/endpoint.ts';
import type { PosterOrder, PosterResult } from './children/poster.ts';
import { type Finding, finding } from './report.ts';
import type { Stand } from './stand.ts';
import { median, percentile } from './statistics.ts';

type Endpoint = Child<EndpointOrder, EndpointWord>;
type Poster = Child<PosterOrder, PosterResult>;

export async function benchEvents(stand: Stand, quick: boolean): Promise<Finding[]> {
  const endpoint: Endpoint = startChild('endpoint');
  const poster: Poster = startChild('poster');
  try {
    const listening = await endpoint.first;
    if (listening.kind !== 'listening') throw new Error('the endpoint is not there');
    await configure(stand, 'POST', { url: listening.url });
    return [
      ...(await throughput(stand, endpoint, poster, listening.url, quick)),
      ...(await delay(stand, endpoint, poster, listening.url, quick)),
    ];
  } finally {
    await stand.clear();
    await configure(stand, 'DELETE');
    await Promise.all([endpoint.stop(), poster.stop()]);
  }
}

/** A backlog as a long outage leaves it, until the last of it has arrived. */
async function throughput(
  stand: Stand,
  endpoint: Endpoint,
  poster: Poster,
  url: string,
  quick: boolean,
): Promise<Finding[]> {
  const [rounds, events] = quick ? [2, 5_000] : [5, 20_000];
  const ours: Drained[] = [];
  const theirs: PosterResult[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await stand.clear();
    await heard(endpoint);
    await stand.database.query(BACKLOG, [stand.environmentId, events]);
    ours.push(await drained(stand, endpoint, events));
    const order = { kind: 'fast', clients: 32, warmUpMs: 500, measureMs: 1_500 } as const;
    theirs.push(await poster.ask({ url, ...order }, 60_000));
  }
  await heard(endpoint);
  const of = <T>(all: readonly T[], value: (one: T) => number) => median(all.map(value));
  const perSecond = of(theirs, (one) => one.perSecond);
  const perPost = of(theirs, (one) => one.processorUs);
  const rate = { part: 'events', what: 'delivered of a backlog', unit: '/s' };
  const cost = { part: 'events', unit: 'µs' };
  return [
    finding(
      {
        ...rate,
        value: of(ours, (one) => one.perSecond),
        control: { name: 'the same posts by a bare client', value: perSecond },
      },
      { of: 'measured', atLeast: 2_000 },
    ),
    finding({
      ...cost,
      what: "the server's processor time for one",
      value: of(ours, (one) => one.serverUs),
      control: { name: 'of a bare client for the same post', value: perPost },
    }),
    finding({
      ...cost,
      what: "Postgres' processor time for one",
      value: of(ours, (one) => one.databaseUs),
      control: { name: 'of a bare client for the same post', value: perPost },
    }),
  ];
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

interface Drained {
  /** From the first to the last. */
  readonly perSecond: number;
  readonly serverUs: number;
  readonly databaseUs: number;
}

async function drained(stand: Stand, endpoint: Endpoint, events: number): Promise<Drained> {
  const before = stand.processorTime();
  let [count, firstMs, lastMs] = [0, 0, 0];
  for (const deadlineMs = performance.now() + 120_000; count < events; ) {
    if (performance.now() > deadlineMs) throw new Error(`${count} of ${events} events arrived`);
    await sleep(100);
    const word = await heard(endpoint);
    if (word.events === 0) continue;
    count += word.events;
    firstMs ||= word.firstMs;
    lastMs = word.lastMs;
  }
  const { serverUs, databaseUs } = stand.processorTime();
  return {
    perSecond: (events * 1_000) / Math.max(1, lastMs - firstMs),
    serverUs: (serverUs - before.serverUs) / events,
    databaseUs: (databaseUs - before.databaseUs) / events,
  };
}

const RATE_PER_S = 100;

/**
 * Payments at a steady rate; each has two events before anybody paid. Beside them a bare client posts to the same
 * endpoint at the same rate: what this machine adds to any message at that moment.
 */
async function delay(
  stand: Stand,
  endpoint: Endpoint,
  poster: Poster,
  url: string,
  quick: boolean,
): Promise<Finding[]> {
  await stand.clear();
  await stand.setPsp({ delayMs: 0 });
  await heard(endpoint);
  const times = { warmUpMs: 1_000, measureMs: quick ? 6_000 : 30_000 };
  await Promise.all([
    stand.load({ get: null, clients: 64, ratePerS: RATE_PER_S, ...times }),
    poster.ask({ kind: 'steady', url, clients: 64, ratePerS: RATE_PER_S, ...times }, 120_000),
  ]);
  await sleep(1_500);
  const { delaysMs, bareDelaysMs } = await heard(endpoint);
  const at = (percent: number, atMost: number) =>
    finding(
      {
        part: 'events',
        what: `commit to first byte at ${RATE_PER_S} payments/s, p${percent}`,
        unit: 'ms',
        value: percentile(delaysMs, percent),
        control: {
          name: `of a bare client's post beside it, p${percent}`,
          value: percentile(bareDelaysMs, percent),
        },
      },
      { of: 'measured', atMost },
    );
  return [at(50, 20), at(99, 50)];
}

async function heard(endpoint: Endpoint) {
  const word = await endpoint.ask('report', 10_000);
  if (word.kind !== 'heard') throw new Error('the endpoint answered nonsense');
  return word;
}

async function configure({ url, apiKey }: Stand, method: string, json?: object): Promise<void> {
  const reply = await fetch(`${url}/v1/webhooks/config`, {
    method,
    headers: { 'content-type': 'application/json', 'x-reevit-key': apiKey },
    ...(json ? { body: JSON.stringify(json) } : {}),
  });
  if (!reply.ok) throw new Error(`${method} /v1/webhooks/config: ${reply.status}`);
}
