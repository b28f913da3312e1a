// F13: every committed event reaches every endpoint that wants it, at least once, whatever dies on the way.
// Mutations: leave DELIVERIES_OF_E out of payments_commit (store/payments.ts); record a delivery before it is sent
// (lane.ts); let the lease of a dead process never end (endpoints_claim).
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { reevitSignature } from '../../src/flows/deliver-event/sign.ts';
import { workDue } from '../../src/flows/sync/work-due.ts';
import { disableEndpoint } from '../../src/store/endpoints.ts';
import { type MerchantEndpoint, openEndpoint } from '../endpoint.ts';
import { type Merchant, openStage, type Stage } from '../stage.ts';
import { openProcess, type Process } from './process.ts';

const SECOND = 1_000;
const PAY = { amount: 5_000, currency: 'GHS', country: 'GH', method: 'card' };

let stage: Stage;
let merchant: Merchant;
let endpoint: MerchantEndpoint;
let config: { id: string; signing_secret: string };

beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => {
  await stage?.close();
});
beforeEach(async () => {
  endpoint = await openEndpoint();
  merchant = await stage.merchant();
  await merchant.connect('paystack');
  config = (await merchant.send('POST', '/webhooks/config', { url: endpoint.url })).body;
  return () => endpoint.close();
});

const pay = async () => (await merchant.send('POST', '/payments/intents', PAY)).body;
const outbound = async (query = '') =>
  (await merchant.send('GET', `/webhooks/outbound${query}`)).body;
const ids = (one: MerchantEndpoint) => one.received.map(({ body }) => body.id);

async function committed(): Promise<{ id: string; sequence: number; payment: string }[]> {
  const { body } = await merchant.send('GET', '/events?limit=200');
  return body.events.map((one: { id: string; sequence: number; data: { id: string } }) => ({
    id: one.id,
    sequence: one.sequence,
    payment: one.data.id,
  }));
}

describe('an event', () => {
  it('is delivered once, signed for both kinds of clients, with the whole payment', async () => {
    const payment = await pay();
    await stage.work();
    expect(ids(endpoint)).toEqual((await committed()).map(({ id }) => id));
    const [first] = endpoint.received;
    const { headers, text, body } = first!;
    expect(
      new Webhook(config.signing_secret).verify(text, headers as Record<string, string>),
    ).toEqual(body);
    expect(headers['x-reevit-signature']).toBe(reevitSignature(config.signing_secret, text));
    expect(headers['webhook-id']).toBe(body.id);
    expect(headers).toMatchObject({
      'x-reevit-delivery-id': body.delivery_id,
      'x-reevit-delivery-attempt': '1',
      'x-reevit-signature-timestamp': body.signature_timestamp,
      'x-reevit-mode': 'sandbox',
    });
    expect(body).toMatchObject({
      event: 'payment.created',
      type: 'payment.created',
      org_id: merchant.organization.id,
      mode: 'sandbox',
      sequence: 1,
      attempt: 1,
      data: { id: payment.id, amount: 5_000, currency: 'GHS', client_secret: '' },
    });
    const { body: now } = await merchant.send('GET', `/payments/${payment.id}`);
    expect(Object.keys(body.data).sort()).toEqual(Object.keys(now).sort());
    expect(JSON.stringify(body)).not.toMatch(/secret_key|sk_test/);
  });

  it('goes to each endpoint that wants its type, and to none of another environment', async () => {
    const [picky, foreign] = [await openEndpoint(), await openEndpoint()];
    const stranger = await stage.merchant('Stranger');
    await stranger.send('POST', '/webhooks/config', { url: foreign.url });
    await merchant.send('POST', '/webhooks/endpoints', {
      url: picky.url,
      events: ['payment.created'],
    });
    await pay();
    await stage.work();
    expect(picky.received.map(({ body }) => body.type)).toEqual(['payment.created']);
    expect(endpoint.received.length).toBeGreaterThan(1);
    expect(foreign.received).toEqual([]);
    await Promise.all([picky.close(), foreign.close()]);
  });

  it('is sent again on the schedule under its id, signed anew, until it is given up', async () => {
    endpoint.answer = () => 500;
    await merchant.send('PATCH', `/webhooks/endpoints/${config.id}`, {
      events: ['payment.created'],
    });
    await pay();
    await stage.work();
    const minute = 60 * SECOND;
    const hour = 60 * minute;
    for (const wait of [
      5 * SECOND,
      5 * minute,
      30 * minute,
      ...[2, 5, 10, 14, 20, 24].map((one) => one * hour),
    ])
      await stage.later(wait * 1.2);
    await stage.later(100 * hour);
    const attempts = endpoint.received.map(({ body }) => body.attempt);
    expect(attempts).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(new Set(ids(endpoint)).size).toBe(1);
    for (const { headers, text } of endpoint.received)
      expect(headers['x-reevit-signature']).toBe(reevitSignature(config.signing_secret, text));
    const [letter] = await outbound();
    expect(letter).toMatchObject({
      status: 'failed',
      attempts: 10,
      response_code: 500,
      next_attempt_at: null,
    });
    const { body: shown } = await merchant.send('GET', `/webhooks/outbound/${letter.id}`);
    expect(shown.attempt_log).toHaveLength(10);
    endpoint.answer = () => 200;
    await merchant.send('POST', `/webhooks/dashboard/deliveries/${letter.id}/retry`);
    await stage.work();
    expect((await outbound())[0]).toMatchObject({ status: 'succeeded', attempts: 11 });
  });

  it('waits for as long as Retry-After says', async () => {
    endpoint.answer = (_one, count) =>
      count === 1 ? { status: 503, headers: { 'retry-after': '120' } } : 200;
    await merchant.send('PATCH', `/webhooks/endpoints/${config.id}`, {
      events: ['payment.created'],
    });
    await pay();
    await stage.work();
    await stage.later(100 * SECOND);
    expect(endpoint.received).toHaveLength(1);
    await stage.later(50 * SECOND);
    expect(endpoint.received).toHaveLength(2);
  });

  it('is not taken by a redirect, and nobody follows one', async () => {
    const other = await openEndpoint();
    endpoint.answer = () => ({ status: 307, headers: { location: other.url } });
    await pay();
    await stage.work();
    expect(other.received).toEqual([]);
    expect((await outbound('?status=pending')).length).toBeGreaterThan(0);
    await other.close();
  });

  it('is not sent to an endpoint that said 410 any more, and can be brought back when it is enabled again', async () => {
    endpoint.answer = () => 410;
    await pay();
    await stage.work();
    const { body: gone } = await merchant.send('GET', '/webhooks/config');
    expect(gone).toMatchObject({
      enabled: false,
      status: 'disabled',
      status_reason: 'it answered 410 Gone',
    });
    await pay();
    await stage.work();
    const heard = endpoint.received.length;
    endpoint.answer = () => 200;
    const { status } = await merchant.send('POST', `/webhooks/endpoints/${config.id}/replay`, {
      from: '2000-01-01',
    });
    expect(status).toBe(400);
    await merchant.send('PATCH', `/webhooks/endpoints/${config.id}`, { enabled: true });
    await merchant.send('POST', `/webhooks/endpoints/${config.id}/replay`, { from: '2000-01-01' });
    await stage.work();
    const all = (await committed()).map(({ id }) => id);
    expect(new Set(ids(endpoint).slice(heard))).toEqual(new Set(all));
  });

  it('keeps few connections to an endpoint that has not answered yet', async () => {
    endpoint.answer = null;
    for (let count = 0; count < 6; count += 1) await pay();
    const working = stage.work();
    await expect.poll(() => endpoint.received.length).toBeGreaterThan(3);
    expect(await outbound('?status=pending')).toHaveLength(12);
    expect(endpoint.received).toHaveLength(4);
    await endpoint.close();
    await working;
  });

  it('is given up with the others when its endpoint is disabled while it is on its way', async () => {
    endpoint.answer = null;
    await pay();
    const working = stage.work();
    await expect.poll(() => endpoint.received.length).toBeGreaterThan(0);
    const place = { environmentId: merchant.organization.environments[0]!.id, id: config.id };
    const actor = { type: 'system', id: 'switchyard', keyId: '' } as const;
    await disableEndpoint(stage.context.db, place, 'gone', { actor, nowMs: stage.clock.nowMs() });
    await endpoint.close();
    await working;
    const left = (await outbound()).map((one: { status: string; next_attempt_at: unknown }) => [
      one.status,
      one.next_attempt_at,
    ]);
    expect(new Set(left.map(String))).toEqual(new Set(['failed,']));
  });

  it('is not sent any more to an endpoint that took nothing for five days', async () => {
    endpoint.answer = () => 500;
    for (let day = 0; day < 7; day += 1) {
      await pay();
      await stage.work();
      await stage.later(24 * 3_600 * SECOND);
    }
    const { body } = await merchant.send('GET', '/webhooks/config');
    expect(body).toMatchObject({
      enabled: false,
      status_reason: 'nothing came through for five days',
    });
    const heard = endpoint.received.length;
    await stage.later(24 * 3_600 * SECOND);
    expect(endpoint.received).toHaveLength(heard);
  });

  it('that nobody can present is told as it is, and holds up none behind it', async () => {
    await pay();
    const spoil = {
      name: 'spoil',
      text: `UPDATE events SET snapshot = '{"amountMinor":"nonsense"}' WHERE environment_id = $1 RETURNING 1`,
    };
    const spoiled = await stage.context.db.run(spoil, [merchant.organization.environments[0]!.id]);
    await pay();
    await stage.work();
    const [first] = endpoint.received;
    expect(first?.body.data).toEqual({ amountMinor: 'nonsense' });
    expect(endpoint.received.length).toBeGreaterThan(spoiled.length);
  });

  it('tells what was, however late it arrives and whatever the payment has become (F14)', async () => {
    endpoint.answer = () => 500;
    const { id } = await pay();
    await stage.work();
    await merchant.send('POST', `/payments/${id}/cancel`);
    endpoint.answer = () => 200;
    await stage.later(60 * SECOND);
    const { body: now } = await merchant.send('GET', `/payments/${id}`);
    const tries = endpoint.received.filter(({ body }) => body.type === 'payment.created');
    expect(tries.map(({ body }) => body.attempt)).toEqual([1, 2]);
    for (const { body } of tries) expect(body.data.status).toBe('pending');
    expect(tries[1]?.body.data).toEqual(tries[0]?.body.data);
    expect(now.status).not.toBe('pending');
  });

  it('can be put in order: per payment its number rises by one, however late it arrives', async () => {
    endpoint.answer = (_one, count) => (count % 3 === 0 ? 200 : 500);
    const payments = [await pay(), await pay()];
    await merchant.send('POST', `/payments/${payments[0].id}/cancel`);
    await stage.work();
    for (let round = 0; round < 12; round += 1) await stage.later(30 * 60 * SECOND);
    for (const { id } of payments) {
      const heard = endpoint.received.filter(({ body }) => body.data.id === id);
      const numbers = [...new Set(heard.map(({ body }) => body.sequence))].sort((a, b) => a - b);
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    }
  });
});

describe('a process that dies', () => {
  let other: Process;
  beforeAll(() => {
    other = openProcess(stage);
  });
  afterAll(() => other?.close());

  it('at any step of a delivery loses none', async () => {
    for (let atStep = 0; ; atStep += 1) {
      for (const when of ['before', 'after'] as const) {
        await pay();
        other.start({ atStep, when });
        await workDue(other.context).catch(() => {});
        // Its leases end.
        await stage.later(61 * SECOND);
        await stage.later(61 * SECOND);
        const heard = new Set(ids(endpoint));
        expect((await committed()).filter(({ id }) => !heard.has(id))).toEqual([]);
      }
      if (other.death() === null) return expect(atStep).toBeGreaterThan(5);
    }
  });
});

describe('an endpoint that does not answer', () => {
  it('holds up no other', async () => {
    const dead = await openEndpoint();
    dead.answer = null;
    for (let index = 0; index < 5; index += 1)
      await merchant.send('POST', '/webhooks/endpoints', { url: `${dead.url}/${index}` });
    await pay();
    const work = workDue(stage.context);
    await expect.poll(() => endpoint.received.length, { timeout: 15_000 }).toBeGreaterThan(1);
    expect(dead.received.length).toBeGreaterThan(0);
    await dead.close();
    await work;
  });
});
