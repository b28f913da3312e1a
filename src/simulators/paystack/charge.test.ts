import { afterEach, describe, expect, it } from 'vitest';
import { card, charge, KEY, startPaystack } from './testing.ts';

let bench = startPaystack();
afterEach(async () => {
  await bench.close();
  bench = startPaystack();
});

const statusOf = async (reference: string) =>
  (await bench.get(`/transaction/verify/${reference}`)).field('data.status');

describe('test cards', () => {
  it('4084 0840 8408 4081 succeeds at once', async () => {
    const reply = await bench.post('/charge', charge('r1', card('4084084084084081', '408')));
    expect(reply.json).toMatchObject({
      status: true,
      message: 'Charge attempted',
      data: { status: 'success', amount: 20_000, fees: 300, authorization: { last4: '4081' } },
    });
    await bench.advance(100);
    expect(bench.events()).toMatchObject([{ event: 'charge.success', data: { metadata: 0 } }]);
  });

  it('5060 6666 … asks for the PIN, then for the OTP', async () => {
    const first = await bench.post('/charge', charge('r1', card('5060666666666666666', '123')));
    expect(first.json).toEqual({
      status: true,
      message: 'Charge attempted',
      data: { reference: 'r1', status: 'send_pin', display_text: 'Please send PIN' },
    });
    const second = await bench.post('/charge/submit_pin', { pin: '1234', reference: 'r1' });
    expect(second.field('data.status')).toBe('send_otp');
    expect((await bench.get('/charge/r1')).json).toMatchObject({
      message: 'Reference check successful',
      data: { status: 'send_otp' },
    });
    expect(await statusOf('r1')).toBe('ongoing');
    const third = await bench.post('/charge/submit_otp', { otp: '123456', reference: 'r1' });
    expect(third.field('data.status')).toBe('success');
  });

  it('5078 5078 5078 5078 04 asks for PIN, phone and OTP', async () => {
    await bench.post('/charge', charge('r1', card('507850785078507804', '884')));
    await bench.post('/charge/submit_pin', { pin: '0000', reference: 'r1' });
    const phone = await bench.post('/charge/submit_phone', {
      phone: '08012345678',
      reference: 'r1',
    });
    expect(phone.field('data.status')).toBe('send_otp');
    await bench.post('/charge/submit_otp', { otp: '123456', reference: 'r1' });
    expect(await statusOf('r1')).toBe('success');
  });

  it('5192 6027 2058 4796 goes to the page of the bank', async () => {
    const reply = await bench.post('/charge', charge('r1', card('5192602720584796', '123')));
    expect(reply.field('data.status')).toBe('open_url');
    expect((await bench.press(reply.field('data.url'), 'success')).text).toContain('successful');
    expect(await statusOf('r1')).toBe('success');
  });

  it.each([
    ['declined', '4084080000005408', '001', 'Declined'],
    ['insufficient funds', '4084080000670037', '787', 'Insufficient Funds'],
    ['a wrong CVV', '4084084084084081', '000', 'Invalid Card Number'],
    ['no test card', '4111111111111111', '123', 'Declined'],
  ])('is refused with HTTP 200: %s', async (_name, number, cvv, text) => {
    const reply = await bench.post('/charge', charge('r1', card(number, cvv)));
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({
      status: true,
      data: { status: 'failed', gateway_response: text, message: text },
    });
  });

  it('fails in the end when no token can be generated', async () => {
    await bench.post('/charge', charge('r1', card('507850785078507853', '082')));
    const reply = await bench.post('/charge/submit_pin', { pin: '0000', reference: 'r1' });
    expect(reply.field('data.message')).toContain('Token Not Generated');
  });

  it('a wrong PIN ends the charge with HTTP 200 and status false', async () => {
    await bench.post('/charge', charge('r1', card('507850785078507812', '081')));
    const reply = await bench.post('/charge/submit_pin', { pin: '9999', reference: 'r1' });
    expect([reply.status, reply.json]).toEqual([
      200,
      {
        status: false,
        message: 'Charge attempted',
        data: { reference: 'r1', status: 'failed', message: 'Incorrect PIN' },
      },
    ]);
    const again = await bench.post('/charge/submit_pin', { pin: '1111', reference: 'r1' });
    expect(again.status).toBe(400);
    expect(await statusOf('r1')).toBe('failed');
  });
});

describe('mobile money', () => {
  const momo = (provider: string, phone = '0551234987') => ({ mobile_money: { phone, provider } });

  it.each([
    ['success', 'success', 'Approved'],
    ['failure', 'failed', 'Declined'],
    ['cancel', 'failed', 'Declined by the customer'],
  ])('is answered on the phone: %s', async (outcome, status, text) => {
    const reply = await bench.post('/charge', charge('r1', momo('mtn'), 'GHS'));
    expect(reply.field('data.status')).toBe('pay_offline');
    await bench.press('http://x/simulators/phone/+233551234987', outcome);
    expect((await bench.get('/charge/r1')).json).toMatchObject({
      data: { status, gateway_response: text },
    });
  });

  it('has an authorization that cannot be used again', async () => {
    await bench.post('/charge', charge('r1', momo('mtn'), 'GHS'));
    await bench.press('http://x/simulators/phone/0551234987', 'success');
    const verified = await bench.get('/transaction/verify/r1');
    expect(verified.json).toMatchObject({
      data: {
        channel: 'mobile_money',
        authorization: { bin: '055XXX', last4: 'X987', exp_year: '9999', reusable: false },
      },
    });
    const authorization_code = verified.field('data.authorization.authorization_code');
    const again = charge('r2', { authorization_code }, 'GHS');
    expect((await bench.post('/transaction/charge_authorization', again)).status).toBe(400);
  });

  it('times out after 180 s and leaves the phone', async () => {
    await bench.post('/charge', charge('r1', momo('mtn'), 'GHS'));
    await bench.advance(180_000);
    expect((await bench.get('/charge/r1')).json).toMatchObject({ data: { status: 'timeout' } });
    expect((await bench.press('http://x/simulators/phone/0551234987', 'success')).status).toBe(404);
    expect(await statusOf('r1')).toBe('timeout');
  });

  it('asks Telecel customers for a voucher', async () => {
    const reply = await bench.post('/charge', charge('r1', momo('vod', '0501234567'), 'GHS'));
    expect(reply.field('data.status')).toBe('send_otp');
    await bench.post('/charge/submit_otp', { otp: '123456', reference: 'r1' });
    expect(await statusOf('r1')).toBe('success');
  });

  it.each([
    ['GHS', 'mpesa', '0551234987'],
    ['GHS', 'mtn', '+233551234987'],
    ['KES', 'mpesa', '0710000000'],
    ['NGN', 'mtn', '08012345678'],
  ])('refuses %s with %s on %s', async (currency, provider, phone) => {
    const reply = await bench.post('/charge', charge('r1', momo(provider, phone), currency));
    expect([reply.status, reply.field('code')]).toEqual([400, 'invalid_params']);
  });

  it('gives an M-PESA paybill to pay into', async () => {
    const instrument = momo('mpesa_offline', '+254710000000');
    const reply = await bench.post('/charge', charge('r1', instrument, 'KES'));
    expect(reply.json).toMatchObject({
      data: { status: 'pay_offline', account_number: '1000000001', account_reference: 'r1' },
    });
  });
});

describe('other channels', () => {
  it('a bank account is asked for a birthday, then for an OTP, whose reply has no reference', async () => {
    const bank = { bank: { code: '057', account_number: '0000000000' } };
    const first = await bench.post('/charge', charge('r1', bank));
    expect(first.field('data.status')).toBe('send_birthday');
    const answer = { birthday: '2007-04-15', reference: 'r1' };
    const second = await bench.post('/charge/submit_birthday', answer);
    expect(second.json).toMatchObject({ data: { status: 'send_otp' } });
    expect(second.json).not.toMatchObject({ data: { reference: 'r1' } });
    await bench.post('/charge/submit_otp', { otp: '123456', reference: 'r1' });
    expect(await statusOf('r1')).toBe('success');
  });

  it('Kuda is charged by a token', async () => {
    const bank = { bank: { code: '50211', phone: '+2348100000000', token: '123456' } };
    const reply = await bench.post('/charge', charge('r1', bank));
    expect(reply.field('data.status')).toBe('success');
  });

  it('a bank transfer rejects a wrong amount and waits for the right one', async () => {
    const account_expires_at = '2026-01-05T10:30:00Z';
    const reply = await bench.post(
      '/charge',
      charge('r1', { bank_transfer: { account_expires_at } }),
    );
    expect(reply.json).toMatchObject({
      data: {
        status: 'pending_bank_transfer',
        account_number: '1000000001',
        bank: { slug: 'test-bank' },
        account_expires_at: '2026-01-05T10:30:00.000Z',
      },
    });
    await bench.press('/checkout/1000000001', 'failure');
    await bench.advance(100);
    expect(bench.events()).toMatchObject([
      { event: 'bank.transfer.rejected', data: { bank_transfer: { amount: '20100' } } },
    ]);
    expect(await statusOf('r1')).toBe('ongoing');
    await bench.press('/checkout/1000000001', 'success');
    expect((await bench.get('/transaction/verify/r1')).json).toMatchObject({
      data: { status: 'success', authorization: { sender_name: 'ADA OBI' } },
    });
  });

  it('a bank account to pay into closes when it expires', async () => {
    const account_expires_at = '2026-01-05T10:30:00Z';
    await bench.post('/charge', charge('r1', { bank_transfer: { account_expires_at } }));
    await bench.advance(30 * 60_000);
    expect(await statusOf('r1')).toBe('timeout');
  });

  it.each(['2026-01-05T10:01:00Z', '2026-01-06T10:00:00Z', 'soon'])(
    'a bank account may not expire at %s',
    async (account_expires_at) => {
      const reply = await bench.post(
        '/charge',
        charge('r1', { bank_transfer: { account_expires_at } }),
      );
      expect(reply.status).toBe(400);
    },
  );

  it('USSD gives a code to dial, paid at its number', async () => {
    const reply = await bench.post('/charge', charge('r1', { ussd: { type: '737' } }));
    expect(reply.field('data.ussd_code')).toBe('*737*000*1000000001#');
    expect(reply.field('data.display_text')).toContain('*737*000*1000000001#');
    await bench.press('/checkout/1000000001', 'success');
    expect(await statusOf('r1')).toBe('success');
  });

  it('QR and EFT of South Africa are paid at their address', async () => {
    const qr = await bench.post(
      '/charge',
      charge('r1', { qr: { provider: 'scan-to-pay' } }, 'ZAR'),
    );
    expect(qr.field('data.status')).toBe('pay_offline');
    await bench.press(qr.field('data.qr_code'), 'success');
    const eft = await bench.post('/charge', charge('r2', { eft: { provider: 'ozow' } }, 'ZAR'));
    expect(eft.field('data.status')).toBe('open_url');
    await bench.press(eft.field('data.url'), 'failure');
    expect([await statusOf('r1'), await statusOf('r2')]).toEqual(['success', 'failed']);
  });

  it('Capitec Pay answers in its own envelope and asks on the phone', async () => {
    const instrument = {
      capitec_pay: { identifier_key: 'CELLPHONE', identifier_value: '0821234567' },
    };
    const reply = await bench.post('/charge', charge('r1', instrument, 'ZAR'));
    expect(reply.json).toMatchObject({
      type: 'success',
      message: 'Charge pending',
      data: { timeToLive: 120, transaction: { reference: 'r1' } },
    });
    await bench.press('http://x/simulators/phone/0821234567', 'success');
    expect(await statusOf('r1')).toBe('success');
  });

  it('an address is asked for with its country and taken as zip_code', async () => {
    const reply = await bench.post(
      '/charge',
      charge('r1', { authorization_code: 'AUTH_send_address' }),
    );
    expect(reply.json).toMatchObject({ data: { status: 'send_address', country_code: 'US' } });
    const address = { address: '1 Road', city: 'Ely', state: 'CA', reference: 'r1' };
    const wrong = await bench.post('/charge/submit_address', { ...address, zipcode: '1' });
    expect(wrong.field('code')).toBe('missing_params');
    const right = await bench.post('/charge/submit_address', { ...address, zip_code: '1' });
    expect(right.field('data.status')).toBe('success');
  });
});

describe('a direct charge', () => {
  it('wants exactly one instrument', async () => {
    const none = await bench.post('/charge', charge('r1', {}));
    expect(none.field('message')).toMatch(/^One of Authorization code, card object/);
    const two = charge('r1', { ussd: { type: '737' }, authorization_code: 'AUTH_success' });
    expect((await bench.post('/charge', two)).status).toBe(400);
  });

  it('does not know a wrong reference', async () => {
    const reply = await bench.get('/charge/nothing');
    expect([reply.status, reply.json]).toEqual([
      400,
      { status: false, message: 'Transaction reference is invalid' },
    ]);
  });

  it('is declined as wanted, only at Paystack and before anybody is asked', async () => {
    const metadata = { simulate: 'paystack=decline:insufficient_funds' };
    const momo = { mobile_money: { phone: '0551234987', provider: 'mtn' }, metadata };
    const reply = await bench.post('/charge', charge('r1', momo, 'GHS'));
    expect(reply.json).toMatchObject({
      data: { status: 'failed', gateway_response: 'Insufficient Funds' },
    });
    const elsewhere = { ...momo, metadata: { simulate: 'stripe=decline:insufficient_funds' } };
    const other = await bench.post('/charge', charge('r2', elsewhere, 'GHS'));
    expect(other.field('data.status')).toBe('pay_offline');
  });

  it('finally fails when Paystack was wanted to be unavailable', async () => {
    const instrument = {
      authorization_code: 'AUTH_success',
      metadata: { simulate: 'unavailable' },
    };
    const reply = await bench.post('/charge', charge('r1', instrument));
    expect(reply.json).toMatchObject({
      data: { status: 'failed', gateway_response: 'Issuer or Switch Inoperative' },
    });
    expect(await statusOf('r1')).toBe('failed');
  });

  it('succeeds late as wanted', async () => {
    const metadata = { simulate: 'late_success:60000' };
    const instrument = { authorization_code: 'AUTH_success', metadata };
    const reply = await bench.post('/charge', charge('r1', instrument));
    expect(reply.field('data.status')).toBe('pending');
    await bench.advance(59_000);
    expect(await statusOf('r1')).toBe('pending');
    await bench.advance(2_000);
    expect(await statusOf('r1')).toBe('success');
    expect(bench.events()).toHaveLength(1);
  });

  it('is booked although its reply says 500', async () => {
    const metadata = { simulate: 'error_500_after' };
    const instrument = { authorization_code: 'AUTH_success', metadata };
    const reply = await bench.post('/charge', charge('r1', instrument));
    expect([reply.status, reply.json]).toEqual([
      500,
      { status: false, message: 'An error occurred' },
    ]);
    expect(bench.money('r1')).toMatchObject({ charged: '20000' });
    expect((await bench.post('/charge', charge('r1', instrument))).field('code')).toBe(
      'duplicate_reference',
    );
  });

  it('is refused with 429 as wanted', async () => {
    const instrument = { authorization_code: 'AUTH_success', metadata: { simulate: 'rate_limit' } };
    const reply = await bench.post('/charge', charge('r1', instrument));
    expect([reply.status, reply.headers['retry-after']]).toEqual([429, '1']);
    expect(bench.money('r1')).toBeUndefined();
  });
});

describe('saved cards', () => {
  it('are charged for the customer they were saved for', async () => {
    const first = await bench.post('/charge', charge('r1', card('4084084084084081', '408')));
    const authorization_code = first.field('data.authorization.authorization_code');
    const path = '/transaction/charge_authorization';
    const again = await bench.post(path, charge('r2', { authorization_code }));
    expect(again.json).toMatchObject({ data: { status: 'success', reference: 'r2' } });
    expect(again.field('data.authorization.authorization_code')).toBe(authorization_code);
    const other = { ...charge('r3', { authorization_code }), email: 'eve@example.com' };
    expect((await bench.post(path, other)).field('message')).toContain('Email does not match');
    const stranger = charge('r4', { authorization_code });
    const live = { authorization: 'Bearer sk_live_two' };
    expect((await bench.call('POST', path, stranger, live)).status).toBe(400);
  });

  it('pause for the second factor of the issuer', async () => {
    const body = charge('r1', { authorization_code: 'AUTH_paused' });
    const reply = await bench.post('/transaction/charge_authorization', body);
    expect(reply.json).toMatchObject({ status: true, data: { paused: true, reference: 'r1' } });
    expect(await statusOf('r1')).toBe('ongoing');
    await bench.press(reply.field('data.authorization_url'), 'success');
    expect(await statusOf('r1')).toBe('success');
  });

  it('may be debited in part', async () => {
    const body = charge('r1', { authorization_code: 'AUTH_partial', at_least: 15_000 });
    const reply = await bench.post('/transaction/partial_debit', body);
    expect(reply.json).toMatchObject({
      data: { status: 'success', amount: 15_000, requested_amount: 20_000 },
    });
  });

  it.each([
    ['AUTH_decline_insufficient_funds', 'failed', 'Insufficient Funds'],
    ['AUTH_decline_do_not_honor', 'failed', 'Do Not Honour'],
    ['AUTH_decline_ambiguous', 'failed', expect.stringContaining('duplicate transmission')],
    ['AUTH_success', 'success', 'Successful'],
  ])('%s ends %s', async (authorization_code, status, text) => {
    const body = charge('r1', { authorization_code });
    const reply = await bench.post('/transaction/charge_authorization', body);
    expect(reply.json).toMatchObject({ data: { status, gateway_response: text } });
  });
});

describe('reading', () => {
  it('lists by page, by cursor and by filter', async () => {
    for (let n = 1; n <= 5; n++) {
      const code = n === 3 ? 'AUTH_decline_fraud' : 'AUTH_success';
      await bench.post('/charge', charge(`r${n}`, { authorization_code: code }));
      await bench.advance(1_000);
    }
    const paged = await bench.get('/transaction?perPage=2&page=2');
    expect(paged.json).toMatchObject({
      data: [{ reference: 'r3' }, { reference: 'r2' }],
      meta: { total: 5, skipped: 2, perPage: 2, page: 2, pageCount: 3, total_volume: 80_000 },
    });
    const seen: string[] = [];
    let next: string | null = null;
    do {
      const query: string = next === null ? '' : `&next=${next}`;
      const page = await bench.get(`/transaction?use_cursor=true&perPage=2${query}`);
      const { data, meta } = page.json as { data: { reference: string }[]; meta: { next: string } };
      seen.push(...data.map(({ reference }) => reference));
      next = meta.next;
    } while (next);
    expect(seen).toEqual(['r5', 'r4', 'r3', 'r2', 'r1']);
    expect((await bench.get('/transaction?status=failed')).json).toMatchObject({
      meta: { total: 1 },
    });
    const since = await bench.get('/transaction?from=2026-01-05T10:00:04Z');
    expect(since.json).toMatchObject({ meta: { total: 1 } });
    expect((await bench.get('/transaction?perPage=-1')).status).toBe(400);
  });

  it('finds one by id, and its timeline', async () => {
    const made = await bench.post('/charge', charge('r1', { authorization_code: 'AUTH_success' }));
    const id = made.field('data.id');
    expect((await bench.get(`/transaction/${id}`)).field('data.reference')).toBe('r1');
    expect((await bench.get('/transaction/timeline/r1')).json).toMatchObject({
      data: { success: true, history: [{ message: 'created' }, { message: 'success' }] },
    });
    expect((await bench.get('/transaction/totals')).json).toMatchObject({
      data: { total_transactions: 1, total_volume: 20_000 },
    });
  });

  it('survives a missing body, an odd body and an unknown path', async () => {
    expect((await bench.call('POST', '/charge')).status).toBe(400);
    expect((await bench.post('/charge', [1])).status).toBe(400);
    expect((await bench.post('/charge', null)).status).toBe(400);
    const lost = await bench.get('/nowhere');
    expect([lost.status, lost.field('code')]).toEqual([404, 'not_found']);
    expect(bench.handle.books('paystack', KEY).objects).toEqual({});
  });
});
