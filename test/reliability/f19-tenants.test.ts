// F19: one merchant never sees or moves what is another's, nor its own of the other mode: every route that the server
// has, asked with a key that is not the owner's, answers 404 and changes nothing. Webhooks too belong to who signed them.
// Mutation: load payments by id alone. (A webhook's owner stands behind three such walls; two alone fell unnoticed.)
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bring } from './mailbox.ts';
import { openScene, PROVIDERS, type Scene, SECOND, type Shop } from './scene.ts';
import { PAGE } from './shop.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene?.close());

interface Route {
  readonly method: string;
  readonly path: string;
}

/** Every route below /v1 that names a thing, as the server itself describes them. */
async function routesWithIds(): Promise<Route[]> {
  const reply = await scene.stage.app.inject({ method: 'GET', url: '/openapi/reevit.json' });
  const paths: Record<string, Record<string, unknown>> = reply.json().paths;
  return Object.entries(paths).flatMap(([path, methods]) =>
    path.includes('{')
      ? Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path }))
      : [],
  );
}

type Things = Readonly<
  Record<
    | 'payment'
    | 'refund'
    | 'connection'
    | 'rule'
    | 'webhook'
    | 'key'
    | 'payout'
    | 'beneficiary'
    | 'endpoint'
    | 'delivery',
    string
  >
>;

/** One of everything that has an id. */
async function ownEverything(shop: Shop): Promise<Things> {
  const { body: endpoint } = await shop.post('/webhooks/endpoints', {
    url: 'https://shop.example/hook',
  });
  const { body: payment } = await shop.pay();
  const { body: refund } = await shop.post(`/payments/${payment.id}/refund`, { amount: 100 });
  const { body: rule } = await shop.post('/routing-rules', {
    name: 'A',
    countries: ['ZA'],
    connection_id: shop.first,
  });
  const waits = { amount: 100, currency: 'ZAR', requires_confirmation: true };
  const once = { 'idempotency-key': 'payout' };
  const { body: payout } = await shop.post('/payouts', waits, once);
  const beneficiary = { type: 'bank', name: 'A', account_number: '1', bank_code: '2' };
  const { body: saved } = await shop.post('/beneficiaries', { beneficiary });
  const { body: key } = await shop.post('/api-keys', { name: 'K', scopes: ['payments:read'] });
  await scene.later(SECOND);
  const told = scene.mailbox.letters.filter(
    ({ body, event }) =>
      body.includes(payment.id) && /success|succeeded/.test(event.event ?? event.type),
  );
  for (const letter of told) await bring(scene.stage.app, letter);
  await scene.stage.work();
  const { body: webhooks } = await shop.get('/webhooks/events');
  const { body: deliveries } = await shop.get('/webhooks/outbound');
  return {
    payment: payment.id,
    refund: refund.id,
    connection: shop.first,
    rule: rule.id,
    webhook: webhooks[0].id,
    key: key.id,
    payout: payout.id,
    endpoint: endpoint.id,
    delivery: deliveries[0].id,
    beneficiary: saved.id,
  };
}

const KINDS: readonly (readonly [RegExp, keyof Things])[] = [
  [/^\/v1\/payments\/refunds\//, 'refund'],
  [/^\/v1\/payments\//, 'payment'],
  [/^\/v1\/connections\//, 'connection'],
  [/^\/v1\/routing-rules\//, 'rule'],
  [/^\/v1\/webhooks\/events\//, 'webhook'],
  [/^\/v1\/api-keys\//, 'key'],
  [/^\/v1\/webhooks\/endpoints\//, 'endpoint'],
  [/^\/v1\/webhooks\/(outbound|dashboard)\//, 'delivery'],
  [/^\/v1\/payouts\//, 'payout'],
  [/^\/v1\/beneficiaries\//, 'beneficiary'],
];

const BODIES: readonly (readonly [RegExp, object])[] = [
  [/submit-action$/, { type: 'otp', value: '1' }],
  [/labels$/, { labels: ['stolen'] }],
  [/status$/, { status: 'inactive' }],
  [/intents\/[^/]+$/, { metadata: { stolen: true } }],
  [/routing-rules\/[^/]+$/, { priority: 99 }],
  [/mpesa$/, { phone_number: '254712345678' }],
  [/replay$/, { from: '2020-01-01T00:00:00Z' }],
];

describe.each(PROVIDERS)('at %s', (provider) => {
  it('answers 404 to everybody but the owner, on every route, and changes nothing', async () => {
    const shop = await scene.shop(provider);
    const thief = await scene.shop(provider);
    const live = shop.merchant.organization.environments[1] as { reevit_api_key?: string };
    const things = await ownEverything(shop);
    const shown = async () =>
      Promise.all([
        shop.get(`/payments/${things.payment}`),
        shop.get(`/payments/${things.payment}/refunds`),
        shop.get(`/connections/${things.connection}`),
        shop.get(`/routing-rules/${things.rule}`),
        shop.get('/webhooks/events'),
        shop.get('/api-keys'),
        shop.get(`/payouts/${things.payout}`),
        shop.get(`/beneficiaries/${things.beneficiary}`),
      ]).then((answers) => answers.map(({ text }) => text));
    const before = await shown();

    const routes = await routesWithIds();
    expect(routes.length).toBeGreaterThan(20);
    const unexpected: string[] = [];
    for (const { method, path } of routes) {
      const kind = KINDS.find(([pattern]) => pattern.test(path))?.[1];
      if (kind === undefined) throw new Error(`what is named in ${path}?`);
      const concrete = path.replace(/\{\w+\}/, things[kind]).replace('/v1', '');
      const body = BODIES.find(([pattern]) => pattern.test(concrete))?.[1];
      const json = method === 'GET' || method === 'DELETE' ? undefined : (body ?? {});
      for (const key of [thief.merchant.key, live.reevit_api_key ?? '']) {
        const headers = { 'x-reevit-key': key };
        const { status } = await shop.merchant.send(method, concrete, json, headers);
        // confirm-intent proves itself by the payment's own secret, whoever asks.
        const expected = concrete.endsWith('confirm-intent') ? 401 : 404;
        if (status !== expected) unexpected.push(`${method} ${path}: ${status}`);
      }
    }
    expect(unexpected).toEqual([]);
    expect(await shown()).toEqual(before);
  });

  it('lists nothing of another', async () => {
    const shop = await scene.shop(provider);
    const thief = await scene.shop(provider);
    const things = await ownEverything(shop);
    for (const path of [
      '/payments',
      '/payments/refunds',
      '/connections',
      '/routing-rules',
      '/webhooks/events',
      '/api-keys',
      '/payouts',
      '/beneficiaries',
      `/payments?connection_id=${things.connection}`,
      '/payments?customer_id=ama@example.com',
    ]) {
      const { status, text } = await thief.get(path);
      expect(status).toBe(200);
      for (const id of Object.values(things)) expect(text, path).not.toContain(id);
    }
  });

  it('charges no connection of another', async () => {
    const shop = await scene.shop(provider);
    const thief = await scene.shop(provider);
    const { status, body } = await thief.pay({ connection_id: shop.first });
    expect([status, body.code]).toEqual([422, 'no_available_connection']);
    expect(
      (
        await thief.post('/routing-rules', {
          name: 'T',
          countries: ['ZA'],
          connection_id: shop.first,
        })
      ).status,
    ).toBe(400);
    expect(shop.psp.seen.some((one) => one.key === shop.firstKey)).toBe(false);
  });

  it('believes a webhook only for the merchant who can verify it', async () => {
    const shop = await scene.shop(provider);
    const thief = await scene.shop(provider);
    const { body } = await shop.pay(PAGE);
    await scene.press(body.next_action.url, 'success');
    await scene.later(SECOND);
    const letter = scene.mailbox.letters.find(
      ({ body: text, event }) =>
        text.includes(body.id) && /success|session\.completed/.test(event.event ?? event.type),
    )!;
    shop.psp.treat(shop.firstKey, () => 'error_500');
    // Sent to an address of the thief's: it is no word about the other's payment.
    await bring(scene.stage.app, { ...letter, path: `${letter.path}/${thief.first}` });
    await scene.stage.work();
    expect((await shop.get(`/payments/${body.id}`)).body.status).toBe('requires_action');
    expect((await thief.get('/payments')).body).toEqual([]);
    await bring(scene.stage.app, { ...letter, path: `${letter.path}/${shop.first}` });
    await scene.stage.work();
    expect((await shop.get(`/payments/${body.id}`)).body.status).toBe('succeeded');
  });
});

it('keeps merchants apart who gave their connections the same id', async () => {
  const shops = [await scene.shop('paystack'), await scene.shop('paystack')];
  const ids: string[] = [];
  for (const shop of shops) {
    await shop.merchant.connect('paystack', { id: 'main', labels: ['primary'] });
    ids.push((await shop.pay({ ...PAGE, connection_id: 'main' })).body.id);
  }
  for (const [index, shop] of shops.entries()) {
    const { body } = await shop.get(`/payments/${ids[index]}`);
    await scene.press(body.next_action.url, 'success');
    await scene.later(SECOND);
    const letter = scene.mailbox.letters.find(({ body: text }) => text.includes(ids[index]!))!;
    const path = `${letter.path}/main`;
    expect(await bring(scene.stage.app, { ...letter, path })).toBe(200);
    await scene.stage.work();
    expect((await shop.get(`/payments/${ids[index]}`)).body.status).toBe('succeeded');
    for (const other of shops.filter((one) => one !== shop))
      expect((await other.get(`/payments/${ids[index]}`)).status).toBe(404);
  }
});
