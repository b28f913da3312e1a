import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Merchant, openStage, type Stage } from '../../../../test/stage.ts';

/** The stream looks twice a second. */
const SOON = { timeout: 15_000 };
const PAY = { amount: 5_000, currency: 'GHS', country: 'GH', method: 'card' };

let stage: Stage;
let merchant: Merchant;
let other: Merchant;
beforeAll(async () => {
  stage = await openStage();
  [merchant, other] = [await stage.merchant(), await stage.merchant('Other')];
  await merchant.connect('paystack');
  await other.connect('paystack');
});
afterAll(() => stage?.close());

const pay = async (by = merchant) => (await by.send('POST', '/payments/intents', PAY)).body.id;
const feed = async (query = '') => (await merchant.send('GET', `/events${query}`)).body;

async function all(limit: number): Promise<{ id: string; cursor: string; data: { id: string } }[]> {
  const found = [];
  for (let after = '0'; ; ) {
    const { events, next_after, has_more } = await feed(`?limit=${limit}&after=${after}`);
    found.push(...events);
    after = next_after;
    if (!has_more) return found;
  }
}

/** A connection with a transaction under way that has an id. */
async function writer(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query('BEGIN');
  await client.query('SELECT pg_current_xact_id()');
  return client;
}

describe('the feed', () => {
  it('has every event of the environment once, in one order, page by page', async () => {
    const ids = [await pay(), await pay(), await pay()];
    await pay(other);
    const [big, small] = [await all(200), await all(2)];
    expect(big.length).toBeGreaterThan(5);
    expect(small.map(({ id }) => id)).toEqual(big.map(({ id }) => id));
    expect(new Set(big.map(({ data }) => data.id))).toEqual(new Set(ids));
    expect(big.map(({ cursor }) => Number(cursor))).toEqual(
      big.map(({ cursor }) => Number(cursor)).sort((a, b) => a - b),
    );
  });

  it('can be asked for one type and for one payment', async () => {
    const id = await pay();
    expect((await feed(`?payment_id=${id}`)).events.length).toBeGreaterThan(1);
    const { events } = await feed(`?payment_id=${id}&type=payment.created`);
    expect(events).toMatchObject([{ type: 'payment.created', data: { id } }]);
    expect((await feed(`?payment_id=&type=&limit=200`)).events.length).toBeGreaterThan(2);
    expect((await merchant.send('GET', '/events?after=x')).status).toBe(400);
  });

  it('shows nothing behind an event that is not committed yet, and then both in their order', async () => {
    const late = await writer(stage.connectionString);
    const environmentId = merchant.organization.environments[0]!.id;
    await late.query(
      `INSERT INTO events (environment_id, id, type, snapshot, created_at) VALUES ($1, 'evt_late', 'x.late', '{}', now())`,
      [environmentId],
    );
    const { next_after: start } = (await feed('?limit=200')) as { next_after: string };
    const id = await pay();
    const newer = async () => (await feed(`?after=${start}&limit=200`)).events;
    for (let look = 0; look < 5; look += 1)
      expect((await newer()).filter((one: { data: { id: string } }) => one.data.id === id)).toEqual(
        [],
      );
    await late.query('COMMIT');
    await late.end();
    const ids = async () =>
      (await newer()).map((one: { data: { id: string }; id: string }) => one.data.id ?? one.id);
    expect(await ids()).toContain(id);
    const order = (await newer()).map((one: { type: string }) => one.type);
    expect(order.indexOf('x.late')).toBeLessThan(order.lastIndexOf('payment.created'));
    expect(order).toContain('x.late');
  });

  it('does not wait for the transactions of other databases of the server', async () => {
    const stranger = await writer(inject('testServer').url);
    const id = await pay();
    const { events } = await feed(`?payment_id=${id}`);
    expect(events.map(({ type }: { type: string }) => type)).toContain('payment.created');
    await stranger.query('ROLLBACK');
    await stranger.end();
  });
});

describe('the stream', () => {
  const open = async (headers: Record<string, string> = {}) => {
    const { port } = stage.app.server.address() as AddressInfo;
    const abort = new AbortController();
    const reply = await fetch(`http://127.0.0.1:${port}/v1/events/stream?mode=test`, {
      headers: { 'x-reevit-key': merchant.key, accept: 'text/event-stream', ...headers },
      signal: abort.signal,
    });
    expect(reply.headers.get('content-type')).toBe('text/event-stream');
    const heard = { text: '' };
    const ended = (async () => {
      const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
      for (let one = await reader.read(); !one.done; one = await reader.read())
        heard.text += one.value;
    })();
    ended.catch(() => {});
    return { heard, ended, close: () => abort.abort() };
  };

  it('tells events as they happen, and goes on where it was left', async () => {
    const first = await open();
    const id = await pay();
    await expect.poll(() => first.heard.text, SOON).toContain(id);
    const frame = /id: (\d+)\nevent: payment\.created\ndata: (.*)\n\n/.exec(first.heard.text)!;
    expect(JSON.parse(frame[2]!)).toMatchObject({
      type: 'payment.created',
      mode: 'sandbox',
      data: { id },
    });
    first.close();

    const missed = await pay();
    const second = await open({ 'last-event-id': frame[1]! });
    await expect.poll(() => second.heard.text, SOON).toContain(missed);
    expect(second.heard.text).not.toContain(other.organization.id);
    second.close();
  });

  it('is one of at most ten, also when many are opened at once or left while they are opened', async () => {
    const { port } = stage.app.server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/v1/events/stream`;
    const headers = { 'x-reevit-key': other.key };
    for (let delayMs = 0; delayMs < 20; delayMs += 1) {
      const left = fetch(url, { headers, signal: AbortSignal.timeout(delayMs) });
      await left.then((reply) => reply.text()).catch(() => {});
    }
    const abort = new AbortController();
    const opened = await Promise.all(
      Array.from({ length: 20 }, () => fetch(url, { headers, signal: abort.signal })),
    );
    expect(opened.filter(({ status }) => status === 200)).toHaveLength(10);
    abort.abort();
  });

  it('ends when its key is revoked, and tells nothing more', async () => {
    const asked = { name: 'reader', scopes: ['webhooks:read'] };
    const { body: key } = await merchant.send('POST', '/api-keys', asked);
    const stream = await open({ 'x-reevit-key': key.raw });
    await merchant.send('DELETE', `/api-keys/${key.id}`);
    const id = await pay();
    await stream.ended;
    expect(stream.heard.text).not.toContain(id);
  });
});
