// What a PSP lists against what we know, through the whole server: every way in which a payment, a refund or a payout of
// ours can end agrees with the PSP's own list of it; what was made without us is taken in once; nonsense is not.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Dashboard, dashboardOf, useWithoutUs } from './dashboard.ts';
import { card, flutterwave, monnify } from './endings.ts';
import {
  DAY,
  HOUR,
  type Json,
  MINUTE,
  openHistoryScene,
  openShop,
  pay,
  payOut,
  type Scene,
  SECOND,
  type Shop,
} from './history-shop.ts';

/** Much is done in one test, on a machine that does much else. */
const LONG = { timeout: 120_000 };

let scene: Scene;

beforeAll(async () => {
  scene = await openHistoryScene();
});
afterAll(() => scene?.stage.close());

const TIMES = [15 * SECOND, MINUTE, 5 * MINUTE, 10 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, DAY, DAY];

describe.each([flutterwave, monnify])('$provider', ({ provider, credentials, ways, payouts }) => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop(scene, provider, credentials);
    return () => shop.stop();
  });

  /** Each of all things in every way; `look` is called now and then. Answers a check of how they ended. */
  async function doEverything(look: () => Promise<unknown>) {
    const made: [string, Json, string][] = [];
    for (const { name, intent, does, ends } of ways) {
      const payment = await pay(shop, intent);
      await does?.(shop, payment);
      made.push([name, payment.id, ends]);
      if (made.length % 5 === 0) await look();
    }
    const paid: [string, string, string][] = [];
    for (const [number, ends] of Object.entries(payouts))
      paid.push([number, (await payOut(shop, number, 10_000 + paid.length)).id, ends]);
    for (const ms of TIMES) {
      await scene.later(ms);
      await look();
    }
    const { send } = shop.merchant;
    return async () => {
      for (const [name, id, ends] of made) {
        const { status } = (await send('GET', `/payments/${id}`)).body;
        const isClosed = status === 'expired' || status === 'failed';
        expect([name, ends === 'closed' && isClosed ? ends : status]).toEqual([name, ends]);
      }
      for (const [number, id, ends] of paid)
        expect([number, (await send('GET', `/payouts/${id}`)).body.status]).toEqual([number, ends]);
    };
  }

  it('has nothing against whatever becomes of what is ours', LONG, async () => {
    const since = scene.stage.clock.nowMs() - MINUTE;
    const ended = await doEverything(async () => {});
    await shop.read(since);
    await scene.later(MINUTE);
    await scene.later(HOUR);
    expect(await shop.mismatches()).toEqual([]);
    expect(await shop.foreign()).toEqual([]);
    for (const { last_error: error } of await shop.progress()) expect(error ?? '').toBe('');
    await ended();
  });

  it('never raises a false alarm while it is on its way', LONG, async () => {
    await shop.read();
    const ended = await doEverything(async () => {
      await scene.later(10 * MINUTE);
      expect(await shop.mismatches()).toEqual([]);
    });
    expect(await shop.mismatches('resolved')).toEqual([]);
    expect(await shop.foreign()).toEqual([]);
    await ended();
  });
});

describe.each([flutterwave, monnify])('$provider, used by others', ({ provider, credentials }) => {
  let shop: Shop;
  let dashboard: Dashboard;
  beforeEach(async () => {
    shop = await openShop(scene, provider, credentials);
    dashboard = await dashboardOf(provider, shop);
    return () => shop.stop();
  });

  it('is recorded once and exactly, and becomes what it becomes', async () => {
    await shop.read();
    const names = await useWithoutUs(dashboard, shop);
    await scene.later(MINUTE);
    for (const _ of [1, 2, 3]) await scene.later(HOUR);
    const lines = await shop.foreign();
    expect(lines.map(({ status, initial, left }) => [status, initial, left])).toEqual([
      ['SUCCEEDED', 20_007n, 20_007n],
      ['REFUNDED', 50_050n, 40_005n],
      ['FAILED', 30_030n, 30_030n],
      ['SUCCEEDED', 12_345n, 12_345n],
      ['FAILED', 54_321n, 54_321n],
    ]);
    expect(lines.map(({ reference }) => reference)).toEqual(names);
    expect(await shop.mismatches()).toEqual([]);
    const listed = await shop.merchant.send('GET', '/payments');
    expect(listed.text).toContain(names[0]);
  });

  it('is a mismatch where it gives back what is ours', async () => {
    const token = provider === 'flutterwave' ? 'flw-t1nf-success' : 'MNFY_success';
    const { id } = await pay(shop, card(token));
    const [name = ''] = await dashboard.names();
    await dashboard.giveBack(name, 170.17);
    await scene.later(SECOND);
    await shop.read();
    await scene.later(MINUTE);
    expect(await shop.mismatches()).toMatchObject([
      {
        kind: 'refunds',
        what: 'status',
        payment_id: id,
        ours: { state: 'nothing' },
        theirs: { state: 'refunded', amount: '17017', currency: 'NGN' },
      },
    ]);
  });

  it('loses nobody on many pages', LONG, async () => {
    await shop.read();
    const made: string[] = [];
    for (let one = 0; one < 63; one += 1) made.push(await dashboard.charge(`m${one}`, 30 + one));
    await scene.later(MINUTE);
    for (let one = 0; one < 7; one += 1) made.push(await dashboard.charge(`n${one}`, 30 + one));
    await scene.later(HOUR);
    const found = (await shop.foreign()).map(({ reference }) => reference);
    expect(found.toSorted()).toEqual(made.toSorted());
  });
});

describe('a chargeback at Flutterwave, of which no webhook tells', () => {
  it('is noticed by reading', async () => {
    const shop = await openShop(scene, 'flutterwave', flutterwave.credentials);
    const wish = { metadata: { simulate: 'dispute' } };
    const { id } = await pay(shop, card('flw-t1nf-success', wish));
    const status = async () => (await shop.merchant.send('GET', `/payments/${id}`)).body.status;
    expect(await status()).toBe('succeeded');
    await shop.read();
    await scene.later(MINUTE);
    await scene.later(HOUR);
    expect(await status()).toBe('disputed');
    expect(await shop.mismatches()).toEqual([]);
    const dashboard = await dashboardOf('flutterwave', shop);
    await dashboard.contest?.();
    await scene.later(MINUTE);
    await scene.later(HOUR);
    expect(await status()).toBe('succeeded');
    await shop.stop();
  });
});

const HOSTILE = [
  { amount: 200.005 },
  { amount: 1e300 },
  { amount: '99999999999999999999' },
  { amount: -5 },
  { amount: { naira: 5 } },
  { currency: 'DOGE', currencyCode: 'DOGE' },
  { currency: 7, currencyCode: 7 },
  { created_at: 'yesterday', createdOn: 'yesterday' },
  { created_at: 'x\u0000', createdOn: null },
  { status: 'levitating', paymentStatus: 'LEVITATING' },
  { status: { is: 'successful' }, paymentStatus: ['PAID'] },
];

describe.each([flutterwave, monnify])(
  '$provider, telling nonsense',
  ({ provider, credentials }) => {
    let shop: Shop;
    const isFlutterwave = provider === 'flutterwave';
    /** A payment of others as the PSP tells it, with something wrong in it. */
    const row = (name: string, wrong: object = {}) =>
      isFlutterwave
        ? {
            id: name,
            tx_ref: `of-${name}`,
            amount: 200.05,
            currency: 'NGN',
            status: 'successful',
            created_at: now(),
            ...wrong,
          }
        : {
            transactionReference: name,
            paymentReference: `of-${name}`,
            amount: 200.05,
            currencyCode: 'NGN',
            paymentStatus: 'PAID',
            createdOn: now(),
            ...wrong,
          };
    const now = () => new Date(scene.stage.clock.nowMs() - SECOND).toISOString();
    const page = (rows: unknown, pages = 1) =>
      isFlutterwave
        ? {
            status: 'success',
            message: 'fetched',
            data: rows,
            meta: { page_info: { total: 1, total_pages: pages } },
          }
        : {
            requestSuccessful: true,
            responseCode: '0',
            responseMessage: 'success',
            responseBody: { content: rows, totalPages: pages },
          };
    const tell = (answer: () => object) =>
      scene.lie(({ path }) =>
        /^\/transactions\?|\/transactions\/search\?/.test(path) ? answer() : null,
      );
    beforeEach(async () => {
      shop = await openShop(scene, provider, credentials);
      return () => {
        scene.lie(null);
        return shop.stop();
      };
    });
    const payments = async () =>
      (await shop.progress()).find(({ kind }: Json) => kind === 'payments') as Json;

    it('is taken where it makes sense, and named where it does not', async () => {
      const odd = HOSTILE.map((wrong, at) => row(`odd-${at}`, wrong));
      tell(() => page([row('good-1'), ...odd, row('good-2', { amount: '0.01' })]));
      await shop.read();
      await scene.later(MINUTE);
      await scene.later(HOUR);
      expect((await shop.foreign()).map(({ reference, initial }) => [reference, initial])).toEqual([
        ['good-2', 1n],
        ['good-1', 20_005n],
      ]);
      const raised = await shop.mismatches();
      expect(raised.map(({ what }) => what)).toEqual(odd.map(() => 'unreadable'));
      expect(new Set(raised.map((one) => one.psp_reference))).toEqual(
        new Set(HOSTILE.map((_, at) => `odd-${at}`)),
      );
      expect(await payments()).toMatchObject({ failures: 0 });
    });

    it.each<[string, () => object]>([
      ['tells its first page for ever', () => page([row('first')], 1_000_000)],
      [
        'tells rows without a name',
        () => page([row('first', { id: null, transactionReference: [] })]),
      ],
      ['tells no rows', () => page({ all: 'of it' })],
      [
        'says that it went wrong, and right',
        () => ({ ...page([]), status: 'error', responseCode: '99' }),
      ],
    ])('is given up, loudly and without a trace, when it %s', async (_, answer) => {
      tell(answer);
      await shop.read();
      for (let tries = 0; tries < 11; tries += 1) await scene.later(HOUR);
      expect(await payments()).toMatchObject({ failures: 10, next_poll_at: null });
      expect((await payments()).last_error).not.toBe('');
      const found = (await shop.foreign()).map(({ reference }) => reference);
      expect(found.filter((name) => name !== 'first')).toEqual([]);
      scene.lie(null);
      const dashboard = await dashboardOf(provider, shop);
      const name = await dashboard.charge('later', 200);
      await shop.read();
      await scene.later(MINUTE);
      expect((await shop.foreign()).map(({ reference }) => reference)).toContain(name);
    });
  },
);
