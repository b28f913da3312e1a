import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MerchantEndpoint, openEndpoint } from '../../../../test/endpoint.ts';
import { type Merchant, openStage, type Stage } from '../../../../test/stage.ts';
import { reevitSignature } from '../../../flows/deliver-event/sign.ts';

const HOUR = 60 * 60_000;
const PAY = { amount: 5_000, currency: 'GHS', country: 'GH', method: 'card' };
const URL = 'https://shop.example/hooks';

let stage: Stage;
let merchant: Merchant;
let endpoint: MerchantEndpoint;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());
beforeEach(async () => {
  endpoint = await openEndpoint();
  merchant = await stage.merchant();
  return () => endpoint.close();
});

const send = (method: string, path: string, json?: unknown, headers?: Record<string, string>) =>
  merchant.send(method, `/webhooks${path}`, json, headers);

async function pay(): Promise<string> {
  const { body } = await merchant.send('POST', '/payments/intents', PAY);
  await stage.work();
  return body.id;
}

describe('the configuration', () => {
  it('is made as Reevit documents it, and read back', async () => {
    expect((await send('GET', '/config')).status).toBe(404);
    const made = await send('POST', '/config', { url: URL });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      id: expect.stringMatching(/^wh_[0-9a-f]{32}$/),
      url: URL,
      events: [],
      enabled: true,
      status: 'active',
      metadata: {},
      org_id: merchant.organization.id,
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
    });
    const { signing_secret: secret } = made.body;
    expect(Buffer.from(secret.replace('whsec_', ''), 'base64')).toHaveLength(32);
    expect((await send('GET', '/config')).body).toEqual(made.body);
  });

  it('keeps its id and secret when it is replaced', async () => {
    const { body: before } = await send('POST', '/config', {
      url: URL,
      events: ['payment.created'],
    });
    const { status, body } = await send('POST', '/config', {
      url: `${URL}/2`,
      enabled: false,
      metadata: null,
    });
    expect([status, body.id, body.signing_secret]).toEqual([201, before.id, before.signing_secret]);
    expect(body).toMatchObject({ url: `${URL}/2`, events: [], enabled: false, status: 'disabled' });
  });

  it('is removed with 200, once', async () => {
    await send('POST', '/config', { url: URL });
    const removed = await send('DELETE', '/config');
    expect([removed.status, removed.body]).toEqual([200, { status: 'deleted' }]);
    expect((await send('DELETE', '/config')).status).toBe(404);
    const again = await send('POST', '/config', { url: URL });
    expect(again.status).toBe(201);
  });

  it('refuses what is no URL that may be called, and types that are none', async () => {
    const code = async (body: object) => (await send('POST', '/config', body)).body.code;
    expect(await code({})).toBe('missing_url');
    expect(await code({ url: '' })).toBe('missing_url');
    expect(await code({ url: 'http://shop.example/' })).toBe('invalid_url');
    expect(await code({ url: 'http://169.254.169.254/' })).toBe('invalid_url');
    expect(await code({ url: URL, events: ['nonsense!'] })).toBe('validation_error');
    expect(await code({ url: URL, metadata: { a: 'x'.repeat(5_000) } })).toBe('validation_error');
  });

  it('and endpoints may be made and changed by many at once', async () => {
    const times = (count: number) => Array.from({ length: count }, (_, index) => index);
    const configs = await Promise.all(times(8).map(() => send('POST', '/config', { url: URL })));
    expect(configs.map(({ status }) => status)).toEqual(times(8).map(() => 201));
    expect(new Set(configs.map(({ body }) => body.id)).size).toBe(1);
    const at = `/endpoints/${configs[0]!.body.id}`;
    for (const index of times(5)) {
      const type = `payment.word_${index}`;
      await Promise.all([
        send('PATCH', at, { metadata: { index } }),
        send('PATCH', at, { events: [type] }),
        send('POST', `${at}/rotate-secret`, { overlap_hours: 0 }),
      ]);
      expect((await send('GET', at)).body).toMatchObject({ metadata: { index }, events: [type] });
    }
    const more = await Promise.all(times(60).map(() => send('POST', '/endpoints', { url: URL })));
    expect(more.filter(({ status }) => status === 201)).toHaveLength(49);
    expect(more.find(({ status }) => status !== 201)?.body.code).toBe('limit_reached');
  });

  it('is made once under one Idempotency-Key, and answers again with its secret', async () => {
    const key = { 'idempotency-key': 'k1' };
    const first = await send('POST', '/endpoints', { url: URL }, key);
    const again = await send('POST', '/endpoints', { url: URL }, key);
    expect(again.text).toBe(first.text);
    expect((await send('GET', '/endpoints')).body.endpoints).toHaveLength(1);
    expect((await send('POST', '/endpoints', { url: `${URL}/b` }, key)).status).toBe(409);
  });

  it('and its endpoints are of one environment alone', async () => {
    const { body } = await send('POST', '/config', { url: URL });
    const stranger = await stage.merchant('Stranger');
    for (const [method, path] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/rotate-secret'],
      ['POST', '/test'],
    ] as const) {
      const at = `/webhooks/endpoints/${body.id}${path}`;
      expect((await stranger.send(method, at, {})).status).toBe(404);
    }
  });
});

describe('a test event', () => {
  it('is sent at once, signed, and answered with what came of it', async () => {
    expect((await send('POST', '/test')).body.code).toBe('webhook_not_configured');
    const { body: config } = await send('POST', '/config', { url: endpoint.url });
    expect((await send('POST', '/test')).body).toEqual({ status: 'ok' });
    const [heard] = endpoint.received;
    expect(heard?.body).toMatchObject({
      event: 'reevit.webhook.test',
      type: 'reevit.webhook.test',
    });
    expect(heard?.headers['x-reevit-signature']).toBe(
      reevitSignature(config.signing_secret, heard!.text),
    );
    endpoint.answer = () => 500;
    const failed = await send('POST', '/test', {});
    expect([failed.status, failed.body.code]).toEqual([502, 'webhook_failed']);
    await stage.later(24 * HOUR);
    expect(endpoint.received).toHaveLength(2);
    const { body: outbound } = await send('GET', '/outbound');
    expect(outbound.map((one: { status: string }) => one.status)).toEqual(['failed', 'succeeded']);
  });
});

describe('a new secret', () => {
  it('signs beside the old one for a while, and then alone', async () => {
    await merchant.connect('paystack');
    const { body: before } = await send('POST', '/config', { url: endpoint.url });
    const { body: after } = await send('POST', `/endpoints/${before.id}/rotate-secret`, {
      overlap_hours: 2,
    });
    expect(after.signing_secret).not.toBe(before.signing_secret);
    expect(after.previous_secret_until).toMatch(/Z$/);
    await pay();
    const during = endpoint.received.at(-1)!;
    expect(String(during.headers['webhook-signature']).split(' ')).toHaveLength(2);
    expect(during.headers['x-reevit-signature']).toBe(
      reevitSignature(after.signing_secret, during.text),
    );
    expect(during.headers['x-reevit-signature-previous']).toBe(
      reevitSignature(before.signing_secret, during.text),
    );
    stage.clock.advance(2 * HOUR);
    await pay();
    const then = endpoint.received.at(-1)!;
    expect(String(then.headers['webhook-signature']).split(' ')).toHaveLength(1);
    expect(then.headers['x-reevit-signature-previous']).toBeUndefined();
  });

  it('can be an Ed25519 one besides', async () => {
    await merchant.connect('paystack');
    const { body } = await send('POST', '/endpoints', { url: endpoint.url, ed25519: true });
    expect(body.public_key).toMatch(/^whpk_/);
    await pay();
    expect(endpoint.received.at(-1)?.headers['webhook-signature']).toMatch(/^v1,\S+ v1a,\S+$/);
  });
});

describe('deliveries', () => {
  beforeEach(async () => {
    await merchant.connect('paystack');
    await send('POST', '/config', { url: endpoint.url });
  });

  it('are listed, filtered and counted in the words of each API', async () => {
    endpoint.answer = ({ body }) => (body.type === 'payment.created' ? 200 : 500);
    await pay();
    const all = (await send('GET', '/outbound')).body;
    expect(all.at(-1)).toMatchObject({
      event_type: 'payment.created',
      target_url: endpoint.url,
      url: endpoint.url,
      status: 'succeeded',
      response_code: 200,
      attempts: 1,
      attempt_count: 1,
      last_error: '',
      next_attempt_at: null,
    });
    const waiting = (await send('GET', '/outbound?status=pending')).body;
    expect(waiting[0]).toMatchObject({
      last_error: 'HTTP 500',
      next_attempt_at: expect.any(String),
    });
    expect((await send('GET', '/outbound?event_type=payment.created')).body).toHaveLength(1);
    expect((await send('GET', '/outbound?target_url=https://x.example/')).body).toEqual([]);
    expect((await send('GET', '/outbound?status=nonsense')).status).toBe(400);
    expect((await send('GET', '/outbound/stats')).body).toEqual({
      total: all.length,
      pending: waiting.length,
      delivering: 0,
      succeeded: 1,
      failed: 0,
    });
    expect((await send('GET', '/dashboard?window=24h')).body).toMatchObject({
      window: '24h',
      total: all.length,
      retrying: waiting.length,
      success: 1,
      canceled: 0,
    });
    const retrying = (await send('GET', '/dashboard/deliveries?status=retrying')).body;
    expect(retrying.map((one: { id: string }) => one.id)).toEqual(
      waiting.map((one: { id: string }) => one.id),
    );
  });

  it('can be canceled and sent again', async () => {
    endpoint.answer = () => 500;
    await pay();
    const [first] = (await send('GET', '/dashboard/deliveries')).body;
    const at = `/dashboard/deliveries/${first.id}`;
    expect((await send('POST', `${at}/cancel`)).body.status).toBe('canceled');
    expect((await send('POST', `${at}/cancel`)).status).toBe(400);
    expect((await send('GET', `/outbound/${first.id}`)).body.status).toBe('failed');
    endpoint.answer = () => 200;
    expect((await send('POST', `${at}/retry`, {})).body.status).toBe('retrying');
    await stage.work();
    const { body: done } = await send('GET', at);
    expect(done.status).toBe('success');
    expect(done.attempt_log).toMatchObject([{ attempt: 2, response_code: 200 }, { attempt: 1 }]);
  });

  it('of another environment are not found', async () => {
    await pay();
    const [first] = (await send('GET', '/outbound')).body;
    const stranger = await stage.merchant('Stranger');
    for (const path of [`/webhooks/outbound/${first.id}`, '/webhooks/outbound/evtd_x'])
      expect((await stranger.send('GET', path)).status).toBe(404);
    const retry = `/webhooks/dashboard/deliveries/${first.id}/retry`;
    expect((await stranger.send('POST', retry)).status).toBe(404);
  });

  it('are sent again for a range of time, all or only what failed', async () => {
    endpoint.answer = ({ body }) => (body.type === 'payment.created' ? 200 : 500);
    const before = new Date(stage.clock.nowMs() - 1).toISOString();
    await pay();
    const { body: config } = await send('GET', '/config');
    const total = (await send('GET', '/outbound')).body.length;
    const replay = (body: object) => send('POST', `/endpoints/${config.id}/replay`, body);
    for (const [one] of [(await send('GET', '/outbound?status=pending')).body])
      await send('POST', `/dashboard/deliveries/${one.id}/cancel`);
    expect((await replay({ from: before, failed_only: true })).body).toEqual({
      replayed: 1,
      complete: true,
    });
    expect((await replay({ from: before })).body.replayed).toBe(total);
    expect((await replay({ from: before, to: before })).status).toBe(400);
    expect((await replay({ from: 'yesterday' })).status).toBe(400);
  });
});
