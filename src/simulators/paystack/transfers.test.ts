import { afterEach, describe, expect, it } from 'vitest';
import { startPaystack } from './testing.ts';

let bench = startPaystack();
afterEach(async () => {
  await bench.close();
  bench = startPaystack();
});

const REFERENCE = '0190f0c2d1e87b3aa1bb';

async function recipient(account_number = '0001234567'): Promise<string> {
  const fields = { type: 'nuban', name: 'Tunde Bello', bank_code: '058', currency: 'NGN' };
  const reply = await bench.post('/transferrecipient', { ...fields, account_number });
  expect(reply.status).toBe(201);
  return reply.field('data.recipient_code');
}

const send = async (to: string, changes: object = {}) =>
  bench.post('/transfer', {
    source: 'balance',
    amount: 80_000,
    recipient: to,
    reference: REFERENCE,
    reason: 'Invoice 7',
    ...changes,
  });

const verify = () => bench.get(`/transfer/verify/${REFERENCE}`);
const statusOf = async () => (await verify()).field('data.status');

describe('transfers', () => {
  it('go to a recipient, which is the same for the same account', async () => {
    const to = await recipient();
    expect(await recipient()).toBe(to);
    expect(await recipient('0007654321')).not.toBe(to);
    expect((await bench.get(`/transferrecipient/${to}`)).json).toMatchObject({
      data: { active: true, details: { account_number: '0001234567', bank_code: '058' } },
    });
  });

  it('are queued, then paid, with an event', async () => {
    const reply = await send(await recipient());
    expect(reply.json).toMatchObject({
      message: 'Transfer has been queued',
      data: { id: 8_000_001, status: 'pending', amount: 80_000, source: 'balance' },
    });
    await bench.advance(1_000);
    expect(bench.events()).toMatchObject([
      {
        event: 'transfer.success',
        data: {
          reference: REFERENCE,
          transferred_at: '2026-01-05T10:00:00.500Z',
          recipient: { type: 'nuban', name: 'Tunde Bello' },
          session: { provider: 'nip' },
          integration: { is_live: false },
        },
      },
    ]);
    expect((await verify()).json).toMatchObject({ data: { status: 'success', fee_charged: 0 } });
    expect(bench.money(REFERENCE)).toMatchObject({ paid_out: '80000' });
  });

  it('pay once when they are repeated', async () => {
    const to = await recipient();
    const first = await send(to);
    const again = await send(to);
    expect(again.field('data.transfer_code')).toBe(first.field('data.transfer_code'));
    expect((await send(to, { amount: 1 })).field('code')).toBe('duplicate_reference');
    expect(bench.money(REFERENCE)).toMatchObject({ counts: { paid_out: 1 } });
  });

  it.each([
    ['9990000001', ['transfer.failed'], 'failed', undefined],
    ['9990000002', ['transfer.success', 'transfer.reversed'], 'reversed', undefined],
    ['9990000004', [], 'pending', { paid_out: '80000' }],
  ])('to %s end otherwise', async (account, names, status, money) => {
    await send(await recipient(account));
    await bench.advance(5_000);
    expect(bench.events().map(({ event }) => event)).toEqual(names);
    expect(await statusOf()).toBe(status);
    if (money === undefined) expect(bench.money(REFERENCE)).toBeUndefined();
    else expect(bench.money(REFERENCE)).toMatchObject(money);
  });

  it('ask for an OTP when the merchant has it switched on', async () => {
    await bench.post('/transfer/enable_otp', {});
    const reply = await send(await recipient());
    expect(reply.json).toMatchObject({
      message: 'Transfer requires OTP to continue',
      data: { status: 'otp' },
    });
    const transfer_code = reply.field('data.transfer_code');
    await bench.advance(5_000);
    expect(await statusOf()).toBe('otp');
    const wrong = await bench.post('/transfer/finalize_transfer', { transfer_code, otp: '1' });
    expect(wrong.status).toBe(400);
    await bench.post('/transfer/finalize_transfer', { transfer_code, otp: '123456' });
    await bench.advance(1_000);
    expect(await statusOf()).toBe('success');
    await bench.post('/transfer/disable_otp_finalize', { otp: '123456' });
    const next = await send(await recipient(), { reference: `${REFERENCE}2` });
    expect(next.field('data.status')).toBe('pending');
  });

  it.each([
    ['an unknown recipient', { recipient: 'RCP_x' }, 'invalid_transfer_recipient'],
    ['upper case in the reference', { reference: REFERENCE.toUpperCase() }, 'invalid_params'],
    ['a short reference', { reference: 'short' }, 'invalid_params'],
    ['more than the balance', { amount: 1_000_000_001 }, 'insufficient_balance'],
    ['another currency', { currency: 'GHS' }, 'invalid_params'],
    ['another source', { source: 'pocket' }, 'invalid_params'],
  ])('refuse %s', async (_name, changes, code) => {
    const reply = await send(await recipient(), changes);
    expect([reply.status, reply.field('code')]).toEqual([400, code]);
    expect(bench.handle.books('paystack').totals).toEqual({});
  });

  it('in bulk refuse used references', async () => {
    const to = await recipient();
    const item = (reference: string) => ({ amount: 100, recipient: to, reference });
    const bulk = { source: 'balance', currency: 'NGN', transfers: [item(REFERENCE)] };
    expect((await bench.post('/transfer/bulk', bulk)).json).toMatchObject({
      data: [{ reference: REFERENCE, status: 'pending', amount: 100 }],
    });
    const again = await bench.post('/transfer/bulk', bulk);
    expect([again.status, again.field('message')]).toEqual([
      404,
      `Duplicate reference(s) found: ${REFERENCE}`,
    ]);
  });

  it('leave the balance when they are asked for', async () => {
    const balance = async () =>
      (
        (await bench.get('/balance')).json as { data: { currency: string; balance: number }[] }
      ).data.find(({ currency }) => currency === 'NGN')?.balance;
    const before = await balance();
    await send(await recipient());
    expect(await balance()).toBe(before! - 80_000);
  });

  it('answer 404 for an unknown one', async () => {
    expect((await verify()).json).toMatchObject({ status: false, message: 'Transfer not found' });
  });
});

describe('banks', () => {
  it('are listed by currency and type', async () => {
    const list = await bench.get('/bank?currency=GHS&type=mobile_money');
    expect(list.json).toMatchObject({ data: [{ code: 'MTN' }, { code: 'ATL' }, { code: 'VOD' }] });
    expect((await bench.get('/bank?perPage=1')).json).toMatchObject({ data: [{ id: 1 }] });
  });

  it('tell the name of an account, or that there is none', async () => {
    const found = await bench.get('/bank/resolve?account_number=0001234567&bank_code=058');
    expect(found.json).toMatchObject({ data: { account_name: 'ADA OBI', bank_id: 9 } });
    const none = await bench.get('/bank/resolve?account_number=9990000005&bank_code=058');
    expect(none.status).toBe(422);
  });

  it('have no settlements in test mode', async () => {
    expect((await bench.get('/settlement')).json).toMatchObject({ data: [], meta: { total: 0 } });
  });
});
