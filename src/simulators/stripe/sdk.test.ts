// The official SDK, unmodified, against the simulator over HTTP: what it accepts, a merchant's code accepts.
import { Stripe } from 'stripe';
import { afterEach, describe, expect, it } from 'vitest';
import { KEY, openSandbox, type Sandbox, SECRET } from './sandbox.ts';

const open: Sandbox[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((sandbox) => sandbox.close()));
});

async function withSdk(): Promise<{ stripe: Stripe; sandbox: Sandbox }> {
  const sandbox = openSandbox();
  open.push(sandbox);
  const { host, port } = await sandbox.listen();
  const stripe = new Stripe(KEY, {
    host,
    port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
  });
  return { stripe, sandbox };
}

const card = {
  amount: 1099,
  currency: 'usd',
  automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
} as const;

describe('the official SDK against the simulator', () => {
  it('creates, confirms and reads a payment with its fee', async () => {
    const { stripe } = await withSdk();
    const created = await stripe.paymentIntents.create({
      ...card,
      metadata: { payment_id: 'pay_1' },
    });
    expect(created.status).toBe('requires_payment_method');
    expect(created.client_secret).toMatch(new RegExp(`^${created.id}_secret_`));
    const paid = await stripe.paymentIntents.confirm(created.id, {
      payment_method: 'pm_card_visa',
    });
    expect(paid).toMatchObject({ status: 'succeeded', amount_received: 1099, livemode: false });
    const read = await stripe.paymentIntents.retrieve(created.id, {
      expand: ['latest_charge.balance_transaction'],
    });
    expect(read.latest_charge).toMatchObject({
      object: 'charge',
      paid: true,
      payment_method_details: { card: { last4: '4242' } },
      balance_transaction: { amount: 1099, fee: 61, net: 1038, status: 'pending' },
    });
  });

  it('raises StripeCardError with the decline code and the intent', async () => {
    const { stripe } = await withSdk();
    const declined = stripe.paymentIntents.create({
      ...card,
      confirm: true,
      payment_method: 'pm_card_chargeDeclinedInsufficientFunds',
    });
    const error = await declined.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Stripe.errors.StripeCardError);
    expect(error).toMatchObject({
      statusCode: 402,
      code: 'card_declined',
      decline_code: 'insufficient_funds',
      payment_intent: { status: 'requires_payment_method' },
    });
  });

  it('takes a payment through 3-D Secure', async () => {
    const { stripe, sandbox } = await withSdk();
    const waiting = await stripe.paymentIntents.create({
      amount: 1099,
      currency: 'usd',
      automatic_payment_methods: { enabled: true },
      confirm: true,
      payment_method: 'pm_card_authenticationRequired',
      return_url: 'https://shop.example/return?order=7',
    });
    expect(waiting.status).toBe('requires_action');
    const url = waiting.next_action?.redirect_to_url?.url ?? '';
    const back = await sandbox.press(url, 'success');
    expect(back.status).toBe(303);
    const target = new URL(String(back.headers.location));
    expect(target.searchParams.get('order')).toBe('7');
    expect(target.searchParams.get('payment_intent')).toBe(waiting.id);
    expect(target.searchParams.get('redirect_status')).toBe('succeeded');
    const paid = await stripe.paymentIntents.retrieve(waiting.id, { expand: ['latest_charge'] });
    expect(paid.status).toBe('succeeded');
    expect(paid.latest_charge).toMatchObject({
      payment_method_details: { card: { three_d_secure: { result: 'authenticated' } } },
    });
  });

  it('authorizes, captures a part, and cancels another authorization', async () => {
    const { stripe } = await withSdk();
    const authorize = () =>
      stripe.paymentIntents.create({
        ...card,
        capture_method: 'manual',
        confirm: true,
        payment_method: 'pm_card_visa',
      });
    const first = await authorize();
    expect(first).toMatchObject({ status: 'requires_capture', amount_capturable: 1099 });
    const captured = await stripe.paymentIntents.capture(first.id, { amount_to_capture: 500 });
    expect(captured).toMatchObject({ status: 'succeeded', amount_received: 500 });
    const second = await authorize();
    const canceled = await stripe.paymentIntents.cancel(second.id, {
      cancellation_reason: 'abandoned',
    });
    expect(canceled).toMatchObject({ status: 'canceled', cancellation_reason: 'abandoned' });
  });

  it('refunds in parts, lists them, and refuses more than was taken', async () => {
    const { stripe } = await withSdk();
    const { id } = await stripe.paymentIntents.create({
      ...card,
      confirm: true,
      payment_method: 'pm_card_visa',
    });
    const part = await stripe.refunds.create({ payment_intent: id, amount: 600 });
    expect(part).toMatchObject({ status: 'succeeded', amount: 600, payment_intent: id });
    await expect(stripe.refunds.create({ payment_intent: id, amount: 500 })).rejects.toMatchObject({
      statusCode: 400,
      param: 'amount',
    });
    await stripe.refunds.create({ payment_intent: id });
    await expect(stripe.refunds.create({ payment_intent: id })).rejects.toMatchObject({
      code: 'charge_already_refunded',
    });
    const all = await stripe.refunds.list({ payment_intent: id });
    expect(all.data.map(({ amount }) => amount)).toEqual([499, 600]);
  });

  it('sells through Checkout', async () => {
    const { stripe, sandbox } = await withSdk();
    const session = await stripe.checkout.sessions.create({
      mode: 'payment',
      line_items: [
        {
          quantity: 2,
          price_data: { currency: 'usd', unit_amount: 550, product_data: { name: 'Cup' } },
        },
      ],
      success_url: 'https://shop.example/return?sid={CHECKOUT_SESSION_ID}',
      cancel_url: 'https://shop.example/cart',
      client_reference_id: 'order-1',
      payment_intent_data: { metadata: { payment_id: 'pay_1' } },
    });
    expect(session).toMatchObject({ status: 'open', payment_intent: null, amount_total: 1100 });
    const back = await sandbox.press(session.url ?? '', 'success');
    expect(back.headers.location).toBe(`https://shop.example/return?sid=${session.id}`);
    const done = await stripe.checkout.sessions.retrieve(session.id, {
      expand: ['payment_intent', 'line_items'],
    });
    expect(done).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      url: null,
      payment_intent: { status: 'succeeded', metadata: { payment_id: 'pay_1' } },
    });
    expect(done.line_items?.data[0]).toMatchObject({ quantity: 2, amount_total: 1100 });
  });

  it('saves a method with a customer and charges it off-session', async () => {
    const { stripe } = await withSdk();
    const customer = await stripe.customers.create({ email: 'ama@shop.example' });
    await stripe.paymentIntents.create({
      ...card,
      customer: customer.id,
      confirm: true,
      payment_method: 'pm_card_visa',
      setup_future_usage: 'off_session',
    });
    const saved = await stripe.paymentMethods.list({ customer: customer.id });
    const method = saved.data[0]?.id ?? '';
    const again = await stripe.paymentIntents.create({
      ...card,
      customer: customer.id,
      payment_method: method,
      off_session: true,
      confirm: true,
    });
    expect(again.status).toBe('succeeded');
    const needsPayer = stripe.paymentIntents.create({
      ...card,
      payment_method: 'pm_card_authenticationRequired',
      off_session: true,
      confirm: true,
    });
    await expect(needsPayer).rejects.toMatchObject({ code: 'authentication_required' });
  });

  it('pays out what is available, and tells the balance', async () => {
    const { stripe, sandbox } = await withSdk();
    await expect(stripe.payouts.create({ amount: 100, currency: 'usd' })).rejects.toMatchObject({
      code: 'balance_insufficient',
    });
    await stripe.paymentIntents.create({
      ...card,
      amount: 10_000,
      confirm: true,
      payment_method: 'pm_card_bypassPending',
    });
    const payout = await stripe.payouts.create({ amount: 5_000, currency: 'usd' });
    expect(payout.status).toBe('pending');
    await sandbox.pass(5_000);
    expect((await stripe.payouts.retrieve(payout.id)).status).toBe('paid');
    const balance = await stripe.balance.retrieve();
    expect(balance.available[0]).toMatchObject({ amount: 10_000 - 320 - 5_000, currency: 'usd' });
    const entries = await stripe.balanceTransactions.list({ limit: 10 });
    expect(entries.data.map(({ type }) => type)).toEqual(['payout', 'charge']);
    expect((await stripe.accounts.retrieveCurrent()).charges_enabled).toBe(true);
  });

  it('verifies every webhook with constructEvent', async () => {
    const { stripe, sandbox } = await withSdk();
    await stripe.paymentIntents.create({ ...card, confirm: true, payment_method: 'pm_card_visa' });
    await sandbox.pass(1_000);
    expect(sandbox.types().sort()).toEqual([
      'charge.succeeded',
      'payment_intent.created',
      'payment_intent.succeeded',
    ]);
    for (const { body, signature } of sandbox.sent) {
      const at = sandbox.nowMs() / 1000;
      const event = stripe.webhooks.constructEvent(body, signature, SECRET, 300, undefined, at);
      expect(event.object).toBe('event');
      expect(() =>
        stripe.webhooks.constructEvent(`${body} `, signature, SECRET, 300, undefined, at),
      ).toThrow();
    }
  });

  it('registers a webhook endpoint whose secret signs', async () => {
    const { stripe, sandbox } = await withSdk();
    const endpoint = await stripe.webhookEndpoints.create({
      url: 'http://merchant.test/own',
      enabled_events: ['payment_intent.succeeded'],
    });
    await stripe.paymentIntents.create({ ...card, confirm: true, payment_method: 'pm_card_visa' });
    await sandbox.pass(1_000);
    const own = sandbox.sent.filter(({ url }) => url === 'http://merchant.test/own');
    expect(own).toHaveLength(1);
    const { body, signature } = own[0]!;
    const at = sandbox.nowMs() / 1000;
    const secret = endpoint.secret ?? '';
    const event = stripe.webhooks.constructEvent(body, signature, secret, 300, undefined, at);
    expect(event.type).toBe('payment_intent.succeeded');
    await stripe.webhookEndpoints.del(endpoint.id);
    expect((await stripe.webhookEndpoints.list()).data).toEqual([]);
  });
});
