// What nobody knows is shown to an operator, and what he does about it is evidence like any other. A second capture is
// given back by itself where the environment says so (reliability.md F4), and only once.
// Mutations: count `holdsMoney` instead of `keepsMoney` in conflict.ts; leave the trigger payments_conflict out of 0006_delivery.sql.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyChains } from '../../src/store/audit.ts';
import { bring } from './mailbox.ts';
import { AMOUNT, MINUTE, openScene, PROVIDERS, type Scene, SECOND, type Shop } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene?.close());

const SOFT = {
  paystack: { status: 400, json: { status: false, message: 'Declined' } },
  stripe: {
    status: 402,
    json: { error: { type: 'card_error', code: 'card_declined', decline_code: 'do_not_honor' } },
  },
} as const;
const PAID = /"(charge\.success|payment_intent\.succeeded)"/;

async function admin(method: 'GET' | 'POST' | 'PUT', path: string, json?: object) {
  const reply = await scene.stage.app.inject({
    method,
    url: `/admin/v1${path}`,
    headers: { authorization: 'Bearer test-admin-token', 'x-actor-id': 'ama' },
    ...(json === undefined ? {} : { payload: json }),
  });
  return { status: reply.statusCode, body: reply.json() };
}

async function payTwice(shop: Shop): Promise<string> {
  shop.psp.treatNext(shop.firstKey, 'charge', () => SOFT[shop.provider]);
  const { body } = await shop.pay();
  await scene.later(SECOND);
  const [letter] = await scene.mailbox.take(
    1,
    (one) => one.body.includes(body.id) && PAID.test(one.body),
  );
  await bring(scene.stage.app, letter!);
  await scene.stage.work();
  return body.id;
}

describe.each(PROVIDERS)('at %s, a second capture', (provider) => {
  it.each(['refund_later', 'void_later'])(
    'is given back by itself under the policy %s',
    async (policy) => {
      const shop = await scene.shop(provider);
      const path = `/environments/${shop.environmentId}/conflict-policy`;
      expect((await admin('PUT', path, { conflict_policy: policy })).status).toBe(200);
      expect((await admin('GET', path)).body.conflict_policy).toBe(policy);
      const id = await payTwice(shop);
      await scene.rest({ shop, id });
      expect(scene.money(id)).toMatchObject({ charged: 2 * AMOUNT, refunded: AMOUNT, refunds: 1 });
      for (const wait of [MINUTE, 10 * MINUTE, 60 * MINUTE]) await scene.later(wait + SECOND);
      expect(scene.money(id)).toMatchObject({ refunded: AMOUNT, refunds: 1 });
      const { body } = await shop.get(`/payments/${id}`);
      expect([body.status, body.conflict]).toEqual(['succeeded', null]);
      const { body: inbox } = await admin(
        'GET',
        `/unresolved?environment_id=${shop.environmentId}`,
      );
      expect(inbox.unresolved).toEqual([]);
    },
  );

  it('waits for an operator under the policy alert, who refunds it', async () => {
    const shop = await scene.shop(provider);
    const id = await payTwice(shop);
    for (const wait of [MINUTE, 10 * MINUTE, 60 * MINUTE]) await scene.later(wait + SECOND);
    expect(scene.money(id).refunded).toBe(0);
    const { body: inbox } = await admin('GET', `/unresolved?environment_id=${shop.environmentId}`);
    expect(inbox.unresolved).toMatchObject([
      { kind: 'conflict', payment_id: id, what: 'duplicate_capture', asked_next_at: null },
    ]);
    const { body: listed } = await shop.get('/payments?conflict=any');
    expect(listed.map((one: { id: string }) => one.id)).toEqual([id]);
    const { attempts } = await scene.record(shop, id);
    const refund = { attempt_id: attempts[0]!.id, amount: AMOUNT, note: 'asked the shop' };
    const base = `/environments/${shop.environmentId}/payments/${id}`;
    expect((await admin('POST', `${base}/refund`, refund)).status).toBe(200);
    await scene.rest({ shop, id });
    expect(scene.money(id)).toMatchObject({ refunded: AMOUNT, refunds: 1 });
    expect((await scene.record(shop, id)).operations[0]?.attemptId).toBe(attempts[0]!.id);
    expect((await shop.get(`/payments/${id}`)).body.conflict).toBeNull();
    const { body: audit } = await admin(
      'GET',
      `/audit?environment_id=${shop.environmentId}&subject_id=${id}`,
    );
    expect(audit.entries).toMatchObject([
      { action: 'refund', actor_type: 'operator', actor_id: 'ama' },
    ]);
  });
});

describe('an unknown attempt', () => {
  it('is listed with what was asked, and ends with what an operator knows', async () => {
    const shop = await scene.shop('paystack');
    shop.psp.treatNext(shop.firstKey, 'charge', () => ({ status: 502, json: {} }));
    const { body } = await shop.pay();
    const { attempts } = await scene.record(shop, body.id);
    expect(attempts[0]?.status).toBe('unknown');
    const beforeMs = scene.stage.clock.nowMs();
    const { body: inbox } = await admin(
      'GET',
      `/unresolved?environment_id=${shop.environmentId}&kind=attempt`,
    );
    expect(inbox.unresolved).toMatchObject([
      {
        id: attempts[0]?.id,
        payment_id: body.id,
        status: 'unknown',
        amount: AMOUNT,
        asked: 0,
        asked_next_at: expect.stringMatching(/Z$/),
        last_heard: { source: 'reply' },
      },
    ]);
    const ids = async (query: string) =>
      (await shop.get(`/payments?${query}`)).body.map((one: { id: string }) => one.id);
    expect(await ids('unknown=true')).toEqual([body.id]);
    expect(await ids('unknown=false')).toEqual([]);

    scene.stage.clock.advance(10);
    const base = `/environments/${shop.environmentId}/payments/${body.id}`;
    const said = { about: attempts[0]?.id, says: 'captured', note: 'seen in the dashboard' };
    const settled = await admin('POST', `${base}/evidence`, said);
    expect(settled.body).toMatchObject({ status: 'succeeded', captured_amount: AMOUNT });
    expect(await ids('unknown=true')).toEqual([]);

    const at = async (ms: number) =>
      (await shop.get(`/payments/${body.id}/explain?at=${new Date(ms).toISOString()}`)).body;
    const then = await at(beforeMs);
    expect(then.payment).toMatchObject({ status: 'pending', captured_amount: 0 });
    expect(then.attempts).toMatchObject([{ status: 'unknown' }]);
    const now = await at(scene.stage.clock.nowMs());
    expect(now.payment).toMatchObject({ status: 'succeeded', captured_amount: AMOUNT });
    expect(now.history.at(-1)).toMatchObject({
      source: 'operator',
      evidence: { operator: 'ama', note: 'seen in the dashboard' },
    });
    expect((await shop.get(`/payments/${body.id}/explain?at=2000-01-01`)).status).toBe(404);
  });

  it('is not moved by an operator of another environment, nor by one who names no such attempt', async () => {
    const [shop, other] = [await scene.shop('paystack'), await scene.shop('paystack')];
    const { body } = await shop.pay();
    const said = { about: 'att_x', says: 'captured', note: 'x' };
    const at = (environmentId: string) =>
      `/environments/${environmentId}/payments/${body.id}/evidence`;
    for (const environmentId of [other.environmentId, shop.environmentId, 'env_x'])
      expect((await admin('POST', at(environmentId), said)).status).toBe(404);
  });

  it('is listed too when it only waits and nobody asks any more', async () => {
    const shop = await scene.shop('stripe');
    const { body } = await shop.pay();
    const refund = await shop.post(`/payments/${body.id}/refund`, { amount: 100 });
    const { context } = scene.stage;
    const wait = async (at: string | null) => {
      const text = `UPDATE operations SET status = 'pending', next_sync_at = $2 WHERE id = $1`;
      await context.db.run({ name: '', text }, [refund.body.id, at]);
      const path = `/unresolved?environment_id=${shop.environmentId}&kind=operation`;
      return (await admin('GET', path)).body.unresolved.map(({ id }: { id: string }) => id);
    };
    expect(await wait('2100-01-01T00:00:00Z')).toEqual([]);
    expect(await wait(null)).toEqual([refund.body.id]);
  });

  it('leaves an audit log that is whole', async () => {
    const chains = await verifyChains(scene.stage.context.db);
    expect(chains.every(({ broken, whole }) => broken === null && whole)).toBe(true);
    expect((await admin('GET', '/audit/verify')).body.intact).toBe(true);
  });
});
