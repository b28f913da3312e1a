// M-Pesa and Hubtel through the whole server: asked for by the Reevit API, answered on the simulated phone, told by
// callbacks that nobody has signed, given back, paid out, and seen in the ledger of the Formance API.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connxtTransactions } from '../connxt-view.ts';
import { FormanceClient } from '../formance-client.ts';
import type { MadeOrganization } from '../house-server.ts';
import { type Answer, type Merchant, openStage, type Stage } from '../stage.ts';

let stage: Stage;
let keys = 0;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

interface Shop {
  readonly merchant: Merchant;
  readonly key: string;
  readonly secret: string;
  readonly ledger: FormanceClient;
}

async function shop(provider: 'mpesa' | 'hubtel', more: object = {}): Promise<Shop> {
  const merchant = await stage.merchant(provider);
  const key = `key-of-${provider}-${++keys}`;
  const secret = `secret-of-${provider}-${keys}`;
  const credentials =
    provider === 'mpesa'
      ? {
          consumer_key: key,
          consumer_secret: secret,
          passkey: 'passkey-of-the-shop',
          business_short_code: '600000',
          initiator_name: 'testapi',
          security_credential: 'c2VjdXJpdHk',
        }
      : {
          client_id: key,
          client_secret: secret,
          merchant_account: '11684',
          prepaid_deposit_id: '10002',
          ip_whitelisted: 'true',
          ...more,
        };
  const made = await merchant.send('POST', '/connections', {
    provider,
    mode: 'sandbox',
    credentials,
  });
  expect(made.status, made.text).toBe(201);
  const ledger = await FormanceClient.of(stage.app, merchant.organization as MadeOrganization);
  return { merchant, key, secret, ledger };
}

async function pay({ merchant }: Shop, intent: object): Promise<Answer['body']> {
  const { status, body, text } = await merchant.send('POST', '/payments/intents', {
    amount: 50_000,
    method: 'mobile_money',
    ...intent,
  });
  expect(status, text).toBe(201);
  return body;
}

const kenya = (phone?: string) => ({
  currency: 'KES',
  country: 'KE',
  ...(phone ? { phone } : {}),
});
const ghana = (phone?: string) => ({
  currency: 'GHS',
  country: 'GH',
  ...(phone ? { phone } : {}),
});

async function answer(phone: string, outcome = 'success'): Promise<void> {
  const url = `${stage.pspUrl}/simulators/phone/${phone}`;
  const reply = await fetch(url, { method: 'POST', body: new URLSearchParams({ outcome }) });
  expect(reply.status).toBe(200);
}

const read = async ({ merchant }: Shop, id: string) =>
  (await merchant.send('GET', `/payments/${id}`)).body;

/** Works until the payment is so: callbacks and the PSP's own time take a moment. */
async function until(at: Shop, id: string, wanted: object): Promise<void> {
  await expect
    .poll(
      async () => {
        await stage.work();
        return read(at, id);
      },
      { timeout: 15_000, interval: 100 },
    )
    .toMatchObject(wanted);
}

async function refundAll(at: Shop, id: string): Promise<void> {
  const refund = await at.merchant.send('POST', `/payments/${id}/refund`, {});
  expect(refund.status, refund.text).toBe(201);
  expect(['pending', 'processing']).toContain(refund.body.status);
  await until(at, id, { status: 'refunded', refunded_amount: 50_000, conflict: null });
  const { data } = (await at.ledger.get('/payments')).body.cursor;
  expect(data[0]).toMatchObject({ type: 'PAY-IN', status: 'REFUNDED', initialAmount: 50_000 });
  const [given, taken] = await connxtTransactions(stage.app, at.merchant);
  const shown = { status: 'SUCCESS', merchantOrderId: id, txnAmount: 500 };
  expect([given, taken]).toMatchObject([shown, shown]);
}

const eventsOf = async ({ merchant }: Shop): Promise<Answer['body'][]> =>
  (await merchant.send('GET', '/webhooks/events')).body;

describe('M-PESA', () => {
  it('a prompt that is accepted on the phone, told by callback, and given back', async () => {
    const at = await shop('mpesa');
    const { id, next_action: action } = await pay(at, kenya('0712000101'));
    expect(action).toMatchObject({ type: 'wait', message: expect.stringContaining('PIN') });
    await answer('0712000101');
    await until(at, id, { status: 'succeeded', provider: 'mpesa', conflict: null });
    const told = (await eventsOf(at)).map(({ event_type: type, authenticity, status }) => [
      type,
      authenticity,
      status,
    ]);
    expect(told).toEqual([['stk.success', 'unsigned', 'applied']]);
    await refundAll(at, id);
    const later = (await eventsOf(at)).map(({ event_type: type, authenticity }) => [
      type,
      authenticity,
    ]);
    // Its own result is a reason to ask; the answer to the question is what is believed.
    expect(later).toContainEqual(['reversal.result', 'unsigned']);
    expect(later).toContainEqual(['reversal.status', 'verified']);
  }, 30_000);

  it.each([
    ['refused', 'cancel', 'user_cancelled'],
    ['answered with a wrong PIN', 'failure', 'authentication_failed'],
  ])(
    'a prompt that is %s',
    async (_how, outcome, code) => {
      const at = await shop('mpesa');
      const { id } = await pay(at, kenya('+254712000102'));
      await answer('254712000102', outcome);
      await until(at, id, { status: 'failed' });
      expect((await read(at, id)).route[0].decline_code).toBe(code);
    },
    30_000,
  );

  it('without a phone the payer is told the PayBill, and pays in by himself', async () => {
    const at = await shop('mpesa');
    const { id, next_action: action } = await pay(at, kenya());
    expect(action).toMatchObject({ type: 'bank_transfer', bank_name: 'M-PESA PayBill 600000' });
    await payIn(at, action.account_number, 500);
    expect((await at.merchant.send('POST', `/payments/${id}/confirm`)).body).toMatchObject({
      status: 'succeeded',
      captured_amount: 50_000,
    });
    await refundAll(at, id);
  }, 30_000);

  it('too little paid in is no success in silence', async () => {
    const at = await shop('mpesa');
    const { id, next_action: action } = await pay(at, kenya());
    await payIn(at, action.account_number, 400);
    const { body } = await at.merchant.send('POST', `/payments/${id}/confirm`);
    expect(body.status).not.toBe('succeeded');
    expect(body.conflict).not.toBeNull();
  });

  it('a reply that is lost: the callback brings the id to ask by', async () => {
    const at = await shop('mpesa');
    const { id, status } = await pay(at, kenya('0712000999'));
    expect(status).toBe('pending');
    await until(at, id, { status: 'succeeded', conflict: null });
  }, 30_000);

  it('a callback that never comes: asking finds out', async () => {
    const at = await shop('mpesa');
    const { id } = await pay(at, kenya('0712000998'));
    await answer('0712000998');
    await stage.work();
    expect((await eventsOf(at)).length).toBe(0);
    expect((await read(at, id)).status).toBe('requires_action');
    await stage.later(16_000);
    expect((await read(at, id)).status).toBe('succeeded');
    // The receipt, which only the callback names, is looked up for the refund.
    await refundAll(at, id);
  }, 30_000);

  it('a late callback after a cancel is a late success', async () => {
    const at = await shop('mpesa');
    const { id } = await pay(at, kenya('0712000103'));
    expect((await at.merchant.send('POST', `/payments/${id}/cancel`)).body.status).toBe('canceled');
    await answer('0712000103');
    await until(at, id, { status: 'succeeded' });
  }, 30_000);

  it('no forged callback changes anything, and no unsigned one is believed', async () => {
    const at = await shop('mpesa');
    const { id, provider_ref_id: checkout } = await pay(at, kenya('0712000104'));
    const body = {
      Body: {
        stkCallback: {
          MerchantRequestID: '1',
          CheckoutRequestID: checkout,
          ResultCode: 0,
          ResultDesc: 'ok',
          CallbackMetadata: {
            Item: [
              { Name: 'Amount', Value: 500 },
              { Name: 'MpesaReceiptNumber', Value: 'FORGED0001' },
            ],
          },
        },
      },
    };
    const attempt = (await read(at, id)).route[0].attempt_id.replace('att_', '');
    const post = (url: string) => stage.app.inject({ method: 'POST', url, payload: body });
    const forged = await post(`/wh/mp/p${attempt}s${'0'.repeat(32)}`);
    expect(forged.statusCode).toBe(400);
    const plain = await post('/v1/webhooks/incoming/mpesa');
    expect([plain.statusCode, plain.json()]).toEqual([
      200,
      { ResultCode: 0, ResultDesc: 'Accepted' },
    ]);
    await stage.work();
    expect(await read(at, id)).toMatchObject({ status: 'requires_action', captured_amount: 0 });
  });

  it("a widget's own screen asks for the phone, once, and without a key", async () => {
    const at = await shop('mpesa');
    const made = await at.merchant.send('POST', '/payments/intents', {
      amount: 50_000,
      currency: 'KES',
      country: 'KE',
    });
    const { id } = made.body;
    expect(made.body.status).toBe('pending');
    const ask = (phone: string, headers = {}) =>
      stage.app.inject({
        method: 'POST',
        url: `/v1/payments/${id}/mpesa`,
        headers,
        // A browser's word about the amount counts for nothing.
        payload: { phone_number: phone, amount: 1, currency: 'KES', reference: 'x' },
      });
    const other = await shop('mpesa');
    expect(
      (await ask('0712000105', { 'x-reevit-public-key': other.merchant.key })).statusCode,
    ).toBe(404);
    expect((await ask('0712000105', { 'x-reevit-public-key': 'pfk_test_no' })).statusCode).toBe(
      401,
    );
    for (const slip of ['07120001', '+233551234987', 'x']) {
      const refused = await ask(slip);
      expect([refused.statusCode, refused.json().code]).toEqual([400, 'invalid_phone']);
    }
    const [first, second] = [await ask('0712000105'), await ask('0712000106')];
    expect(first.json()).toMatchObject({ checkout_request_id: expect.stringMatching(/^ws_CO_/) });
    expect(second.json()).toEqual(first.json());
    await answer('0712000105');
    await until(at, id, { status: 'succeeded', captured_amount: 50_000 });
    expect((await ask('0712000105')).statusCode).toBe(409);
    expect(
      (
        await stage.app.inject({
          method: 'POST',
          url: '/v1/payments/pay_0/mpesa',
          payload: { phone_number: '1' },
        })
      ).statusCode,
    ).toBe(404);
  }, 30_000);

  it('pays out to a phone, and believes the answer to its own question', async () => {
    const at = await shop('mpesa');
    const made = await at.merchant.send(
      'POST',
      '/payouts',
      {
        amount: 50_000,
        currency: 'KES',
        reference: `payout-${keys}`,
        beneficiary: {
          type: 'mobile_money',
          name: 'Wanjiru Kamau',
          phone: '0712345678',
          provider: 'mpesa',
        },
      },
      { 'idempotency-key': `payout-${keys}` },
    );
    expect(made.status, made.text).toBe(201);
    await expect
      .poll(
        async () => {
          await stage.work();
          return (await at.merchant.send('GET', `/payouts/${made.body.id}`)).body.status;
        },
        { timeout: 15_000, interval: 100 },
      )
      .toBe('succeeded');
    const { totals } = stage.simulators.books('mpesa', at.key);
    expect(totals.KES).toMatchObject({ paid_out: '50000' });
  }, 30_000);
});

describe('an M-PESA payout that never arrived', () => {
  it('is asked about on the schedule, not once more for every answer, until it is known that there is none', async () => {
    const at = await shop('mpesa');
    const rule = { key: at.key, match: { operation: 'payout' }, fault: 'reset_before', times: 1 };
    stage.simulators.addFault('mpesa', rule);
    const beneficiary = {
      type: 'mobile_money',
      name: 'Wanjiru Kamau',
      phone: '0712345679',
      provider: 'mpesa',
    };
    const asked = { amount: 50_000, currency: 'KES', beneficiary };
    const key = { 'idempotency-key': `lost-${keys}` };
    const { body: payout } = await at.merchant.send('POST', '/payouts', asked, key);
    expect(payout.status).toBe('processing');
    const answers = async () =>
      (await eventsOf(at)).filter(({ event_type: type }) => type === 'payout.status');
    const settle = async (count: number) => {
      await expect
        .poll(
          async () => {
            await stage.work();
            return (await answers()).filter(({ status }) => status === 'applied').length;
          },
          { timeout: 15_000, interval: 50 },
        )
        .toBe(count);
      // What an answer would set off is done by now: the queue is empty, and no further answer came.
      await stage.work();
      expect(await answers()).toHaveLength(count);
    };
    await stage.later(16_000);
    await settle(1);
    await stage.later(90_000);
    await settle(2);
    const { body: known } = await at.merchant.send('GET', `/payouts/${payout.id}`);
    expect(known).toMatchObject({ status: 'failed' });
    expect(stage.simulators.books('mpesa', at.key).references).toHaveLength(0);
  }, 40_000);
});

describe('Hubtel', () => {
  it('a prompt that is accepted on the phone, told by callback, and given back', async () => {
    const at = await shop('hubtel');
    const { id, next_action: action } = await pay(at, ghana('0244000101'));
    expect(action).toMatchObject({ type: 'wait', message: expect.stringContaining('*170#') });
    await answer('0244000101');
    await until(at, id, { status: 'succeeded', provider: 'hubtel', conflict: null });
    await refundAll(at, id);
    for (const { authenticity } of await eventsOf(at)) expect(authenticity).toBe('unsigned');
  }, 30_000);

  it('a prompt that is refused', async () => {
    const at = await shop('hubtel');
    const { id } = await pay(at, ghana('0200000102'));
    await answer('0200000102', 'cancel');
    await until(at, id, { status: 'failed' });
    expect((await read(at, id)).route[0].decline_code).toBe('user_cancelled');
  }, 30_000);

  it.each([['card'], ['mobile_money']])(
    'the page, for %s',
    async (method) => {
      const at = await shop('hubtel');
      const intent = { ...ghana(), method, return_url: 'https://shop.example/thanks' };
      const { id, next_action: action } = await pay(at, intent);
      expect(action.type).toBe('redirect');
      const form = (outcome: string) => ({
        method: 'POST',
        body: new URLSearchParams({ outcome }),
        redirect: 'manual' as const,
      });
      // The first try fails; the page stays open.
      expect((await fetch(action.url, form('failure'))).status).toBe(303);
      await stage.work();
      expect((await read(at, id)).status).toBe('requires_action');
      expect((await fetch(action.url, form('success'))).status).toBe(303);
      await until(at, id, { status: 'succeeded', captured_amount: 50_000, conflict: null });
      await refundAll(at, id);
    },
    30_000,
  );

  it('a callback that never comes: asking finds out', async () => {
    const at = await shop('hubtel');
    const { id } = await pay(at, ghana('0244000004'));
    await answer('0244000004');
    await stage.later(31_000);
    expect((await read(at, id)).status).toBe('succeeded');
  });

  it('a part of a payment is not given back', async () => {
    const at = await shop('hubtel');
    const { id } = await pay(at, ghana('0244000103'));
    await answer('0244000103');
    await until(at, id, { status: 'succeeded' });
    const { body } = await at.merchant.send('POST', `/payments/${id}/refund`, { amount: 20_000 });
    expect(body).toMatchObject({ status: 'failed' });
    expect((await read(at, id)).refunded_amount).toBe(0);
  }, 30_000);

  it("gives Hubtel's widget the keys only where the merchant said so, and believes only Hubtel", async () => {
    const session = (id: string, secret: string) =>
      stage.app.inject({
        method: 'POST',
        url: `/v1/payments/hubtel/sessions/${id}?client_secret=${secret}`,
      });
    const closed = await shop('hubtel');
    const plain = await pay(closed, ghana());
    expect((await session(plain.id, plain.client_secret)).statusCode).toBe(404);

    const at = await shop('hubtel', { browser_checkout: 'true' });
    const made = await pay(at, ghana());
    expect(made).toMatchObject({ status: 'requires_action', next_action: { type: 'wait' } });
    expect(made.psp_credentials).toEqual({ merchantAccount: '11684' });
    expect((await session(made.id, 'wrong')).statusCode).toBe(401);
    expect((await session(made.id, plain.client_secret)).statusCode).toBe(401);
    expect((await session('pay_0', made.client_secret)).statusCode).toBe(401);
    const path = `/payments/hubtel/sessions/${made.id}`;
    expect((await closed.merchant.send('POST', path)).status).toBe(404);
    const told = (await session(made.id, made.client_secret)).json();
    expect(told).toEqual({
      token: made.client_secret,
      merchantAccount: '11684',
      basicAuth: Buffer.from(`${at.key}:${at.secret}`).toString('base64'),
      expiresInSeconds: expect.any(Number),
      expiresAt: Math.floor(Date.parse(made.expires_at) / 1000),
    });
    expect((await at.merchant.send('POST', path)).body.basicAuth).toBe(told.basicAuth);

    const page = await openWidget(told, made.provider_ref_id);
    const confirm = `/payments/${made.id}/confirm-intent?client_secret=${made.client_secret}`;
    expect((await at.merchant.send('POST', confirm)).body.status).toBe('requires_action');
    const paid = { method: 'POST', body: new URLSearchParams({ outcome: 'success' }) };
    await fetch(page, { ...paid, redirect: 'manual' });
    expect((await at.merchant.send('POST', confirm)).body).toMatchObject({
      status: 'succeeded',
      captured_amount: 50_000,
    });
    expect((await session(made.id, made.client_secret)).statusCode).toBe(404);
  });
});

/** The payer goes to the PayBill by himself: the sandbox does it for the merchant, whose token it ends thereby. */
async function payIn({ key, secret }: Shop, account: string, shillings: number): Promise<void> {
  const url = `${stage.pspUrl}/simulators/mpesa`;
  const basic = Buffer.from(`${key}:${secret}`).toString('base64');
  const token = await fetch(`${url}/oauth/v1/generate?grant_type=client_credentials`, {
    headers: { authorization: `Basic ${basic}` },
  });
  const { access_token: bearer } = (await token.json()) as { access_token: string };
  const paid = await fetch(`${url}/mpesa/c2b/v2/simulate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      ShortCode: '600000',
      CommandID: 'CustomerPayBillOnline',
      Amount: String(shillings),
      Msisdn: '254708374149',
      BillRefNumber: account,
    }),
  });
  expect(paid.status).toBe(200);
}

/** Pays another account from now on; the one before is not read any more. */
async function moveTo({ merchant }: Shop, shortCode: string): Promise<void> {
  const [{ id }] = (await merchant.send('GET', '/connections')).body.connections;
  const credentials = {
    consumer_key: `key-of-${shortCode}`,
    consumer_secret: `secret-of-${shortCode}`,
    passkey: 'passkey-of-the-shop',
    business_short_code: shortCode,
  };
  const body = { id, provider: 'mpesa', mode: 'sandbox', credentials };
  expect((await merchant.send('POST', '/connections', body)).status).toBe(201);
}

it('what was paid to an account that the connection has left is not said to be unpaid', async () => {
  const at = await shop('mpesa');
  const { id, next_action: action } = await pay(at, kenya());
  expect(action.type, JSON.stringify(action)).toBe('bank_transfer');
  await moveTo(at, '600111');
  await stage.later(2 * 60 * 60_000);
  expect(await read(at, id)).toMatchObject({ status: 'requires_action' });
});

/** As Hubtel's own widget does, from the customer's browser. */
async function openWidget(
  { basicAuth, merchantAccount }: Readonly<Record<string, string>>,
  clientReference: string,
): Promise<string> {
  const opened = await fetch(`${stage.pspUrl}/simulators/hubtel/items/initiate`, {
    method: 'POST',
    headers: { authorization: `Basic ${basicAuth}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      totalAmount: 500,
      description: 'In the widget',
      callbackUrl: 'https://shop.example/nobody',
      returnUrl: 'https://shop.example/back',
      cancellationUrl: 'https://shop.example/back',
      merchantAccountNumber: merchantAccount,
      clientReference,
    }),
  });
  const { data } = (await opened.json()) as { data: { checkoutUrl: string } };
  return data.checkoutUrl;
}
