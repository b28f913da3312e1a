// F1: a client repeats a create after a time-out. One key is one payment and one charge, however many requests carry
// it at once, in whichever process they arrive.
// Mutation: drop `NOT EXISTS … OR resource_id IN (SELECT … FROM k)` from payments_begin: each request makes a payment.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openProcess } from './process.ts';
import { AMOUNT, openScene, PROVIDERS, type Scene, type Shop } from './scene.ts';
import { intent, PAGE } from './shop.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene?.close());

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

async function paymentsOf(shop: Shop): Promise<string[]> {
  const { body } = await shop.get('/payments');
  return body.map((one: { id: string }) => one.id);
}

describe.each(PROVIDERS)('at %s', (provider) => {
  it('answers many identical requests with one payment', async () => {
    const shop = await scene.shop(provider);
    const headers = { 'idempotency-key': 'order-1' };
    const answers = await Promise.all(times(12, () => shop.pay({}, headers)));

    const codes = new Set(answers.map(({ status }) => status));
    expect(codes).toContain(201);
    expect([201, 409]).toEqual(expect.arrayContaining([...codes])); // 409: still in progress
    for (const { status, body, headers: said } of answers.filter((one) => one.status === 409)) {
      expect([status, body.code, said['retry-after']]).toEqual([
        409,
        'idempotency_in_progress',
        '1',
      ]);
    }
    const [id, ...others] = await paymentsOf(shop);
    expect(others).toEqual([]);
    expect(scene.money(id!)).toMatchObject({ charged: AMOUNT, charges: 1 });

    const repeats = await Promise.all(times(5, () => shop.pay({}, headers)));
    const first = answers.find(({ status }) => status === 201)!;
    for (const repeat of repeats) {
      expect(repeat.status).toBe(201);
      expect(repeat.headers['idempotent-replayed']).toBe('true');
      expect(repeat.text).toBe(first.text);
    }
    expect(shop.psp.callsOf(shop.firstKey, 'charge')).toHaveLength(1);
  });

  it('holds across processes', async () => {
    const shop = await scene.shop(provider);
    const processes = times(3, () => openProcess(scene.stage));
    const headers = { 'idempotency-key': 'order-1' };
    await Promise.all(
      times(12, (index) =>
        processes[index % 3]!.post(shop, '/payments/intents', intent(provider), headers),
      ),
    );
    const [id, ...others] = await paymentsOf(shop);
    expect(others).toEqual([]);
    expect(scene.money(id!)).toMatchObject({ charged: AMOUNT, charges: 1 });
    await Promise.all(processes.map((one) => one.close()));
  });

  it('opens one page for a repeated create of one', async () => {
    const shop = await scene.shop(provider);
    const headers = { 'idempotency-key': 'order-1' };
    const answers = await Promise.all(times(6, () => shop.pay(PAGE, headers)));
    const urls = new Set(
      answers.filter(({ status }) => status === 201).map(({ body }) => body.next_action.url),
    );
    expect(urls.size).toBe(1);
    expect(shop.psp.callsOf(shop.firstKey, 'initialize')).toHaveLength(1);
  });

  it('makes a payment per request when there is no key', async () => {
    const shop = await scene.shop(provider);
    await Promise.all(times(4, () => shop.pay()));
    expect(await paymentsOf(shop)).toHaveLength(4);
  });
});
