// PSPs' webhooks: taken a second (verified, stored, answered) and applied a second, what each costs the processor, and
// what a flood of forged ones does. The control is the same posts to a bare server of the same runtime.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from './child.ts';
import type { EndpointOrder, EndpointWord } from './children/endpoint.ts';
import type { PosterOrder, PosterResult, Subject } from './children/poster.ts';
import type { ProcessorTime } from './processor.ts';
import { type Finding, finding } from './report.ts';
import { PAYSTACK_SECRET, type Stand } from './stand.ts';
import { percentile } from './statistics.ts';

const CLIENTS = 64;

type Endpoint = Child<EndpointOrder, EndpointWord>;
type Poster = Child<PosterOrder, PosterResult>;

export async function benchInbound(stand: Stand, quick: boolean): Promise<Finding[]> {
  const endpoint: Endpoint = startChild('endpoint');
  const poster: Poster = startChild('poster');
  try {
    const listening = await endpoint.first;
    if (listening.kind !== 'listening') throw new Error('the bare server is not there');
    const times = { clients: CLIENTS, warmUpMs: 1_000, measureMs: quick ? 3_000 : 8_000 };
    const bare = await bareServer(endpoint, poster, { url: listening.url, ...times });
    const url = `${stand.url}/v1/webhooks/incoming/paystack/${stand.connectionId}`;
    return [
      ...(await taken(stand, poster, { url, ...times }, bare)),
      ...(await applied(stand, poster, url, quick)),
      ...(await forged(stand, poster, { url, ...times }, bare)),
    ];
  } finally {
    await stand.clear();
    await Promise.all([endpoint.stop(), poster.stop()]);
  }
}

interface Times {
  readonly url: string;
  readonly clients: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

interface Bare {
  readonly perSecond: number;
  /** Of the bare server, for one post. */
  readonly processorUs: number;
}

async function bareServer(endpoint: Endpoint, poster: Poster, times: Times): Promise<Bare> {
  await endpoint.ask('report', 10_000);
  const order = { kind: 'signed', secret: PAYSTACK_SECRET, ...times } as const;
  const { perSecond, posts } = await poster.ask(order, 60_000);
  const word = await endpoint.ask('report', 10_000);
  if (word.kind !== 'heard') throw new Error('the bare server answered nonsense');
  return { perSecond, processorUs: word.processorUs / posts };
}

/** Messages about payments that are not ours: each is verified, stored and answered. */
async function taken(stand: Stand, poster: Poster, times: Times, bare: Bare): Promise<Finding[]> {
  await stand.clear();
  const before = stand.processorTime();
  const order = { kind: 'signed', secret: PAYSTACK_SECRET, ...times } as const;
  const { perSecond, posts, tookMs, failures } = await poster.ask(order, 60_000);
  if (failures.length > 0) throw new Error(`webhooks failed: ${failures.join('; ')}`);
  const part = 'inbound';
  const control = { name: 'the same posts to a bare server', value: bare.perSecond };
  return [
    finding(
      { part, what: 'taken', unit: '/s', value: perSecond, control },
      { of: 'measured', atLeast: 2_000 },
    ),
    finding({ part, what: 'taken, p99', unit: 'ms', value: percentile([...tookMs], 99) }),
    ...costs('one taken', stand.processorTime(), before, posts, bare),
  ];
}

function costs(
  what: string,
  after: ProcessorTime,
  before: ProcessorTime,
  count: number,
  bare: Bare,
): Finding[] {
  const control = { name: 'of a bare server for the same post', value: bare.processorUs };
  const of = (name: string, us: number) =>
    finding({
      part: 'inbound',
      what: `${name} processor time for ${what}`,
      unit: 'µs',
      value: us / count,
      control,
    });
  return [
    of("the server's", after.serverUs - before.serverUs),
    of("Postgres'", after.databaseUs - before.databaseUs),
  ];
}

/** A success for each of many open payments, all at once, until the last payment has succeeded. */
async function applied(
  stand: Stand,
  poster: Poster,
  url: string,
  quick: boolean,
): Promise<Finding[]> {
  await stand.clear();
  await stand.setPsp({ delayMs: 0 });
  const count = quick ? 1_000 : 4_000;
  const load = { get: null, ratePerS: null, clients: CLIENTS, warmUpMs: 0, measureMs: 120_000 };
  await stand.load({ ...load, count });
  const subjects = await openPayments(stand);
  const before = stand.processorTime();
  const startedMs = performance.now();
  const order = {
    kind: 'about',
    secret: PAYSTACK_SECRET,
    subjects,
    url,
    clients: CLIENTS,
  } as const;
  const { failures } = await poster.ask(order, 120_000);
  if (failures.length > 0) throw new Error(`webhooks failed: ${failures.join('; ')}`);
  while ((await openPayments(stand)).length > 0) {
    if (performance.now() - startedMs > 120_000) throw new Error('payments stay open');
    await sleep(50);
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  const after = stand.processorTime();
  const part = 'inbound';
  const per = (us: number) => us / subjects.length;
  return [
    finding({ part, what: 'taken and applied', unit: '/s', value: subjects.length / seconds }),
    finding({
      part,
      what: "the server's processor time for one taken and applied",
      unit: 'µs',
      value: per(after.serverUs - before.serverUs),
    }),
    finding({
      part,
      what: "Postgres' processor time for one taken and applied",
      unit: 'µs',
      value: per(after.databaseUs - before.databaseUs),
    }),
  ];
}

async function openPayments({ database }: Stand): Promise<Subject[]> {
  const { rows } = await database.query<{ id: string; amount: string; currency: string }>(
    `SELECT id, amount_minor AS amount, currency FROM attempts WHERE status <> 'succeeded'`,
  );
  return rows.map(({ id, amount, currency }) => ({
    reference: id.slice('att_'.length),
    amount: Number(amount),
    currency,
  }));
}

/** Signed with a wrong key: refused, each with 400, and never applied. */
async function forged(stand: Stand, poster: Poster, times: Times, bare: Bare): Promise<Finding[]> {
  await stand.clear();
  const before = stand.processorTime();
  const order = { kind: 'forged', secret: 'sk_test_wrong', ...times } as const;
  const { perSecond, posts, failures } = await poster.ask(order, 60_000);
  if (failures.length > 0) throw new Error(`forgeries were taken: ${failures.join('; ')}`);
  const control = { name: 'the same posts to a bare server', value: bare.perSecond };
  return [
    finding({
      part: 'inbound',
      what: 'forged ones refused',
      unit: '/s',
      value: perSecond,
      control,
    }),
    ...costs('one refused', stand.processorTime(), before, posts, bare),
  ];
}
