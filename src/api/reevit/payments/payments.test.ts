import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Merchant, openStage, type Stage } from '../../../../test/stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const card = (more: Record<string, unknown> = {}) => ({
  amount: 5000,
  currency: 'GHS',
  method: 'card',
  country: 'GH',
  reference: 'order-1',
  customer_id: 'ama@example.com',
  metadata: { customer_email: 'ama@example.com' },
  ...more,
});
const taking = { capabilities: { methods: ['card', 'mobile_money'], countries: ['GH'] } };
const create = (merchant: Merchant, body: unknown, headers = {}) =>
  merchant.send('POST', '/payments/intents', body, headers);

async function shop(...providers: ('paystack' | 'stripe')[]): Promise<Merchant> {
  const merchant = await stage.merchant();
  for (const provider of providers) await merchant.connect(provider, taking);
  return merchant;
}

/** What the customer does on the PSP's (simulated) page. */
async function finish(url: string, outcome: 'success' | 'failure' | 'cancel'): Promise<void> {
  const form = new URLSearchParams({ outcome });
  const page = url.replace('http://psp.invalid', stage.pspUrl);
  await fetch(page, { method: 'POST', body: form, redirect: 'manual' });
}

async function eventually(read: () => Promise<Answer>, status: string): Promise<Answer> {
  for (let tries = 0; ; tries += 1) {
    await stage.work();
    const answer = await read();
    if (answer.body.status === status || tries > 100) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('POST /v1/payments/intents', () => {
  it('answers 201 with the PSP page to go to, its token, and why it went there', async () => {
    const merchant = await shop('paystack');
    const { status, body } = await create(merchant, card());
    expect(status).toBe(201);
    expect(body).toMatchObject({
      status: 'requires_action',
      provider: 'paystack',
      amount: 5000,
      currency: 'GHS',
      method: 'card',
      country: 'GH',
      reference: 'order-1',
      capture_method: 'automatic',
      psp_public_key: 'pk_test_x1234567',
      next_action: { type: 'redirect' },
      route: [{ provider: 'paystack', status: 'requires_action', error: '' }],
    });
    expect(body.id).toMatch(/^pay_[0-9a-f]{32}$/);
    expect(body.next_action.url).toContain(body.client_secret);
    expect(body.available_psps).toEqual([
      {
        provider: 'paystack',
        name: 'Paystack',
        methods: ['card', 'mobile_money'],
        countries: ['GH'],
      },
    ]);
  });

  it('stays pending without a method, and goes where the customer chooses', async () => {
    const merchant = await shop('paystack');
    const { status, body } = await create(merchant, card({ method: '' }));
    expect(status).toBe(201);
    expect(body).toMatchObject({
      status: 'pending',
      connection_id: '',
      route: [],
      next_action: null,
    });
    expect(body.client_secret).toMatch(/^[0-9A-Za-z_-]{40,}$/);
    const chosen = await merchant.send('POST', `/payments/${body.id}/confirm`, { method: 'card' });
    expect(chosen.body).toMatchObject({ status: 'requires_action', provider: 'paystack' });
  });

  const refused: [string, Record<string, unknown>, string, string][] = [
    ['a fractional amount', { amount: 10.5 }, 'invalid_amount', 'amount'],
    ['an amount as text', { amount: '5000' }, 'invalid_amount', 'amount'],
    ['an amount of zero', { amount: 0 }, 'invalid_amount', 'amount'],
    ['a negative amount', { amount: -1 }, 'invalid_amount', 'amount'],
    ['no amount', { amount: undefined }, 'invalid_amount', 'amount'],
    ['an unknown currency', { currency: 'XXX' }, 'invalid_currency', 'currency'],
    ['no currency', { currency: undefined }, 'invalid_currency', 'currency'],
    ['an unknown country', { country: 'ZZ' }, 'invalid_country', 'country'],
    ['an unknown method', { method: 'barter' }, 'invalid_method', 'method'],
    [
      'a reference that is too long',
      { reference: 'x'.repeat(256) },
      'validation_error',
      'reference',
    ],
    ['metadata that is a list', { metadata: ['a'] }, 'validation_error', 'metadata'],
    [
      'an unknown capture method',
      { capture_method: 'later' },
      'validation_error',
      'capture_method',
    ],
    [
      'a return_url that is no URL',
      { return_url: 'javascript:alert(1)' },
      'validation_error',
      'return_url',
    ],
    [
      'a card number',
      { metadata: { note: '4242 4242 4242 4242' } },
      'card_number_refused',
      'metadata.note',
    ],
    [
      'an amount over its own policy',
      { policy: { max_amount: 100 } },
      'max_amount_exceeded',
      'amount',
    ],
  ];
  it.each(refused)('refuses %s and stores nothing', async (_what, change, code, field) => {
    const merchant = await shop('paystack');
    const { status, body } = await create(merchant, card(change));
    expect({ status, code: body.code, field: body.details.field }).toEqual({
      status: 400,
      code,
      field,
    });
    expect(body.message).not.toBe('');
    expect((await merchant.send('GET', '/payments')).body).toEqual([]);
  });

  it('answers 422 when nothing can take it, stores nothing, and says why', async () => {
    const merchant = await shop('paystack');
    const { status, body } = await create(merchant, card({ currency: 'EUR', country: 'DE' }));
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'no_available_connection' });
    expect(body.details.considered).toMatchObject([{ provider: 'paystack' }]);
    expect((await merchant.send('GET', '/payments')).body).toEqual([]);
  });

  it('falls back when the first PSP declines softly, and shows both attempts', async () => {
    const merchant = await shop('paystack', 'stripe');
    const body = card({
      policy: { prefer: ['paystack'] },
      metadata: { simulate: 'paystack=decline:do_not_honor' },
    });
    const made = await create(merchant, body);
    expect(made.body).toMatchObject({ status: 'requires_action', provider: 'stripe' });
    expect(made.body.route).toMatchObject([
      { provider: 'paystack', status: 'declined' },
      { provider: 'stripe', status: 'requires_action' },
    ]);
    expect(made.body.client_secret).toMatch(/^pi_.*_secret_/);
  });

  it('charges a token at once', async () => {
    const merchant = await shop('stripe');
    const { body } = await create(
      merchant,
      card({ currency: 'USD', country: 'GH', payment_method_id: 'pm_card_visa' }),
    );
    expect(body).toMatchObject({ status: 'succeeded', captured_amount: 5000, next_action: null });
  });

  it('tells a decline with its reason', async () => {
    const merchant = await shop('stripe');
    const { status, body } = await create(
      merchant,
      card({ currency: 'USD', payment_method_id: 'pm_card_chargeDeclinedInsufficientFunds' }),
    );
    expect(status).toBe(201);
    expect(body).toMatchObject({
      status: 'failed',
      route: [{ status: 'declined', decline_code: 'insufficient_funds' }],
    });
  });

  it('takes mobile money with a one-time password', async () => {
    const merchant = await shop('paystack');
    const { body } = await create(
      merchant,
      card({ method: 'mobile_money', payment_method: { phone: '0551234987', network: 'vod' } }),
    );
    expect(body.next_action).toMatchObject({ type: 'submit', field: 'otp' });
    const wrong = await merchant.send('POST', `/payments/${body.id}/submit-action`, {
      type: 'pin',
      value: '1',
    });
    expect(wrong.status).toBe(400);
    const sent = await merchant.send('POST', `/payments/${body.id}/submit-action`, {
      type: 'otp',
      value: '123456',
    });
    expect(sent.status).toBe(200);
    expect(['requires_action', 'pending', 'succeeded']).toContain(sent.body.status);
  });
});

describe('a payment on the PSP page', () => {
  it('succeeds by the webhook, is refunded in parts, and never beyond its amount', async () => {
    const merchant = await shop('paystack');
    const { body } = await create(merchant, card());
    const read = () => merchant.send('GET', `/payments/${body.id}`);
    await finish(body.next_action.url, 'success');
    expect((await eventually(read, 'succeeded')).body).toMatchObject({
      status: 'succeeded',
      captured_amount: 5000,
    });

    const refund = (amount?: number) =>
      merchant.send(
        'POST',
        `/payments/${body.id}/refund`,
        amount === undefined ? {} : { amount, reason: 'r' },
      );
    const part = await refund(2000);
    expect(part).toMatchObject({
      status: 201,
      body: { payment_id: body.id, amount: 2000, currency: 'GHS' },
    });
    expect(await refund(4000)).toMatchObject({
      status: 400,
      body: { code: 'refund_exceeds_payment' },
    });
    expect((await refund()).body.amount).toBe(3000);
    expect(await refund(1)).toMatchObject({ status: 400, body: { code: 'already_refunded' } });
    const refunds = (await merchant.send('GET', `/payments/${body.id}/refunds`)).body;
    expect(refunds.map((one: { amount: number }) => one.amount)).toEqual([3000, 2000]);
    expect((await merchant.send('GET', `/payments/refunds/${part.body.id}`)).body.id).toBe(
      part.body.id,
    );

    const history = (await merchant.send('GET', `/payments/${body.id}/status_history`)).body;
    expect(history.map((line: { to_status: string }) => line.to_status).slice(0, 2)).toEqual([
      'requires_action',
      'succeeded',
    ]);
    const explained = (await merchant.send('GET', `/payments/${body.id}/explain`)).body;
    expect(explained.story.join('\n')).toContain('webhook');
    expect(explained.operations).toMatchObject([
      { kind: 'refund', status: 'pending', amount: 2000, attempt_id: explained.attempts[0].id },
      { kind: 'refund', status: 'pending', amount: 3000, asked: 0 },
    ]);
    expect(explained.story.at(-1)).toMatch(/^paystack is asked about the refund next at /);
    const events = (await merchant.send('GET', '/webhooks/events')).body;
    expect(events.map((one: { event_type: string }) => one.event_type)).toContain('charge.success');
  });

  it('is confirmed by the customer browser with the client secret only', async () => {
    const merchant = await shop('paystack');
    const { body } = await create(merchant, card());
    const open = (secret: string) =>
      merchant.send(
        'POST',
        `/payments/${body.id}/confirm-intent?client_secret=${secret}`,
        undefined,
        { 'x-reevit-key': '' },
      );
    expect((await open('wrong')).status).toBe(401);
    expect((await open(body.client_secret)).body).toMatchObject({ status: 'requires_action' });
    await finish(body.next_action.url, 'success');
    expect((await open(body.client_secret)).body).toMatchObject({ status: 'succeeded' });
  });

  it('can be canceled, and a success that still arrives is not lost', async () => {
    const merchant = await shop('paystack');
    const { body } = await create(merchant, card());
    expect((await merchant.send('POST', `/payments/${body.id}/cancel`)).body.status).toBe(
      'canceled',
    );
    await finish(body.next_action.url, 'success');
    const late = await eventually(() => merchant.send('GET', `/payments/${body.id}`), 'succeeded');
    expect(late.body).toMatchObject({ status: 'succeeded', conflict: 'late_success' });
  });

  it('expires when nobody pays', async () => {
    const merchant = await shop('paystack');
    const { body } = await create(merchant, card());
    await stage.later(61 * 60_000);
    expect((await merchant.send('GET', `/payments/${body.id}`)).body.status).toBe('expired');
    const unrouted = await create(merchant, card({ method: null }));
    await stage.later(61 * 60_000);
    expect((await merchant.send('GET', `/payments/${unrouted.body.id}`)).body.status).toBe(
      'abandoned',
    );
  });

  it('fails at the PSP and is retried as a new attempt of the same payment', async () => {
    const merchant = await shop('stripe');
    const { body } = await create(
      merchant,
      card({ currency: 'USD', payment_method_id: 'pm_card_chargeDeclined' }),
    );
    expect(body.status).toBe('failed');
    const retried = await merchant.send('POST', `/payments/${body.id}/retry`);
    expect(retried.status).toBe(200);
    expect(retried.body.route).toHaveLength(2);
  });
});

describe('authorise first, capture later', () => {
  const authorize = (merchant: Merchant) =>
    create(
      merchant,
      card({ currency: 'USD', capture_method: 'manual', payment_method_id: 'pm_card_visa' }),
    );

  it('captures in part', async () => {
    const merchant = await shop('stripe');
    const { body } = await authorize(merchant);
    expect(body).toMatchObject({
      status: 'authorized',
      authorized_amount: 5000,
      captured_amount: 0,
    });
    const capture = (amount?: number) =>
      merchant.send('POST', `/payments/${body.id}/capture`, { amount });
    expect(await capture(5001)).toMatchObject({
      status: 400,
      body: { code: 'capture_exceeds_authorization' },
    });
    expect((await capture(3000)).body).toMatchObject({
      status: 'partially_captured',
      captured_amount: 3000,
    });
    expect(await capture()).toMatchObject({
      status: 400,
      body: { code: 'payment_not_capturable' },
    });
    const refund = await merchant.send('POST', `/payments/${body.id}/refund`, { amount: 3001 });
    expect(refund.body.code).toBe('refund_exceeds_payment');
  });

  it('releases the authorisation when canceled', async () => {
    const merchant = await shop('stripe');
    const { body } = await authorize(merchant);
    expect((await merchant.send('POST', `/payments/${body.id}/cancel`)).body.status).toBe(
      'canceled',
    );
    expect((await merchant.send('POST', `/payments/${body.id}/capture`)).status).toBe(400);
  });

  it('is captured once by many requests at once', async () => {
    const merchant = await shop('stripe');
    const { body } = await authorize(merchant);
    const captures = await Promise.all(
      Array.from({ length: 6 }, () => merchant.send('POST', `/payments/${body.id}/capture`)),
    );
    expect(captures.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await merchant.send('GET', `/payments/${body.id}`)).body.captured_amount).toBe(5000);
  });
});

describe('Idempotency-Key', () => {
  it('gives a repeat the stored answer, and another body a conflict', async () => {
    const merchant = await shop('paystack');
    const headers = { 'idempotency-key': 'order-1' };
    const first = await create(merchant, card(), headers);
    const second = await create(merchant, card(), headers);
    expect(second.text).toBe(first.text);
    expect(second.headers['idempotent-replayed']).toBe('true');
    const other = await create(merchant, card({ amount: 1 }), headers);
    expect({ status: other.status, code: other.body.code }).toEqual({
      status: 409,
      code: 'idempotency_conflict',
    });
    expect((await merchant.send('GET', '/payments')).body).toHaveLength(1);
  });

  it('makes one payment of twenty identical requests at once', async () => {
    const merchant = await shop('paystack');
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => create(merchant, card(), { 'idempotency-key': 'k' })),
    );
    expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
    expect(
      new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.id)).size,
    ).toBe(1);
    expect((await merchant.send('GET', '/payments')).body).toHaveLength(1);
  });

  it('refunds once, however often the request is repeated', async () => {
    const merchant = await shop('stripe');
    const { body } = await create(
      merchant,
      card({ currency: 'USD', payment_method_id: 'pm_card_visa' }),
    );
    const refund = () =>
      merchant.send(
        'POST',
        `/payments/${body.id}/refund`,
        { amount: 1000 },
        { 'idempotency-key': 'r' },
      );
    const [first, ...others] = [await refund(), await refund(), await refund()];
    for (const other of others) expect(other.text).toBe(first?.text);
    expect((await merchant.send('GET', `/payments/${body.id}/refunds`)).body).toHaveLength(1);
  });
});

describe('who may see a payment', () => {
  it('answers 404 to another organization on every route', async () => {
    const [mine, theirs] = [await shop('paystack'), await shop('paystack')];
    const { id } = (await create(mine, card())).body;
    const routes: [string, string, unknown?][] = [
      ['GET', `/payments/${id}`],
      ['GET', `/payments/${id}/refunds`],
      ['GET', `/payments/${id}/status_history`],
      ['GET', `/payments/${id}/explain`],
      ['PATCH', `/payments/intents/${id}`, { amount: 1 }],
      ['POST', `/payments/${id}/confirm`],
      ['POST', `/payments/${id}/cancel`],
      ['POST', `/payments/${id}/retry`],
      ['POST', `/payments/${id}/capture`],
      ['POST', `/payments/${id}/refund`],
      ['POST', `/payments/${id}/submit-action`, { type: 'otp', value: '1' }],
    ];
    for (const [method, path, body] of routes) {
      expect({ path, status: (await theirs.send(method, path, body)).status }).toEqual({
        path,
        status: 404,
      });
    }
    expect((await theirs.send('GET', '/payments')).body).toEqual([]);
  });

  it('lists newest first, filtered and paged', async () => {
    const merchant = await shop('paystack');
    const ids: string[] = [];
    for (const reference of ['a', 'b', 'c'])
      ids.push((await create(merchant, card({ reference }))).body.id);
    const list = async (query: string) =>
      (await merchant.send('GET', `/payments?${query}`)).body.map((one: { id: string }) => one.id);
    expect(await list('')).toEqual([...ids].reverse());
    expect(await list('limit=1&offset=1')).toEqual([ids[1]]);
    expect(await list('reference=a')).toEqual([ids[0]]);
    expect(await list('status=succeeded')).toEqual([]);
    expect(
      await list('provider=PayStack&status=requires_action&customer_id=ama@example.com'),
    ).toHaveLength(3);
    expect((await merchant.send('GET', '/payments?status=odd')).status).toBe(400);
    expect((await merchant.send('GET', '/payments?metadata.a=1&metadata.a=2')).status).toBe(400);
    expect((await merchant.send('GET', '/payments?limit=0')).status).toBe(400);
  });
});

describe('policy.velocity_max_per_minute', () => {
  it('holds a customer back who begins too many payments, and nobody else', async () => {
    const merchant = await shop('paystack');
    const begin = (customer: string | null, headers = {}) =>
      create(
        merchant,
        card({ customer_id: customer, policy: { velocity_max_per_minute: 2 } }),
        headers,
      );
    const key = { 'idempotency-key': 'second' };
    const second = [await begin('a'), await begin('a', key)][1];
    expect(second?.status).toBe(201);
    const { status, body } = await begin('a');
    expect([status, body.code]).toEqual([400, 'velocity_exceeded']);
    expect((await begin('a', key)).text).toBe(second?.text);
    for (const other of ['b', null, null, null]) expect((await begin(other)).status).toBe(201);
    const endless = card({ customer_id: 'a', policy: { velocity_max_per_minute: 1_000_000 } });
    expect((await create(merchant, endless)).status).toBe(201);
    stage.clock.advance(61_000);
    expect((await begin('a')).status).toBe(201);
  });
});

describe('GET /v1/payments finds', () => {
  let merchant: Merchant;
  beforeAll(async () => {
    merchant = await shop('paystack');
    const made = [
      card({ reference: 'Order-7', metadata: { order: '7', size: 'L' } }),
      card({ reference: 'b', metadata: { order: 7, paid: true, customer_email: 'k@example.com' } }),
      card({ reference: 'c_d', description: 'Shoes', customer_id: 'Kofi', metadata: {} }),
    ];
    for (const intent of made) expect((await create(merchant, intent)).status).toBe(201);
  });

  it.each([
    ['metadata.order=7', ['b', 'Order-7']],
    ['metadata.order=7&metadata.size=L', ['Order-7']],
    ['metadata.paid=true', ['b']],
    ['metadata.order=8', []],
    ['metadata.order=%7B', []],
    ['metadata.', []],
    ['search=order-7', ['Order-7']],
    ['search=SHOES', ['c_d']],
    ['search=kofi&status=requires_action', ['c_d']],
    ['search=k@example', ['b']],
    ['search=pay_', ['c_d', 'b', 'Order-7']],
    ['search=c%25d', []],
    ['search=', ['c_d', 'b', 'Order-7']],
  ])('by %s', async (query, references) => {
    const { body } = await merchant.send('GET', `/payments?${query}`);
    expect(body.map((one: { reference: string }) => one.reference)).toEqual(references);
  });
});

describe('PATCH /v1/payments/intents/{id}', () => {
  it('changes metadata of an open payment, and the amount only before a PSP was given it', async () => {
    const merchant = await shop('paystack');
    const routed = (await create(merchant, card())).body;
    const patch = (id: string, body: unknown) =>
      merchant.send('PATCH', `/payments/intents/${id}`, body);
    expect((await patch(routed.id, { metadata: { a: 1 } })).body.metadata).toEqual({ a: 1 });
    const much = { metadata: { a: 'x'.repeat(20_000) } };
    for (const refused of [await patch(routed.id, much), await create(merchant, card(much))])
      expect([refused.status, refused.body.details.field]).toEqual([400, 'metadata']);
    expect(await patch(routed.id, { amount: 6000 })).toMatchObject({
      status: 400,
      body: { code: 'amount_not_editable' },
    });
    expect((await patch(routed.id, {})).status).toBe(400);
    const open = (await create(merchant, card({ method: null }))).body;
    expect((await patch(open.id, { amount: 6000 })).body.amount).toBe(6000);
  });
});

describe('POST /v1/routing/simulate', () => {
  it('shows the plan with reasons, stores nothing, calls nobody', async () => {
    const merchant = await shop('paystack', 'stripe');
    const { status, body } = await merchant.send('POST', '/routing/simulate', card());
    expect(status).toBe(200);
    expect(body.candidates).toHaveLength(2);
    expect(body.considered.every((one: { detail: string }) => one.detail !== '')).toBe(true);
    expect((await merchant.send('GET', '/payments')).body).toEqual([]);
    const { connections } = (await merchant.send('GET', '/connections')).body;
    expect(connections.map((one: { total_calls: number }) => one.total_calls)).toEqual([0, 0]);
  });
});

describe('a PSP that answers its key with the error it gave first', () => {
  it('is searched until the charge is found', async () => {
    const merchant = await shop('stripe');
    const body = card({
      currency: 'USD',
      payment_method_id: 'pm_card_visa',
      metadata: { simulate: 'stripe=error_500_after' },
    });
    const made = await create(merchant, body);
    expect(made).toMatchObject({ status: 201, body: { status: 'pending' } });
    expect(made.body.route).toMatchObject([{ status: 'unknown' }]);
    await stage.later(4_000);
    const read = () => merchant.send('GET', `/payments/${made.body.id}`);
    expect((await eventually(read, 'succeeded')).body).toMatchObject({
      status: 'succeeded',
      captured_amount: 5000,
      route: [{ status: 'succeeded' }],
    });
  });
});
