import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { signatureOfBody } from './events.ts';
import { INIT, type MonnifyBench, payment, payout, startMonnify } from './testing.ts';

let bench: MonnifyBench;
beforeEach(async () => {
  bench = await startMonnify();
});
afterEach(() => bench.close());
const dir = mkdtempSync(join(tmpdir(), 'monnify-'));
afterAll(() => rmSync(dir, { recursive: true }));

const QUERY = '/api/v2/merchant/transactions/query?paymentReference=';
const SINGLE = '/api/v2/disbursements/single';

/** An account that the payer may pay into. */
async function account(reference: string, more: object = {}): Promise<string> {
  const made = await bench.post(INIT, payment(reference, more));
  const transactionReference = made.field('responseBody.transactionReference');
  const path = '/api/v1/merchant/bank-transfer/init-payment';
  const reply = await bench.post(path, { transactionReference });
  expect(reply.json).toMatchObject({
    responseBody: { accountDurationSeconds: 2400, totalPayable: 1500, ussdPayment: null },
  });
  return reply.field('responseBody.accountNumber');
}

describe('a login', () => {
  it('gives a token for about an hour', async () => {
    expect((await bench.login()).json).toMatchObject({
      requestSuccessful: true,
      responseCode: '0',
      responseBody: { expiresIn: 3567 },
    });
    expect((await bench.get('/api/v1/banks')).status).toBe(200);
    await bench.advance(3_568_000);
    expect((await bench.get('/api/v1/banks')).status).toBe(401);
  });

  it('is refused with another secret, and of no key', async () => {
    expect((await bench.login('other')).status).toBe(401);
    for (const authorization of ['', 'Basic !!', 'Bearer x', 'Basic TUtfVEVTVA=='])
      expect(
        (await bench.call('POST', '/api/v1/auth/login', undefined, { authorization })).status,
      ).toBe(401);
  });

  it('has to be repeated often by a key that says so', async () => {
    const stale = await startMonnify(null, 'MK_TEST_STALE1');
    const statuses = [];
    for (let call = 0; call < 3; call += 1)
      statuses.push((await stale.get('/api/v1/banks')).status);
    expect(statuses).toEqual([200, 200, 401]);
    await stale.close();
  });
});

describe('the page', () => {
  it('books a success once, tells it unsigned in the sandbox, and leads back', async () => {
    const made = await bench.post(INIT, payment('ref-1'));
    const url = made.field('responseBody.checkoutUrl');
    expect(url).toMatch(/\/checkout\/MNFY\|11\|\d{14}\|\d{6}$/);
    for (let press = 0; press < 2; press += 1)
      expect((await bench.press(url, 'success')).headers.location).toBe(
        'https://shop.example/return?order=7&paymentReference=ref-1',
      );
    await bench.advance(1_000);
    expect(bench.money('ref-1')).toMatchObject({ charged: '150000', counts: { charged: 1 } });
    expect(bench.deliveries.map(({ headers }) => headers['monnify-signature'])).toEqual([
      undefined,
    ]);
    expect((await bench.get(`${QUERY}ref-1`)).json).toMatchObject({
      responseBody: { amountPaid: '1500.00', paymentStatus: 'PAID', settlementAmount: '1485.00' },
    });
  });

  it('expires after 40 minutes', async () => {
    const made = await bench.post(INIT, payment('ref-1'));
    await bench.advance(2_401_000);
    await bench.press(made.field('responseBody.checkoutUrl'), 'success');
    expect((await bench.get(`${QUERY}ref-1`)).field('responseBody.paymentStatus')).toBe('EXPIRED');
    expect(bench.money('ref-1')).toBeUndefined();
  });

  it.each([
    [{ amount: '1500' }, 'invalid amount'],
    [{ amount: 19.99 }, 'minimum'],
    [{ currencyCode: 'USD' }, 'currencyCode'],
    [{ contractCode: 'x' }, 'contract not found'],
    [{ customerEmail: 'ada' }, 'customerEmail'],
  ])('refuses %j', async (changes, message) => {
    const reply = await bench.post(INIT, payment('ref-1', changes));
    expect(reply.json).toMatchObject({ requestSuccessful: false, responseCode: '99' });
    expect(reply.field('responseMessage')).toContain(message);
  });

  it('takes a reference once', async () => {
    await bench.post(INIT, payment('ref-1'));
    const again = await bench.post(INIT, payment('ref-1'));
    expect([again.status, again.field('responseMessage')]).toEqual([
      422,
      'Duplicate payment reference: reference already exists',
    ]);
  });
});

describe('an account', () => {
  it('keeps a part, and is paid when the rest has come', async () => {
    const number = await account('ref-1');
    await bench.payIn(number, '500');
    const part = await bench.get(`${QUERY}ref-1`);
    expect(part.json).toMatchObject({
      responseBody: { paymentStatus: 'PARTIALLY_PAID', amountPaid: '500.00' },
    });
    expect(bench.money('ref-1')).toBeUndefined();
    await bench.payIn(number, '1000');
    expect(bench.money('ref-1')).toMatchObject({ charged: '150000' });
  });

  it('keeps too much, and says so', async () => {
    await bench.payIn(await account('ref-1'), '1600');
    const reply = await bench.get(`${QUERY}ref-1`);
    expect(reply.field('responseBody.paymentStatus')).toBe('OVERPAID');
    expect(bench.money('ref-1')).toMatchObject({ charged: '160000' });
  });

  it('of a contract that rejects wrong amounts sends them back', async () => {
    await bench.payIn(await account('ref-1', { contractCode: '1000000009' }), '200');
    await bench.advance(1_000);
    expect(bench.events()).toMatchObject([
      {
        eventType: 'REJECTED_PAYMENT',
        eventData: { paymentRejectionInformation: { rejectionReason: 'UNDER_PAYMENT' } },
      },
    ]);
    const reply = await bench.get(`${QUERY}ref-1`);
    expect(reply.field('responseBody.paymentStatus')).toBe('PENDING');
  });
});

describe('live webhooks', () => {
  it('are signed over the raw body with the secret key', async () => {
    const live = await startMonnify(null, 'MK_PROD_ONE');
    const made = await live.post(INIT, payment('ref-1'));
    await live.press(made.field('responseBody.checkoutUrl'), 'success');
    await live.advance(1_000);
    expect(live.deliveries).toHaveLength(1);
    for (const { headers, body } of live.deliveries)
      expect(headers['monnify-signature']).toBe(signatureOfBody(body, live.secret));
    await live.close();
  });
});

describe('payouts', () => {
  it('are made once for a reference, and once in two minutes for an amount and account', async () => {
    expect((await bench.post(SINGLE, payout('p-1'))).json).toMatchObject({
      responseBody: { status: 'AWAITING_PROCESSING', totalFee: 1 },
    });
    const same = await bench.post(SINGLE, payout('p-1'));
    expect(same.field('responseMessage')).toContain('already exists');
    expect((await bench.post(SINGLE, payout('p-2'))).field('responseCode')).toBe('D07');
    await bench.advance(121_000);
    expect((await bench.post(SINGLE, payout('p-2'))).status).toBe(200);
    await bench.advance(1_000);
    expect(bench.events().map(({ eventType }) => eventType)).toEqual([
      'SUCCESSFUL_DISBURSEMENT',
      'SUCCESSFUL_DISBURSEMENT',
    ]);
  });

  it('wait for the OTP of the merchant where it is switched on', async () => {
    const asked = payout('p-1', { destinationAccountNumber: '9990000003' });
    const made = await bench.post(SINGLE, asked);
    expect(made.field('responseBody.status')).toBe('PENDING_AUTHORIZATION');
    const otp = (authorizationCode: string) =>
      bench.post(`${SINGLE}/validate-otp`, { reference: 'p-1', authorizationCode });
    expect((await otp('000000')).field('responseMessage')).toBe('Invalid OTP');
    expect((await otp('123456')).status).toBe(200);
    await bench.advance(1_000);
    const summary = await bench.get(`${SINGLE}/summary?reference=p-1`);
    expect(summary.json).toMatchObject({ responseBody: { status: 'SUCCESS', currency: 'NGN' } });
  });

  it('need the right name of the holder, and a server that is on the list', async () => {
    const named = payout('p-1', { destinationAccountName: 'EVE' });
    expect((await bench.post(SINGLE, named)).field('responseCode')).toBe('D02');
    const barred = await startMonnify(null, 'MK_TEST_NOIP');
    expect((await barred.post(SINGLE, payout('p-1'))).field('responseCode')).toBe('D06');
    await barred.close();
  });
});

describe('a restarted simulator', () => {
  it('knows its tokens, pages and refunds, and does what was due', async () => {
    const before = await startMonnify(dir);
    const page = await before.post(INIT, payment('page'));
    const card = payment('card', { cardToken: 'MNFY_success', apiKey: 'MK_TEST_ONE' });
    const charged = await before.post('/api/v1/merchant/cards/charge-card-token', card);
    await before.post('/api/v1/refunds/initiate-refund', {
      transactionReference: charged.field('responseBody.transactionReference'),
      refundReference: 'r-1',
      refundAmount: 500,
      refundReason: 'size',
    });
    // No close: as after kill -9.

    const after = await startMonnify(dir);
    await after.press(page.field('responseBody.checkoutUrl'), 'success');
    await after.advance(1_000);
    for (const reference of ['page', 'card'])
      expect(after.money(reference)).toMatchObject({ counts: { charged: 1 } });
    const old = { authorization: `Bearer ${before.token}` };
    const refund = await after.call('GET', '/api/v1/refunds/r-1', undefined, old);
    expect(refund.json).toMatchObject({ responseBody: { refundStatus: 'COMPLETED' } });
    await Promise.all([before.close(), after.close()]);
  });
});
