import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bench, startBench } from '../testing.ts';
import { createDummypaySimulator } from './simulator.ts';

let bench: Bench;
beforeEach(() => {
  bench = startBench({
    authorization: 'Bearer dummy_1',
    prefix: '/simulators/dummypay',
    simulators: { dummypay: { name: 'Dummypay', create: createDummypaySimulator } },
  });
});
afterEach(() => bench.close());

const order = {
  idempotencyKey: 'k1',
  amount: '700',
  currency: 'ZAR/2',
  sourceAccountId: 'main',
  destinationAccountId: 'ada',
  metadata: { order: '7' },
};
const transactions = async (query = '') =>
  (await bench.get(`/transactions${query}`)).json as { id: string; updatedAt: string }[];

describe('Dummypay', () => {
  it('pays once for one key, and settles', async () => {
    const made = await bench.post('/payouts', order);
    expect([made.status, made.field('status')]).toEqual([201, 'PENDING']);
    expect((await bench.post('/payouts', order)).field('id')).toBe(made.field('id'));
    expect((await bench.post('/payouts', { ...order, amount: '1' })).status).toBe(422);
    await bench.advance(2_000);
    expect(await transactions()).toMatchObject([
      { id: made.field('id'), status: 'SUCCEEDED', amount: '700', metadata: { order: '7' } },
    ]);
  });

  it('fails to an account with fail in its name, and leaves one with stuck open', async () => {
    for (const destinationAccountId of ['fail-1', 'stuck-1'])
      await bench.post('/payouts', {
        ...order,
        destinationAccountId,
        idempotencyKey: destinationAccountId,
      });
    await bench.advance(60_000);
    const listed = await transactions();
    // By the last change: the one that failed comes after the one that never changed.
    expect(listed).toMatchObject([{ status: 'PENDING' }, { status: 'FAILED' }]);
    expect(await transactions(`?updatedAtFrom=${listed[1]!.updatedAt}`)).toHaveLength(1);
    expect(await transactions('?pageSize=1&page=2')).toMatchObject([{ status: 'FAILED' }]);
  });

  it('has balances that add up, and gives no more than there is', async () => {
    const transfer = { ...order, destinationAccountId: 'savings', idempotencyKey: 'k2' };
    expect((await bench.post('/transfers', transfer)).status).toBe(201);
    await bench.advance(2_000);
    const balance = async (id: string) => (await bench.get(`/accounts/${id}/balances`)).json;
    expect(await balance('savings')).toMatchObject({
      balances: [{ amount: '700', currency: 'ZAR/2' }],
    });
    const beyond = { ...order, sourceAccountId: 'savings', amount: '701', idempotencyKey: 'k3' };
    expect((await bench.post('/payouts', beyond)).status).toBe(400);
    expect((await bench.get('/accounts/ada/balances')).status).toBe(404);
  });

  it.each([
    ['amount', '0'],
    ['amount', 7],
    ['currency', 'zar'],
    ['idempotencyKey', ''],
    ['destinationAccountId', null],
  ])('refuses %s %j', async (field, value) => {
    const reply = await bench.post('/payouts', { ...order, [field]: value });
    expect([reply.status, reply.field('Detail')]).toEqual([400, `${field} is invalid`]);
    expect(await transactions()).toEqual([]);
  });
});
