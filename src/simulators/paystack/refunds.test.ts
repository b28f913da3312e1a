import { afterEach, describe, expect, it } from 'vitest';
import { card, charge, startPaystack } from './testing.ts';

let bench = startPaystack();
afterEach(async () => {
  await bench.close();
  bench = startPaystack();
});

async function paid(instrument: object = { authorization_code: 'AUTH_success' }): Promise<void> {
  const reply = await bench.post('/charge', charge('r1', instrument));
  expect(reply.field('data.status')).toBe('success');
  await bench.advance(100);
  bench.deliveries.length = 0;
}

const refund = (fields: object = {}) => bench.post('/refund', { transaction: 'r1', ...fields });

describe('refunds', () => {
  it('are queued, then processed, with an event for each and no id in them', async () => {
    await paid();
    const reply = await refund({ amount: 2_500, customer_note: 'sorry' });
    expect(reply.json).toMatchObject({
      status: true,
      message: 'Refund has been queued for processing',
      data: {
        id: 3_000_001,
        transaction: { reference: 'r1', amount: 20_000 },
        amount: 2_500,
        status: 'pending',
        customer_note: 'sorry',
      },
    });
    await bench.advance(1_000);
    const events = bench.events();
    expect(events).toMatchObject([
      { event: 'refund.pending', data: { amount: '2500', refund_reference: null } },
      { event: 'refund.processed', data: { amount: '2500', transaction_reference: 'r1' } },
    ]);
    expect(events.every(({ data }) => !('id' in data))).toBe(true);
    expect((await bench.get('/refund/3000001')).field('data.status')).toBe('processed');
    expect(bench.money('r1')).toMatchObject({ charged: '20000', refunded: '2500' });
  });

  it('may be several until the charge is used up, which then is reversed', async () => {
    await paid();
    expect((await refund({ amount: 15_000 })).status).toBe(200);
    expect((await refund({ amount: 5_001 })).field('code')).toBe('invalid_params');
    expect((await refund()).field('data.amount')).toBe('5000');
    expect((await refund()).field('message')).toBe('Transaction has been fully reversed');
    await bench.advance(1_000);
    const verified = await bench.get('/transaction/verify/r1');
    expect(verified.field('data.status')).toBe('reversed');
    expect(bench.money('r1')).toMatchObject({ refunded: '20000', counts: { refunded: 2 } });
  });

  it('are listed by the id of their transaction, newest first', async () => {
    await paid();
    await refund({ amount: 100 });
    await refund({ amount: 200 });
    const id = (await bench.get('/transaction/verify/r1')).field('data.id');
    const list = await bench.get(`/refund?transaction=${id}`);
    expect(list.json).toMatchObject({
      data: [
        { amount: 200, transaction: Number(id) },
        { amount: 100, transaction_reference: 'r1' },
      ],
      meta: { total: 2 },
    });
    expect((await bench.get('/refund?transaction=1')).json).toMatchObject({ data: [] });
  });

  it('fail on the card of section 7 and can then be asked for again', async () => {
    await paid(card('4084080000671803', '123'));
    await refund();
    await bench.advance(1_000);
    expect(bench.events()).toMatchObject([
      { event: 'refund.pending' },
      { event: 'refund.failed', data: { refund_reference: null } },
    ]);
    expect((await refund()).status).toBe(200);
    expect(bench.money('r1')).toMatchObject({ counts: { refunded: 1 } });
  });

  it('need the account of the customer on the other card', async () => {
    await paid(card('4084080000671902', '123'));
    const path = '/refund/retry_with_customer_details/3000001';
    const account = {
      refund_account_details: { currency: 'NGN', account_number: '1', bank_id: '9' },
    };
    await refund();
    expect((await bench.post(path, account)).status).toBe(422);
    await bench.advance(1_000);
    expect(bench.events()[1]).toMatchObject({
      event: 'refund.needs-attention',
      data: { id: '3000001' },
    });
    expect((await bench.post(path, account)).field('data.status')).toBe('pending');
    await bench.advance(1_000);
    expect((await bench.get('/refund/3000001')).field('data.status')).toBe('processed');
  });

  it('fail and lose their reply as the metadata of the payment wants', async () => {
    const metadata = { simulate: 'refund.decline:insufficient_funds,refund.error_500_after' };
    await paid({ authorization_code: 'AUTH_success', metadata });
    expect((await refund({ amount: 100 })).status).toBe(500);
    await bench.advance(1_000);
    expect((await bench.get('/refund?transaction=r1')).json).toMatchObject({
      data: [{ status: 'failed', amount: 100, message: 'Insufficient Funds' }],
    });
  });

  it.each([
    ['an unknown transaction', { transaction: 'r9' }, 404],
    ['a fraction', { amount: 1.5 }, 400],
    ['another currency', { currency: 'GHS' }, 400],
    ['no transaction', { transaction: undefined }, 400],
  ])('refuse %s', async (_name, fields, status) => {
    await paid();
    expect((await refund(fields)).status).toBe(status);
  });

  it('refuse a charge that failed', async () => {
    await bench.post('/charge', charge('r1', { authorization_code: 'AUTH_decline_fraud' }));
    expect((await refund()).field('message')).toBe('Transaction was not successful');
  });
});

interface Balances {
  readonly data: readonly { readonly currency: string; readonly balance: number }[];
}

describe('disputes', () => {
  it('follow a success that was wanted to be disputed', async () => {
    await paid({ authorization_code: 'AUTH_success', metadata: { simulate: 'dispute' } });
    await bench.advance(1_000);
    expect(bench.events()).toMatchObject([
      {
        event: 'charge.dispute.create',
        data: { id: 350_001, status: 'awaiting-merchant-feedback', refund_amount: 20_000 },
      },
    ]);
    const tooMuch = await bench.call('PUT', '/dispute/350001', { refund_amount: 20_001 });
    expect(tooMuch.field('message')).toBe('Refund amount cannot be greater than initial amount');
    const answer = { resolution: 'merchant-accepted', message: 'ok', refund_amount: 20_000 };
    const balance = async () => {
      const { data } = (await bench.get('/balance')).json as unknown as Balances;
      return data.find(({ currency }) => currency === 'NGN')!.balance;
    };
    const before = await balance();
    const resolved = await bench.call('PUT', '/dispute/350001/resolve', answer);
    expect(resolved.json).toMatchObject({
      data: { status: 'resolved', transaction: { status: 'reversed' } },
    });
    expect(await balance()).toBe(before - 20_000);
    expect((await bench.get('/dispute?status=resolved')).json).toMatchObject({
      meta: { total: 1 },
    });
    expect((await bench.get('/dispute/9')).status).toBe(404);
  });
});
