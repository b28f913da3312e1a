// Events and their delivery (psp/stripe.md section 4), with the frame's faults.
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSandbox, type Sandbox, SECRET } from './sandbox.ts';

let stripe: Sandbox;
beforeEach(() => {
  stripe = openSandbox();
});
afterEach(() => stripe.close());

const pay = (simulate?: string) =>
  stripe.call('POST', '/v1/payment_intents', {
    headers: { 'idempotency-key': 'ref1.create' },
    form: {
      amount: '1000',
      currency: 'usd',
      confirm: 'true',
      return_url: 'https://shop.example/r',
      payment_method: 'pm_card_visa',
      ...(simulate === undefined ? {} : { 'metadata[simulate]': simulate }),
    },
  });
const isSigned = (body: string, header: string, secret = SECRET) => {
  const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  return v1 === createHmac('sha256', secret).update(`${t}.${body}`).digest('hex');
};

describe('a webhook', () => {
  it('is the event as the events list has it, signed', async () => {
    const { body: intent } = await pay();
    await stripe.pass(100);
    const { body, signature, url } = stripe.sent.at(-1)!;
    expect(url).toBe('http://merchant.test/hook');
    expect(isSigned(body, signature)).toBe(true);
    const event = JSON.parse(body);
    expect(event).toMatchObject({
      object: 'event',
      api_version: '2026-10-28.endive',
      livemode: false,
      pending_webhooks: 1,
      request: { idempotency_key: 'ref1.create' },
      type: 'payment_intent.succeeded',
      data: { object: { id: intent.id, status: 'succeeded' } },
    });
    const listed = await stripe.call('GET', '/v1/events?type=payment_intent.succeeded');
    expect(listed.body.data).toEqual([event]);
    expect((await stripe.call('GET', `/v1/events/${event.id}`)).body).toEqual(event);
    const wild = await stripe.call('GET', '/v1/events?types[]=payment_intent.*');
    expect(wild.body.data).toHaveLength(2);
  });

  it('is not sent while no secret is known, but the event is kept', async () => {
    const silent = openSandbox({ webhookSecret: null });
    const form = { amount: '1000', currency: 'usd' };
    await silent.call('POST', '/v1/payment_intents', { form });
    await silent.pass(10_000);
    expect(silent.sent).toEqual([]);
    expect((await silent.call('GET', '/v1/events')).body.data).toHaveLength(1);
    await silent.close();
  });

  it('may be lost, doubled or forged', async () => {
    await pay('webhook_lost');
    await stripe.pass(10_000);
    expect(stripe.sent).toEqual([]);

    const doubled = openSandbox();
    doubled.simulators.addFault('stripe', { fault: 'webhook_twice' });
    await doubled.call('POST', '/v1/payment_intents', {
      form: { amount: '1000', currency: 'usd' },
    });
    await doubled.pass(10_000);
    expect(new Set(doubled.sent.map(({ body }) => body)).size).toBe(1);
    expect(doubled.sent).toHaveLength(2);
    await doubled.close();

    const forged = openSandbox();
    forged.simulators.addFault('stripe', { fault: 'webhook_forged' });
    await forged.call('POST', '/v1/payment_intents', { form: { amount: '1000', currency: 'usd' } });
    await forged.pass(100);
    const { body, signature } = forged.sent[0]!;
    expect(signature).toMatch(/^t=\d+,v1=[0-9a-f]{64}$/);
    expect(isSigned(body, signature)).toBe(false);
    await forged.close();
  });

  it('may be older than receivers allow, and still well signed', async () => {
    await pay('webhook_aged');
    await stripe.pass(100);
    const { body, signature } = stripe.sent[0]!;
    expect(isSigned(body, signature)).toBe(true);
    expect(signature).toContain(`t=${Math.floor(stripe.nowMs() / 1000) - 400},`);
  });

  it('goes to endpoints that want it, with their own secret', async () => {
    const form = { url: 'http://merchant.test/own', 'enabled_events[]': 'charge.succeeded' };
    const { body: endpoint } = await stripe.call('POST', '/v1/webhook_endpoints', { form });
    expect(endpoint.secret).toMatch(/^whsec_\w{32}$/);
    const read = await stripe.call('GET', `/v1/webhook_endpoints/${endpoint.id}`);
    expect(read.body.secret).toBeUndefined();
    await pay();
    await stripe.pass(100);
    const own = stripe.sent.filter(({ url }) => url === form.url);
    expect(own).toHaveLength(1);
    expect(isSigned(own[0]!.body, own[0]!.signature, endpoint.secret)).toBe(true);
    await stripe.call('POST', `/v1/webhook_endpoints/${endpoint.id}`, {
      form: { disabled: 'true' },
    });
    stripe.sent.length = 0;
    await stripe.call('POST', '/v1/payment_intents', { form: { amount: '1000', currency: 'usd' } });
    await stripe.pass(100);
    expect(stripe.sent.filter(({ url }) => url === form.url)).toEqual([]);
  });
});

describe('faults', () => {
  it('refuse with 429 and say whether to try again', async () => {
    stripe.simulators.addFault('stripe', {
      fault: 'rate_limit',
      times: 1,
      match: { operation: 'charge' },
    });
    const { status, body, headers } = await pay();
    expect([status, body.error.code, headers['stripe-should-retry']]).toEqual([
      429,
      'rate_limit',
      'true',
    ]);
    expect((await pay()).status).toBe(200);
  });

  it('of metadata hit the charge once, and the repeat gets through', async () => {
    const lost = await pay('stripe=html_502');
    expect(lost.status).toBe(502);
    const again = await pay('stripe=html_502');
    expect([again.status, again.headers['idempotent-replayed']]).toEqual([200, 'true']);
  });

  it('of a refund leave its charge alone', async () => {
    const { body, status } = await pay('refund.empty_body');
    expect(status).toBe(200);
    const refund = () =>
      stripe.call('POST', '/v1/refunds', {
        form: { payment_intent: body.id },
        headers: { 'idempotency-key': 'ref2.refund' },
      });
    expect((await refund()).text).toBe('');
    expect((await refund()).body.status).toBe('succeeded');
  });
});
