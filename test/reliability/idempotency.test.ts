// Section 4 of reliability.md, for every route that changes a payment. (A crash in each phase: f02-crash.test.ts.)
// Mutations: compare no fingerprint in `recall`; leave the environment or the path out of the key's place; never forget
// a key that is older than its lifetime.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimKey, findKey } from '../../src/store/idempotency.ts';
import type { Answer } from '../stage.ts';
import { AMOUNT, DAY, HOUR, openScene, type Scene, SECOND, type Shop } from './scene.ts';
import { intent, MANUAL, PAGE } from './shop.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene?.close());

interface Route {
  readonly name: string;
  readonly method?: string;
  /** Makes what the request is about; answers its path. */
  readonly prepare: (shop: Shop) => Promise<string>;
  readonly json: object;
  readonly other: object;
}

const pay = async (shop: Shop, more = {}) => (await shop.pay(more)).body.id;

/** A Ghanaian wallet that asks for a code. */
const WALLET = {
  currency: 'GHS',
  country: 'GH',
  method: 'mobile_money',
  payment_method: { phone: '+233201234567', network: 'vod' },
};

const routes: readonly Route[] = [
  {
    name: 'create',
    prepare: async () => '/payments/intents',
    json: intent('paystack'),
    other: { ...intent('paystack'), amount: AMOUNT + 1 },
  },
  {
    name: 'update',
    method: 'PATCH',
    prepare: async (shop) => `/payments/intents/${await pay(shop, PAGE)}`,
    json: { metadata: { a: 1 } },
    other: { metadata: { a: 2 } },
  },
  {
    name: 'confirm',
    prepare: async (shop) => `/payments/${await pay(shop, PAGE)}/confirm`,
    json: {},
    other: { metadata: 1 },
  },
  {
    name: 'submit-action',
    prepare: async (shop) => `/payments/${await pay(shop, WALLET)}/submit-action`,
    json: { type: 'otp', value: '123456' },
    other: { type: 'otp', value: '654321' },
  },
  {
    name: 'cancel',
    prepare: async (shop) => `/payments/${await pay(shop, PAGE)}/cancel`,
    json: {},
    other: { reason: 'another' },
  },
  {
    name: 'retry',
    prepare: async (shop) => {
      for (const key of [shop.firstKey, shop.secondKey])
        shop.psp.treatNext(key, 'charge', 'declined');
      return `/payments/${await pay(shop)}/retry`;
    },
    json: {},
    other: { reason: 'another' },
  },
  {
    name: 'capture',
    prepare: async (shop) => `/payments/${await pay(shop, MANUAL)}/capture`,
    json: { amount: 2_000 },
    other: { amount: 3_000 },
  },
  {
    name: 'refund',
    prepare: async (shop) => `/payments/${await pay(shop)}/refund`,
    json: { amount: 2_000, reason: 'requested_by_customer' },
    other: { amount: 3_000, reason: 'requested_by_customer' },
  },
];

describe.each(routes)('$name', ({ method = 'POST', prepare, json, other }) => {
  const send = (shop: Shop, path: string, body: object, key?: string): Promise<Answer> =>
    shop.merchant.send(method, path, body, key === undefined ? {} : { 'idempotency-key': key });
  /** Calls of PSPs that may move money. */
  const moves = (shop: Shop) =>
    shop.psp.seen.filter(
      (one) => one.method === 'POST' && [shop.firstKey, shop.secondKey].includes(one.key),
    ).length;
  const ready = async () => {
    const shop = await scene.shop('paystack');
    return { shop, path: await prepare(shop) };
  };

  it('needs no key', async () => {
    const { shop, path } = await ready();
    expect([200, 201]).toContain((await send(shop, path, json)).status);
  });

  it('answers a repeat after success with the same bytes, and does nothing', async () => {
    const { shop, path } = await ready();
    const first = await send(shop, path, json, 'k-1');
    expect([200, 201]).toContain(first.status);
    expect(first.headers['idempotent-replayed']).toBeUndefined();
    const before = moves(shop);
    // The draft's quotes are not part of the key; the order of members is not part of the request.
    const reversed = Object.fromEntries(Object.entries(json).reverse());
    for (const [key, body] of [
      ['k-1', json],
      ['"k-1"', json],
      ['k-1', reversed],
    ] as const) {
      const repeat = await send(shop, path, body, key);
      expect([repeat.status, repeat.text]).toEqual([first.status, first.text]);
      expect(repeat.headers['idempotent-replayed']).toBe('true');
    }
    expect(moves(shop)).toBe(before);
  });

  it('lets one of two at once do it', async () => {
    const { shop, path } = await ready();
    const before = moves(shop);
    const answers = await Promise.all([1, 2, 3].map(() => send(shop, path, json, 'k-1')));
    const made = answers.filter(({ status }) => status < 300);
    expect(new Set(made.map(({ text }) => text)).size).toBe(1);
    for (const { status, body, headers } of answers.filter((one) => one.status >= 300))
      expect([status, body.code, headers['retry-after']]).toEqual([
        409,
        'idempotency_in_progress',
        '1',
      ]);
    expect(moves(shop) - before).toBeLessThanOrEqual(1);
    expect((await send(shop, path, json, 'k-1')).text).toBe(made[0]!.text);
  });

  it('refuses the key for another body', async () => {
    const { shop, path } = await ready();
    const first = await send(shop, path, json, 'k-1');
    const before = moves(shop);
    const conflict = await send(shop, path, other, 'k-1');
    expect([conflict.status, conflict.body.code]).toEqual([409, 'idempotency_conflict']);
    expect(moves(shop)).toBe(before);
    expect((await send(shop, path, json, 'k-1')).text).toBe(first.text);
  });

  it('takes the key on another path and in another environment for another operation', async () => {
    const { shop, path } = await ready();
    const first = await send(shop, path, json, 'k-1');
    const elsewhere = await scene.shop('paystack');
    const otherPath = await prepare(elsewhere);
    const foreign = await send(elsewhere, otherPath, json, 'k-1');
    expect(foreign.status).toBe(first.status);
    expect(foreign.headers['idempotent-replayed']).toBeUndefined();
    expect(foreign.body.id).not.toBe(first.body.id);
    const second = await prepare(shop);
    if (second === path) return; // create has one path only
    const again = await send(shop, second, json, 'k-1');
    expect(again.headers['idempotent-replayed']).toBeUndefined();
    expect(again.body.id).not.toBe(first.body.id);
  });

  it('refuses a key that is none', async () => {
    const { shop, path } = await ready();
    for (const key of ['', '""', 'k'.repeat(256)]) {
      const { status, body } = await send(shop, path, json, key);
      expect([status, body.code]).toEqual([400, 'invalid_idempotency_key']);
    }
  });

  it('takes a key that has outlived a day for a new one', async () => {
    const { shop, path } = await ready();
    const first = await send(shop, path, json, 'k-1');
    scene.stage.clock.advance(DAY - HOUR);
    expect((await send(shop, path, json, 'k-1')).text).toBe(first.text);
    scene.stage.clock.advance(HOUR + SECOND);
    const later = await send(shop, path, json, 'k-1');
    expect(later.headers['idempotent-replayed']).toBeUndefined();
  });
});

describe('what is kept', () => {
  const key = { 'idempotency-key': 'k-1' };

  it('keeps a definite refusal, though the cause is gone', async () => {
    const shop = await scene.shop('paystack');
    const { body } = await shop.pay(PAGE);
    const path = `/payments/${body.id}/refund`;
    const refused = await shop.post(path, {}, key);
    expect([refused.status, refused.body.code]).toEqual([400, 'payment_not_refundable']);
    await scene.press(body.next_action.url, 'success');
    await shop.post(`/payments/${body.id}/confirm`);
    const repeat = await shop.post(path, {}, key);
    expect([repeat.text, repeat.headers['idempotent-replayed']]).toEqual([refused.text, 'true']);
    expect((await shop.post(path, {}, { 'idempotency-key': 'k-2' })).status).toBe(201);
  });

  it('keeps no answer that a repeat may turn into a success', async () => {
    const shop = await scene.shop('paystack');
    const { body } = await shop.pay(MANUAL);
    shop.psp.treatNext(shop.firstKey, 'void', 'reset_before');
    await shop.post(`/payments/${body.id}/cancel`);
    const busy = await shop.post(`/payments/${body.id}/capture`, {}, key);
    expect([busy.status, busy.body.code]).toEqual([409, 'operation_in_progress']);
    await scene.rest({ shop, id: body.id }); // the release never arrived
    const repeat = await shop.post(`/payments/${body.id}/capture`, {}, key);
    expect([repeat.status, repeat.body.status]).toEqual([200, 'succeeded']);
  });

  it('keeps no refusal of the caller', async () => {
    const shop = await scene.shop('paystack');
    const stranger = { ...key, 'x-reevit-key': 'pfk_test_nobody.secret' };
    expect((await shop.pay({}, stranger)).status).toBe(401);
    expect((await shop.pay({}, { ...key, 'x-org-id': 'org_other' })).status).toBe(403);
    const { status, headers } = await shop.pay({}, key);
    expect([status, headers['idempotent-replayed']]).toEqual([201, undefined]);
  });

  it('gives nobody a key that is bound to what it began, however long that takes', async () => {
    const shop = await scene.shop('paystack');
    shop.psp.treat(shop.firstKey, () => 'reset_before');
    const { body } = await shop.pay({}, key); // unknown: bound, and not answered
    const { db, ports } = scene.stage.context;
    const environmentId = shop.environmentId;
    const place = { environmentId, route: 'POST /v1/payments/intents', key: 'k-1' };
    const stored = await findKey(db, place);
    expect([stored?.resourceId, stored?.status]).toEqual([body.id, null]);
    const nowMs = ports.clock.nowMs() + HOUR;
    const { fingerprint } = stored!;
    const times = { nowMs, expiredBeforeMs: nowMs - DAY, abandonedBeforeMs: nowMs };
    expect(await claimKey(db, { ...place, fingerprint, ...times })).toBe(false);
  });

  it('keeps no secret in the clear', async () => {
    const shop = await scene.shop('paystack');
    const { body } = await shop.pay(PAGE, key);
    const text = 'SELECT response_body AS body FROM idempotency_keys WHERE environment_id = $1';
    const rows = await scene.stage.context.db.run<{ body: string }>({ name: 'kept', text }, [
      shop.environmentId,
    ]);
    expect(rows).toHaveLength(1);
    expect(rows[0]!.body).not.toContain(body.client_secret);
    expect(rows[0]!.body).not.toContain(body.id);
  });
});
