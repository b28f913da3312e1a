import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Merchant, openStage, type Stage } from '../../../../test/stage.ts';
import { tablesWith } from '../../../../test/stored-text.ts';

let stage: Stage;
let merchant: Merchant;
let connection: string;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());
beforeEach(async () => {
  merchant = await stage.merchant();
  connection = await merchant.connect('paystack');
});

const ACCOUNT = '62000000001';
const bank = { type: 'bank', name: 'Tunde Bello', account_number: ACCOUNT, bank_code: '632005' };
const wallet = { type: 'mobile_money', name: 'Ama', phone: '0551234987', provider: 'mtn' };
const body = (more: object = {}) => ({
  connection_id: connection,
  amount: 8_000,
  currency: 'ZAR',
  beneficiary: bank,
  narration: 'Invoice 7',
  metadata: { invoice: 7 },
  ...more,
});
let keys = 0;
const key = (): Record<string, string> => ({ 'idempotency-key': `key-${++keys}` });
const pay = (more: object = {}, headers: Record<string, string> = key()) =>
  merchant.send('POST', '/payouts', body(more), headers);
const post = (path: string, json?: unknown, headers = key()) =>
  merchant.send('POST', path, json, headers);
const get = (path: string) => merchant.send('GET', path);
const paid = () => stage.simulators.books('paystack', merchant.secretKeyOf(connection)).references;
const settle = async (id: string) => {
  for (let round = 0; round < 40; round += 1) {
    const { body: payout } = await post(`/payouts/${id}/confirm`);
    if (payout.status !== 'processing') return payout;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the payout does not end');
};

describe('POST /v1/payouts', () => {
  it('pays, and shows the payout with its account masked', async () => {
    const { status, body: payout, text } = await pay();
    expect(status).toBe(201);
    expect(payout).toMatchObject({
      org_id: merchant.organization.id,
      mode: 'sandbox',
      connection_id: connection,
      provider: 'paystack',
      amount: 8_000,
      currency: 'ZAR',
      status: 'processing',
      beneficiary: { ...bank, account_number: '********001' },
      narration: 'Invoice 7',
      reference: payout.id,
      failure_reason: '',
      metadata: { invoice: 7 },
      completed_at: null,
    });
    expect(payout.provider_ref).toMatch(/^TRF_/);
    expect(text).not.toContain(ACCOUNT);
    const done = await settle(payout.id);
    expect(done).toMatchObject({ status: 'succeeded', completed_at: expect.any(String) });
    expect((await get(`/payouts/${payout.id}`)).body).toEqual({
      ...done,
      updated_at: expect.any(String),
    });
    expect(paid().map((line) => [line.counts.paid_out, Number(line.paid_out)])).toEqual([
      [1, 8_000],
    ]);
  });

  it('demands an Idempotency-Key, and pays once for one', async () => {
    expect(await pay({}, {})).toMatchObject({
      status: 400,
      body: { code: 'missing_idempotency_key' },
    });
    const headers = key();
    const replies = await Promise.all(Array.from({ length: 6 }, () => pay({}, headers)));
    const made = replies.filter(({ status }) => status === 201);
    expect(new Set(made.map(({ body: payout }) => payout.id)).size).toBe(1);
    for (const { status, body: refused } of replies)
      if (status !== 201) expect(refused.code).toBe('idempotency_in_progress');
    const repeat = await pay({}, headers);
    expect([repeat.status, repeat.headers['idempotent-replayed']]).toEqual([201, 'true']);
    expect(await pay({ amount: 1 }, headers)).toMatchObject({
      status: 409,
      body: { code: 'idempotency_conflict' },
    });
    expect(paid()).toHaveLength(1);
  });

  it.each([
    ['no amount', { amount: undefined }, 'invalid_amount', 'amount'],
    ['amount 0', { amount: 0 }, 'invalid_amount', 'amount'],
    ['a fraction', { amount: 1.5 }, 'invalid_amount', 'amount'],
    ['an unknown currency', { currency: 'ZZZ' }, 'invalid_currency', 'currency'],
    [
      'no bank code',
      { beneficiary: { ...bank, bank_code: '' } },
      'missing_required_field',
      'beneficiary.bank_code',
    ],
    [
      'no phone',
      { beneficiary: { ...wallet, phone: null } },
      'missing_required_field',
      'beneficiary.phone',
    ],
    [
      'another kind',
      { beneficiary: { ...bank, type: 'cash' } },
      'validation_error',
      'beneficiary.type',
    ],
    ['no date', { scheduled_at: 'soon' }, 'validation_error', 'scheduled_at'],
    ['two beneficiaries', { beneficiary_id: 'ben_1' }, 'validation_error', 'beneficiary_id'],
    ['much metadata', { metadata: { a: 'x'.repeat(20_000) } }, 'validation_error', 'metadata'],
  ])('refuses %s', async (_, more, code, field) => {
    expect(await pay(more)).toMatchObject({ status: 400, body: { code, details: { field } } });
    expect(paid()).toHaveLength(0);
  });

  it('knows neither strange connections nor strange beneficiaries', async () => {
    expect(await pay({ connection_id: 'none' })).toMatchObject({
      status: 422,
      body: { code: 'no_available_connection' },
    });
    const stranger = await stage.merchant('Other');
    const made = await stranger.send('POST', '/beneficiaries', { beneficiary: bank });
    for (const id of ['ben_none', made.body.id])
      expect(await pay({ beneficiary: undefined, beneficiary_id: id })).toMatchObject({
        status: 404,
        body: { code: 'beneficiary_not_found' },
      });
    const { body: payout } = await pay();
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/confirm'],
      ['POST', '/cancel'],
    ] as const)
      expect((await stranger.send(method, `/payouts/${payout.id}${path}`)).status).toBe(404);
  });

  it('tells a refusal of the PSP, and why', async () => {
    const { body: payout } = await pay({ amount: 2_000_000_000 });
    expect(payout).toMatchObject({ status: 'failed', completed_at: expect.any(String) });
    expect(payout.failure_reason).toMatch(/balance/);
    const failing = await pay({ beneficiary: { ...bank, account_number: '9990000001' } });
    expect((await settle(failing.body.id)).status).toBe('failed');
  });

  it('refuses a browser key and a key without the scope', async () => {
    const made = await merchant.send('POST', '/api-keys', {
      name: 'x',
      scopes: ['payments:write'],
    });
    const headers = { ...key(), 'x-reevit-key': made.body.key };
    expect((await pay({}, headers)).status).toBe(403);
  });
});

describe('a payout that waits', () => {
  it('is sent by confirm, once, and can be canceled before', async () => {
    const { body: payout } = await pay({ requires_confirmation: true });
    expect([payout.status, payout.requires_confirmation]).toEqual(['pending', true]);
    expect(paid()).toHaveLength(0);
    const replies = await Promise.all(
      Array.from({ length: 5 }, () => post(`/payouts/${payout.id}/confirm`)),
    );
    for (const { status, body: said } of replies)
      expect([200, 'payout_not_awaiting_approval']).toContain(status === 200 ? 200 : said.code);
    expect((await settle(payout.id)).status).toBe('succeeded');
    expect(paid()).toHaveLength(1);

    const { body: other } = await pay({ requires_confirmation: true });
    expect((await post(`/payouts/${other.id}/cancel`)).body.status).toBe('canceled');
    expect((await post(`/payouts/${other.id}/confirm`)).body.status).toBe('canceled');
    expect(await post(`/payouts/${payout.id}/cancel`)).toMatchObject({
      status: 400,
      body: { code: 'payout_not_cancelable' },
    });
    expect(paid()).toHaveLength(1);
  });

  it('takes two people where the operator says so', async () => {
    const [environment] = merchant.organization.environments;
    const policy = (payload?: object) =>
      stage.app.inject({
        method: payload ? 'PUT' : 'GET',
        url: `/admin/v1/environments/${environment!.id}/payout-policy`,
        headers: { authorization: 'Bearer test-admin-token' },
        ...(payload ? { payload } : {}),
      });
    expect((await policy()).json()).toEqual({ approval: 'on_request' });
    expect((await policy({ approval: 'perhaps' })).statusCode).toBe(400);
    expect((await policy({ approval: 'another_person' })).json()).toEqual({
      approval: 'another_person',
    });
    const { body: payout } = await pay({}, { ...key(), 'x-actor-id': 'maker' });
    expect(payout.status).toBe('pending');
    const confirm = (actor: string) =>
      post(`/payouts/${payout.id}/confirm`, undefined, { ...key(), 'x-actor-id': actor });
    expect(await confirm('maker')).toMatchObject({ status: 403, body: { code: 'own_payout' } });
    expect((await confirm('checker')).body.status).toBe('processing');
  });
});

describe('GET /v1/payouts', () => {
  it('lists by status, newest first, with the total', async () => {
    const first = (await pay()).body.id;
    const waiting = (await pay({ requires_confirmation: true })).body.id;
    await settle(first);
    const failed = (await pay({ amount: 2_000_000_000 })).body.id;
    const ids = async (query: string) => {
      const { body: page } = await get(`/payouts${query}`);
      return [page.payouts.map(({ id }: { id: string }) => id), page.total];
    };
    expect(await ids('')).toEqual([[failed, waiting, first], 3]);
    expect(await ids('?limit=1&offset=1')).toEqual([[waiting], 3]);
    expect(await ids('?status=pending')).toEqual([[waiting], 1]);
    expect(await ids('?status=succeeded')).toEqual([[first], 1]);
    expect(await ids('?status=failed')).toEqual([[failed], 1]);
    expect(await ids('?status=processing')).toEqual([[], 0]);
    expect((await get('/payouts?status=odd')).status).toBe(400);
    expect((await get('/payouts?limit=0')).status).toBe(400);
  });
});

describe('POST /v1/payouts/bulk', () => {
  it('pays the right ones, tells the wrong ones, and does it once', async () => {
    const payouts = [
      { amount: 1_000, beneficiary: bank, reference: 'a' },
      { amount: 0, beneficiary: bank },
      { amount: 2_000, beneficiary: { ...bank, bank_code: '' } },
      { amount: 3_000, beneficiary: wallet, currency: 'ignored', reference: 'b' },
      { amount: 1_000, beneficiary: bank, reference: 'a' },
    ];
    const headers = key();
    const send = () =>
      post('/payouts/bulk', { connection_id: connection, currency: 'GHS', payouts }, headers);
    expect((await post('/payouts/bulk', { payouts }, {})).status).toBe(400);
    const { status, body: answer, text } = await send();
    expect(status).toBe(200);
    expect(answer).toMatchObject({ total: 5, succeeded: 2, failed: 3 });
    expect(answer.results.map((one: { error?: { code: string } }) => one.error?.code)).toEqual([
      undefined,
      'invalid_amount',
      'missing_required_field',
      undefined,
      'reference_taken',
    ]);
    expect(text).not.toContain(ACCOUNT);
    const repeat = await send();
    expect(repeat.headers['idempotent-replayed']).toBe('true');
    expect(repeat.text).toBe(text);
    expect(paid()).toHaveLength(0);
    await stage.work();
    expect(
      paid()
        .map((line) => Number(line.paid_out))
        .sort(),
    ).toEqual([1_000, 3_000]);
  });
});

describe('questions before paying', () => {
  it('tells the balance and whose an account is', async () => {
    const { body: balance } = await get(`/payouts/balance?connection_id=${connection}`);
    expect(balance.balances).toContainEqual({ currency: 'NGN', amount: 1_000_000_000 });
    const resolve = (beneficiary: object) =>
      post('/payouts/resolve-account', { connection_id: connection, beneficiary });
    const nuban = { ...bank, account_number: '0001234567', bank_code: '058' };
    expect(await resolve(nuban)).toMatchObject({
      status: 200,
      body: { account_name: 'ADA OBI', account_number: '0001234567' },
    });
    expect(await resolve({ ...nuban, account_number: '9990000005' })).toMatchObject({
      status: 400,
      body: { code: 'provider_refused' },
    });
    const stripe = await merchant.connect('stripe');
    expect((await get(`/payouts/balance?connection_id=${stripe}`)).body.balances).toEqual(
      expect.any(Array),
    );
    expect(
      await post('/payouts/resolve-account', { connection_id: stripe, beneficiary: bank }),
    ).toMatchObject({ status: 400, body: { code: 'not_supported' } });
    expect((await get('/payouts/balance?connection_id=none')).status).toBe(404);
  });
});

describe('/v1/beneficiaries', () => {
  it('keeps, shows masked, pays and forgets', async () => {
    const { status, body: saved } = await post('/beneficiaries', { beneficiary: wallet });
    expect(status).toBe(201);
    expect(saved).toMatchObject({
      org_id: merchant.organization.id,
      beneficiary: { ...wallet, phone: '*******987' },
    });
    const { body: listed } = await get('/beneficiaries');
    expect(listed).toMatchObject({ beneficiaries: [saved], total: 1, limit: 50, offset: 0 });
    expect((await get(`/beneficiaries/${saved.id}`)).body).toEqual(saved);
    const { body: payout } = await pay({
      beneficiary: undefined,
      beneficiary_id: saved.id,
      currency: 'GHS',
    });
    expect(payout).toMatchObject({ status: 'processing', beneficiary_id: saved.id });
    expect((await merchant.send('DELETE', `/beneficiaries/${saved.id}`)).status).toBe(204);
    expect((await get(`/beneficiaries/${saved.id}`)).status).toBe(404);
    expect((await settle(payout.id)).status).toBe('succeeded');
  });

  it('stores no account in clear', async () => {
    await post('/beneficiaries', { beneficiary: bank });
    const { body: payout } = await pay();
    await settle(payout.id);
    expect(await tablesWith(stage.context.db, ACCOUNT)).toEqual([]);
    expect(stage.logLines.join()).not.toContain(ACCOUNT);
  });
});
