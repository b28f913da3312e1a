import { afterEach, describe, expect, it } from 'vitest';
import { KEY, startPaystack } from './testing.ts';

let bench = startPaystack();
afterEach(async () => {
  await bench.close();
  bench = startPaystack();
});

const body = {
  email: 'ama@example.com',
  amount: 20_000,
  currency: 'GHS',
  reference: 'ref-1',
  callback_url: 'https://shop.example/return?order=7',
  metadata: { payment_id: 'pay_1', cancel_action: 'https://shop.example/cancel' },
};

async function initialize(changes: object = {}): Promise<string> {
  const reply = await bench.post('/transaction/initialize', { ...body, ...changes });
  expect(reply.json).toMatchObject({ status: true, message: 'Authorization URL created' });
  return reply.field('data.authorization_url');
}

describe('hosted checkout', () => {
  it('answers a page, the access code and the reference', async () => {
    const url = await initialize();
    expect(url).toMatch(/^http:\/\/sims\.test\/simulators\/paystack\/checkout\/[0-9a-f]{16}$/);
    const verified = await bench.get('/transaction/verify/ref-1');
    expect(verified.json).toMatchObject({
      status: true,
      data: { status: 'abandoned', reference: 'ref-1', amount: 20_000, domain: 'test' },
    });
  });

  it('shows a page that needs no script and trusts no input', async () => {
    const url = await initialize({ email: "a<i>'@example.com" });
    const page = await bench.call('GET', url);
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.text).toContain('GHS 200.00');
    expect(page.text).toContain('a&#60;i&#62;&#39;@example.com');
    expect(page.text).not.toContain('<script');
  });

  it('books a success once, sends charge.success once and leads back', async () => {
    const url = await initialize();
    for (let press = 0; press < 3; press++) {
      const back = await bench.press(url, 'success');
      expect(back.status).toBe(303);
      expect(back.headers.location).toBe(
        'https://shop.example/return?order=7&trxref=ref-1&reference=ref-1',
      );
    }
    await bench.press(url, 'failure');
    await bench.advance(1_000);
    expect(bench.events()).toMatchObject([
      {
        event: 'charge.success',
        data: {
          status: 'success',
          reference: 'ref-1',
          amount: 20_000,
          fees: 390,
          currency: 'GHS',
          domain: 'test',
          paid_at: '2026-01-05T10:00:00.000Z',
          metadata: { payment_id: 'pay_1' },
          customer: { email: 'ama@example.com' },
          authorization: { channel: 'card', bin: '408408', reusable: true },
        },
      },
    ]);
    expect(bench.deliveries[0]?.url).toBe('http://merchant.test/paystack');
    expect(bench.money('ref-1')).toMatchObject({
      payment_id: 'pay_1',
      charged: '20000',
      counts: { charged: 1 },
    });
  });

  it('fails without an event', async () => {
    await bench.press(await initialize(), 'failure');
    await bench.advance(10_000);
    expect(bench.deliveries).toEqual([]);
    expect((await bench.get('/transaction/verify/ref-1')).json).toMatchObject({
      data: { status: 'failed', gateway_response: 'Declined', paid_at: null },
    });
  });

  it('leads a canceled checkout to cancel_action and lets it be paid later', async () => {
    const url = await initialize();
    const back = await bench.press(url, 'cancel');
    expect([back.status, back.headers.location]).toEqual([303, 'https://shop.example/cancel']);
    expect((await bench.get('/transaction/verify/ref-1')).field('data.status')).toBe('abandoned');
    await bench.press(url, 'success');
    expect((await bench.get('/transaction/verify/ref-1')).field('data.status')).toBe('success');
  });

  it('cannot be paid after the session time-out', async () => {
    await bench.call('PUT', '/integration/payment_session_timeout', { timeout: 60 });
    const url = await initialize();
    await bench.advance(61_000);
    const late = await bench.press(url, 'success');
    expect(late.text).toContain('Session expired');
    expect((await bench.get('/transaction/verify/ref-1')).field('data.status')).toBe('abandoned');
  });

  it('shows a plain result where there is nowhere to go back to', async () => {
    const url = await initialize({ callback_url: 'javascript:alert(1)' });
    const page = await bench.press(url, 'success');
    expect(page.status).toBe(200);
    expect(page.text).toContain('Payment successful');
  });

  it('answers 404 and 400 pages for a wrong code and a wrong outcome', async () => {
    expect((await bench.press('/checkout/none', 'success')).status).toBe(404);
    expect((await bench.press(await initialize(), 'perhaps')).status).toBe(400);
  });

  it('takes the amount as digits and metadata as JSON text', async () => {
    await initialize({ amount: '20000', metadata: '{"payment_id":"pay_2"}' });
    const verified = await bench.get('/transaction/verify/ref-1');
    expect(verified.json).toMatchObject({
      data: { amount: 20_000, metadata: { payment_id: 'pay_2' } },
    });
  });
});

describe('initialize refuses', () => {
  it.each([
    ['no e-mail', { email: undefined }, 'missing_params'],
    ['a bad e-mail', { email: 'nobody' }, 'invalid_params'],
    ['a fraction', { amount: 10.5 }, 'invalid_params'],
    ['a negative amount', { amount: -1 }, 'invalid_params'],
    ['too little', { amount: 9 }, 'invalid_params'],
    ['too much', { amount: 1_000_000_001 }, 'invalid_params'],
    ['an unknown currency', { currency: 'EUR' }, 'unsupported_currency'],
    ['an underscore in the reference', { reference: 'att_1' }, 'invalid_params'],
    ['an unknown channel', { channels: ['carrier_pigeon'] }, 'invalid_params'],
  ])('%s', async (_name, changes, code) => {
    const reply = await bench.post('/transaction/initialize', { ...body, ...changes });
    expect([reply.status, reply.field('status'), reply.field('code')]).toEqual([
      400,
      'false',
      code,
    ]);
  });

  it('a reference that was used', async () => {
    await initialize();
    const again = await bench.post('/transaction/initialize', body);
    expect(again.status).toBe(400);
    expect(again.json).toMatchObject({
      status: false,
      message: 'Duplicate Transaction Reference',
      code: 'duplicate_reference',
    });
  });

  it.each([
    '',
    'Bearer pk_test_one',
    'Bearer sk_test_',
    'Basic sk_test_one',
    'Bearer sk_test_invalid_1',
  ])('the authorization %j', async (authorization) => {
    const reply = await bench.call('POST', '/transaction/initialize', body, { authorization });
    expect([reply.status, reply.json]).toEqual([401, { status: false, message: 'Invalid key' }]);
  });

  it('a decline that was wanted, in the form of a processor error', async () => {
    const metadata = { simulate: 'stripe=reply_lost, paystack=decline:do_not_honor' };
    const reply = await bench.post('/transaction/initialize', { ...body, metadata });
    expect(reply.status).toBe(400);
    expect(reply.json).toMatchObject({ message: 'Do Not Honour', type: 'processor_error' });
    expect((await bench.get('/transaction/verify/ref-1')).field('code')).toBe(
      'transaction_not_found',
    );
  });

  it('everything when it was wanted to be unavailable', async () => {
    const metadata = { simulate: 'unavailable' };
    const reply = await bench.post('/transaction/initialize', { ...body, metadata });
    expect(reply.status).toBe(400);
    expect(reply.field('message')).toContain('No active channel');
  });
});

describe('the books', () => {
  it('keep merchants apart and tell the mode by the key', async () => {
    await initialize();
    const live = { authorization: 'Bearer sk_live_two' };
    const missing = await bench.call('GET', '/transaction/verify/ref-1', undefined, live);
    expect(missing.field('code')).toBe('transaction_not_found');
    const second = await bench.call('POST', '/transaction/initialize', body, live);
    await bench.press(second.field('data.authorization_url'), 'success');
    const verified = await bench.call('GET', '/transaction/verify/ref-1', undefined, live);
    expect(verified.json).toMatchObject({ data: { domain: 'live', status: 'success' } });
    expect(bench.handle.books('paystack', KEY).totals).toEqual({});
  });

  it('count XOF in its own minor unit', async () => {
    await bench.press(await initialize({ currency: 'XOF', amount: 50_050 }), 'success');
    expect(bench.money('ref-1')).toMatchObject({ currency: 'XOF', charged: '500' });
  });
});
