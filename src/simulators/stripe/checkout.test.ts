// Checkout Sessions and their page (psp/stripe.md section 2.2).
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KEY, openSandbox, type Sandbox } from './sandbox.ts';

let stripe: Sandbox;
beforeEach(() => {
  stripe = openSandbox();
});
afterEach(() => stripe.close());

const sessions = '/v1/checkout/sessions';
const line = 'line_items[0]';
const form = {
  mode: 'payment',
  [`${line}[quantity]`]: '1',
  [`${line}[price_data][currency]`]: 'usd',
  [`${line}[price_data][unit_amount]`]: '1099',
  [`${line}[price_data][product_data][name]`]: 'Order <1>',
  success_url: 'https://shop.example/r?sid={CHECKOUT_SESSION_ID}',
  cancel_url: 'https://shop.example/cart',
  client_reference_id: '0190f0c2d1e87b3aa1c4d5e6f7a8b9c0',
  'metadata[order]': '7',
  'payment_intent_data[metadata][payment_id]': 'pay_1',
};
const create = async (more: Record<string, string> = {}) =>
  (await stripe.call('POST', sessions, { form: { ...form, ...more } })).body;
const read = async (id: string) => (await stripe.call('GET', `${sessions}/${id}`)).body;

describe('a Checkout Session', () => {
  it('has a page that people can use', async () => {
    const { url } = await create();
    const { status, text } = await stripe.call('GET', url);
    expect(status).toBe(200);
    expect(text).toContain('1 × Order &#60;1&#62;');
    expect(text).toContain('value="success"');
  });

  it('has no intent before the payer submits, and completes when paid', async () => {
    const { id, url, payment_intent } = await create();
    expect(payment_intent).toBeNull();
    const { headers } = await stripe.press(url, 'success');
    expect(headers.location).toBe(`https://shop.example/r?sid=${id}`);
    const session = await read(id);
    expect(session).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      metadata: { order: '7' },
    });
    await stripe.pass(1_000);
    expect(stripe.types()).toEqual([
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'checkout.session.completed',
    ]);
    expect(stripe.simulators.books('stripe', KEY).references).toMatchObject([
      { reference: form.client_reference_id, payment_id: 'pay_1', charged: '1099' },
    ]);
  });

  it('stays open through failed tries', async () => {
    const { id, url } = await create();
    expect((await stripe.press(url, 'failure')).headers.location).toBe('https://shop.example/cart');
    await stripe.press(url, 'failure');
    const tried = await read(id);
    expect(tried).toMatchObject({ status: 'open', payment_status: 'unpaid' });
    expect(tried.payment_intent).toMatch(/^pi_/);
    expect((await stripe.call('GET', url)).text).toContain('Your card was declined.');
    await stripe.press(url, 'success');
    expect((await read(id)).payment_intent).toBe(tried.payment_intent);
    await stripe.pass(1_000);
    const failures = stripe.types().filter((type) => type === 'payment_intent.payment_failed');
    expect(failures).toHaveLength(2);
  });

  it('is left as it is by a cancel', async () => {
    const { id, url } = await create();
    expect((await stripe.press(url, 'cancel')).headers.location).toBe('https://shop.example/cart');
    expect(await read(id)).toMatchObject({ status: 'open', payment_intent: null });
  });

  it('pressed twice charges once', async () => {
    const { url } = await create();
    await stripe.press(url, 'success');
    expect((await stripe.press(url, 'success')).status).toBe(303);
    expect(stripe.simulators.books('stripe', KEY).totals.USD?.counts.charged).toBe(1);
  });

  it('leads through 3-D Secure', async () => {
    const { id, url } = await create();
    const card = { payment_method: 'pm_card_authenticationRequired' };
    const first = await stripe.press(url, 'success', card);
    expect((await read(id)).status).toBe('open');
    const second = await stripe.press(String(first.headers.location), 'success');
    expect(second.headers.location).toBe(`https://shop.example/r?sid=${id}`);
    expect((await read(id)).payment_status).toBe('paid');
  });

  it('with manual capture is complete but unpaid until captured', async () => {
    const { id, url } = await create({ 'payment_intent_data[capture_method]': 'manual' });
    await stripe.press(url, 'success');
    const session = await read(id);
    expect(session).toMatchObject({ status: 'complete', payment_status: 'unpaid' });
    await stripe.call('POST', `/v1/payment_intents/${session.payment_intent}/capture`);
    expect((await read(id)).payment_status).toBe('paid');
  });

  it('that succeeds late tells so', async () => {
    const { id, url } = await create({
      'payment_intent_data[metadata][simulate]': 'stripe=late_success:5000',
    });
    await stripe.press(url, 'success');
    expect(await read(id)).toMatchObject({ status: 'complete', payment_status: 'unpaid' });
    await stripe.pass(6_000);
    expect((await read(id)).payment_status).toBe('paid');
    expect(stripe.types()).toContain('checkout.session.async_payment_succeeded');
  });

  it('declines when the payer pays, if that was asked for', async () => {
    const { id, url } = await create({ 'metadata[simulate]': 'decline:insufficient_funds' });
    await stripe.press(url, 'success');
    const { payment_intent } = await read(id);
    const { body } = await stripe.call('GET', `/v1/payment_intents/${payment_intent}`);
    expect(body.last_payment_error.decline_code).toBe('insufficient_funds');
  });

  it('expires on request and by time, its failed intent with it', async () => {
    const first = await create();
    await stripe.press(first.url, 'failure');
    const { payment_intent } = await read(first.id);
    const cancel = await stripe.call('POST', `/v1/payment_intents/${payment_intent}/cancel`);
    expect(cancel.body.error.message).toContain('created by Checkout');
    const { body } = await stripe.call('POST', `${sessions}/${first.id}/expire`);
    expect(body).toMatchObject({ status: 'expired', url: null });
    const intent = (await stripe.call('GET', `/v1/payment_intents/${payment_intent}`)).body;
    expect(intent).toMatchObject({ status: 'canceled', cancellation_reason: 'expired' });
    expect((await stripe.call('POST', `${sessions}/${first.id}/expire`)).status).toBe(400);
    expect((await stripe.press(first.url, 'success')).status).toBe(410);

    const second = await create({ expires_at: String(stripe.nowMs() / 1000 + 1800) });
    await stripe.pass(1_800_000);
    expect((await read(second.id)).status).toBe('expired');
    expect(stripe.types()).toContain('checkout.session.expired');
  });

  it.each([
    [{ mode: 'subscription' }, 'mode'],
    [{ expires_at: '1767225700' }, 'expires_at'],
    [{ expires_at: '1867225700' }, 'expires_at'],
    [{ success_url: 'javascript:alert(1)' }, 'success_url'],
    [{ 'line_items[0][quantity]': '0' }, 'line_items[0][quantity]'],
    [{ 'line_items[0][price_data][unit_amount]': '1' }, 'line_items'],
    [{ 'line_items[0][prce]': '1' }, 'line_items[0][prce]'],
    [{ customer: 'cus_x' }, 'customer'],
  ])('is refused for %j', async (more, param) => {
    const { status, body } = await stripe.call('POST', sessions, { form: { ...form, ...more } });
    expect([status, body.error.param]).toEqual([400, param]);
  });

  it('is listed by intent and status', async () => {
    const paid = await create();
    await stripe.press(paid.url, 'success');
    const { payment_intent } = await read(paid.id);
    await create();
    const ids = async (query: string) =>
      (await stripe.call('GET', `${sessions}?${query}`)).body.data.map(
        ({ id }: { id: string }) => id,
      );
    expect(await ids(`payment_intent=${payment_intent}`)).toEqual([paid.id]);
    expect(await ids('status=complete')).toEqual([paid.id]);
    expect(await ids('limit=5')).toHaveLength(2);
  });

  it('makes a customer when it is told to, and keeps the card with it', async () => {
    const { id, url } = await create({
      customer_creation: 'always',
      'payment_intent_data[setup_future_usage]': 'off_session',
    });
    await stripe.press(url, 'success');
    const { customer } = await read(id);
    expect(customer).toMatch(/^cus_/);
    const saved = await stripe.call('GET', `/v1/payment_methods?customer=${customer}`);
    expect(saved.body.data).toHaveLength(1);
  });
});
