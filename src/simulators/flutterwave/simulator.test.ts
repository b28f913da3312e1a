import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { charge, KEY, payment, startFlutterwave } from './testing.ts';

let bench = startFlutterwave();
afterEach(async () => {
  await bench.close();
  bench = startFlutterwave();
});
const dir = mkdtempSync(join(tmpdir(), 'flutterwave-'));
afterAll(() => rmSync(dir, { recursive: true }));

const verify = (reference: string) =>
  bench.get(`/transactions/verify_by_reference?tx_ref=${reference}`);
const charged = (times = 1) => ({ counts: { charged: times } });

describe('keys', () => {
  it.each([
    ['', 'Authorization required'],
    ['Bearer sk_test_x', 'Authorization required'],
    ['Bearer FLWSECK_TEST-invalid-X', 'Invalid authorization key'],
  ])('%j is refused', async (authorization, message) => {
    const reply = await bench.call('GET', '/balances', undefined, { authorization });
    expect(reply.status).toBe(401);
    expect(reply.json).toEqual({ status: 'error', message, data: null });
  });
});

describe('the hosted page', () => {
  it('is unknown to verify until somebody pays, then has one transaction a try', async () => {
    const made = await bench.post('/payments', payment('ref-1'));
    expect(made.json).toMatchObject({ status: 'success', message: 'Hosted Link' });
    const unknown = await verify('ref-1');
    expect(unknown.status).toBe(400);
    expect(unknown.field('message')).toBe('No transaction was found for this id');

    const link = made.field('data.link');
    expect((await bench.call('GET', link)).text).toContain('NGN 200.00');
    expect((await bench.press(link, 'failure')).status).toBe(200);
    expect((await verify('ref-1')).field('data.status')).toBe('failed');
    const paid = await bench.press(link, 'success');
    expect(paid.status).toBe(303);
    expect(paid.headers.location).toMatch(
      /^https:\/\/shop\.example\/return\?order=7&status=successful&tx_ref=ref-1&transaction_id=70000\d\d$/,
    );
    await bench.press(link, 'success');
    await bench.advance(1_000);
    expect(bench.money('ref-1')).toMatchObject({ charged: '20000', ...charged() });
    const list = await bench.get('/transactions?tx_ref=ref-1');
    expect(list.json).toMatchObject({
      data: [{ id: expect.any(String), status: 'successful' }, { status: 'failed' }],
      meta: { page_info: { total: 2, total_pages: 1 } },
    });
    expect(bench.events().map(({ data }) => (data as { status: string }).status)).toEqual([
      'failed',
      'successful',
    ]);
  });

  it('closes after max_retry_attempt failures, and when it has expired', async () => {
    const ends = { max_retry_attempt: 2, link_expiration: '2026-01-05T10:30:00.000Z' };
    const used = (await bench.post('/payments', payment('used', ends))).field('data.link');
    await bench.press(used, 'failure');
    const last = await bench.press(used, 'failure');
    expect(last.headers.location).toContain('status=failed');
    await bench.press(used, 'success');
    const late = (await bench.post('/payments', payment('late', ends))).field('data.link');
    await bench.advance(31 * 60_000);
    await bench.press(late, 'success');
    expect(bench.handle.books('flutterwave', KEY).references).toEqual([]);
  });

  it('leads back without a transaction when the payer cancels', async () => {
    const link = (await bench.post('/payments', payment('ref-1'))).field('data.link');
    const { headers } = await bench.press(link, 'cancel');
    expect(headers.location).toBe(
      'https://shop.example/return?order=7&status=cancelled&tx_ref=ref-1',
    );
  });

  it('takes a reference once', async () => {
    await bench.post('/payments', payment('ref-1'));
    const again = await bench.post('/payments', payment('ref-1'));
    expect(again.status).toBe(400);
    expect(again.field('message')).toContain('Duplicate tx_ref');
  });

  it.each([
    [{ amount: '1.5x' }, 'amount is invalid'],
    [{ amount: 0 }, 'amount is invalid'],
    [{ amount: 1.005 }, 'amount is invalid'],
    [{ amount: 10.5, currency: 'UGX' }, 'amount is invalid'],
    [{ currency: 'JPY' }, 'not supported'],
    [{ customer: {} }, 'email is required'],
    [{ tx_ref: 'x'.repeat(101) }, 'tx_ref is too long'],
    [{ payment_options: 'cowrie' }, 'payment_options'],
  ])('refuses %j', async (changes, message) => {
    const reply = await bench.post('/payments', payment('ref-1', changes));
    expect(reply.status).toBe(400);
    expect(reply.field('message')).toContain(message);
  });
});

describe('direct charges', () => {
  it('tell no data where Flutterwave tells none, and make another transaction when sent again', async () => {
    const momo = { phone_number: '233551234987', network: 'MTN' };
    for (let again = 0; again < 2; again += 1) {
      const path = '/charges?type=mobile_money_ghana';
      const reply = await bench.post(path, charge('ref-1', momo, 'GHS'));
      expect(reply.json).toEqual({
        status: 'success',
        message: 'Charge initiated',
        meta: { authorization: { mode: 'redirect', redirect: expect.any(String) } },
      });
      await bench.press(reply.field('meta.authorization.redirect'), 'success');
    }
    expect(bench.money('ref-1')).toMatchObject(charged(2));
  });

  it('name the next step of a bank account within data', async () => {
    const reply = await bench.post('/charges?type=mono', charge('ref-1'));
    expect(reply.json).toMatchObject({ data: { meta: { authorization: { mode: 'redirect' } } } });
  });

  it('prompt on the phone, which may be ignored until the prompt ends', async () => {
    const body = charge('ref-1', { phone_number: '254712345678' }, 'KES');
    const reply = await bench.post('/charges?type=mpesa', body);
    expect(reply.json).toMatchObject({ data: { status: 'pending', auth_model: 'LIPA_MPESA' } });
    await bench.advance(181_000);
    const ended = await verify('ref-1');
    expect(ended.field('data.status')).toBe('failed');
    expect(ended.field('data.processor_response')).toContain('timeout');
  });

  it('refuse what the type does not take', async () => {
    const phone = { phone_number: '0712345678' };
    for (const [type, body] of [
      ['mpesa', charge('a', phone, 'KES')],
      ['mpesa', charge('a', phone, 'NGN')],
      ['card', charge('a')],
      ['mobile_money_ghana', charge('a', { phone_number: '233551234987' }, 'GHS')],
    ] as const)
      expect((await bench.post(`/charges?type=${type}`, body)).status).toBe(400);
  });
});

describe('saved cards', () => {
  it('are saved by a paid page, and charged for their own customer only', async () => {
    const link = (await bench.post('/payments', payment('ref-1'))).field('data.link');
    await bench.press(link, 'success');
    const token = (await verify('ref-1')).field('data.card.token');
    const again = await bench.post('/tokenized-charges', charge('ref-2', { token }));
    expect(again.field('data.status')).toBe('successful');
    const other = charge('ref-3', { token, email: 'eve@example.com' });
    expect((await bench.post('/tokenized-charges', other)).status).toBe(400);
  });
});

describe('the legacy account', () => {
  it('gets flat webhooks', async () => {
    const legacy = startFlutterwave(null, 'FLWSECK_TEST-legacy-X');
    const body = charge('ref-1', { token: 'flw-t1nf-success' });
    await legacy.post('/tokenized-charges', body);
    await legacy.advance(1_000);
    expect(legacy.events()).toMatchObject([{ txRef: 'ref-1', status: 'successful', amount: 200 }]);
    await legacy.close();
  });
});

describe('payouts', () => {
  const transfer = (reference: string, account = '0690000040') => ({
    account_bank: '044',
    account_number: account,
    amount: 4000,
    currency: 'NGN',
    reference,
  });

  it('are paid once for a reference, and told', async () => {
    const first = await bench.post('/transfers', transfer('t-1'));
    expect(first.json).toMatchObject({ data: { status: 'NEW', fee: 20, reference: 't-1' } });
    const again = await bench.post('/transfers', transfer('t-1'));
    expect(again.field('message')).toContain('already exists');
    await bench.advance(1_000);
    const found = await bench.get('/transfers?reference=t-1');
    expect(found.json).toMatchObject({ data: [{ status: 'SUCCESSFUL' }] });
    expect(bench.events()).toMatchObject([
      { event: 'transfer.completed', data: { status: 'SUCCESSFUL', fullname: 'TUNDE BELLO' } },
    ]);
  });

  it('are refused for a server that is not on the list', async () => {
    const barred = startFlutterwave(null, 'FLWSECK_TEST-noip-X');
    const reply = await barred.post('/transfers', transfer('t-1'));
    expect(reply.field('message')).toContain('IP');
    await barred.close();
  });
});

describe('a restarted simulator', () => {
  it('knows its links, prompts and refunds, and does what was due', async () => {
    const before = startFlutterwave(dir);
    const link = (await before.post('/payments', payment('page'))).field('data.link');
    const phone = charge('phone', { phone_number: '254712345678' }, 'KES');
    await before.post('/charges?type=mpesa', phone);
    const saved = charge('done', { token: 'flw-t1nf-refund_pending' });
    const id = (await before.post('/tokenized-charges', saved)).field('data.id');
    const refund = await before.post(`/transactions/${id}/refund`, { amount: 50 });
    // No close: as after kill -9.

    const after = startFlutterwave(dir);
    await after.press(link, 'success');
    await after.press('http://x/simulators/phone/254712345678', 'success');
    await after.advance(1_000);
    for (const reference of ['page', 'phone', 'done'])
      expect(after.money(reference)).toMatchObject({ counts: { charged: 1 } });
    const settled = await after.get(`/refunds/${refund.field('data.id')}`);
    expect(settled.json).toMatchObject({ data: { status: 'completed', amount_refunded: 50 } });
    await Promise.all([before.close(), after.close()]);
  });
});
