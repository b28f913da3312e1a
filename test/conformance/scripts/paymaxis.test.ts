// Paymaxis, as a script in the sandbox, against its simulator: the cases C-2 … C-11 of connector-contract.md section 6
// and the amounts of psp/paymaxis.md section 7.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CREDENTIALS,
  type Deal,
  openTheatre,
  pageOf,
  type Scene,
  type Theatre,
} from './theatre.ts';

let theatre: Theatre;
beforeAll(async () => {
  theatre = await openTheatre();
});
afterAll(() => theatre.close());

const deal = (amount: bigint, scene: Scene = {}) => theatre.deal('paymaxis', { ...scene, amount });
const isPaid = (amountMinor: bigint, currency = 'USD') =>
  ({ kind: 'succeeded', what: 'captured', amountMinor, currency }) as const;
const created = (one: Deal) =>
  theatre.psps.simulators
    .books('paymaxis', CREDENTIALS.paymaxis!.apiKey)
    .objects!.payments!.filter(
      (payment) => (payment as { referenceId?: string }).referenceId === one.txnId,
    );

/** A paid deposit. */
async function paid(amount = 1200n): Promise<Deal> {
  const one = await deal(amount);
  await one.press(pageOf(await one.initiate()), 'success');
  expect((await one.hear()).outcome).toMatchObject(isPaid(amount));
  return one;
}

describe('a deposit', () => {
  it('sends the payer to the page, and the notification says it is paid', async () => {
    const one = await deal(1200n);
    const { report, outcome, run } = await one.initiate();
    expect(report!.result).toMatchObject({
      __type: 'success',
      data: {
        navigation: { type: 'redirect', contentType: 'url' },
        status: 'success',
        orderId: one.txnId,
        userId: 'cust_001',
      },
    });
    expect(outcome!.pspReference).toMatch(/^[0-9a-f]{32}$/);
    expect(created(one)).toMatchObject([
      {
        amountMinor: '1200',
        asked: '12',
        customer: { phone: '357 123123123', firstName: 'Ada', locale: 'en' },
        billingAddress: { addressLine1: '1 Example Street', postalCode: '94103' },
        description: 'Order order-1',
      },
    ]);
    const query = await one.press(pageOf({ run }), 'success');
    const heard = await one.hear();
    expect(heard.report).toMatchObject({ verifiedBy: 'hmac-sha256', outcome: 'SUCCEEDED' });
    expect(heard.report!.result!.ack).toEqual({
      status: 200,
      body: 'OK',
      contentType: 'text/plain',
    });
    expect(heard.outcome).toMatchObject(isPaid(1200n));
    expect((await one.back(query)).report!.result).toMatchObject({
      __type: 'redirect',
      url: 'https://shop.example/paid',
      data: { orderId: one.txnId, status: 'success' },
    });
    expect((await one.sync()).outcome).toMatchObject(isPaid(1200n));
  });

  it.each(['failure', 'cancel'] as const)('that ends in %s has failed', async (button) => {
    const one = await deal(1200n);
    const query = await one.press(pageOf(await one.initiate()), button);
    expect((await one.hear()).report!.outcome).toBe('FAILED');
    expect((await one.back(query)).report!.result).toMatchObject({
      url: 'https://shop.example/failed',
    });
    expect((await one.sync()).outcome).toMatchObject({ kind: 'declined' });
  });

  it('is paid by no browser: what it says changes nothing', async () => {
    const one = await deal(1200n);
    await one.initiate();
    const forged = { id: 'x', state: 'COMPLETED', status: 'success', referenceId: one.txnId };
    const returned = await one.back(forged);
    expect(returned.outcome!.kind).toBe('requires_action');
    expect(returned.report!.result).toMatchObject({ url: 'https://shop.example/failed' });
    expect((await one.back({})).report!.result).toMatchObject({ __type: 'redirect' });
    expect((await one.sync()).outcome).toMatchObject({ kind: 'requires_action' });
  });

  it('is only a hint without a signing key, and confirmed by asking', async () => {
    const one = await deal(1200n, { credentials: { apiKey: 'unsigned-shop-key' } });
    await one.press(pageOf(await one.initiate()), 'success');
    const heard = await one.hear();
    expect(heard.outcome).toBeNull();
    expect(heard.report).toMatchObject({ verifiedBy: null, outcome: 'SUCCEEDED' });
    expect((await one.sync()).outcome).toMatchObject(isPaid(1200n));
  });

  it('in a live environment is believed only after asking, and asks the live host', async () => {
    const one = await deal(1200n, { mode: 'live' });
    await one.press(pageOf(await one.initiate()), 'success');
    const heard = await one.hear();
    expect(heard.outcome).toMatchObject(isPaid(1200n));
    expect(heard.run!.exchanges.map(({ method, url }) => [method, new URL(url).host])).toEqual([
      ['GET', 'app.paymaxis.com'],
    ]);
    const sandboxed = { ...CREDENTIALS.paymaxis, environment: 'sandbox' };
    const other = await deal(1200n, { mode: 'live', credentials: sandboxed });
    const [{ url } = { url: '' }] = (await other.initiate()).run!.exchanges;
    expect(url).not.toContain('https://app.paymaxis.com');
  });
});

describe('behaviour by amount', () => {
  it('12.01 is refused, for good', async () => {
    const one = await deal(1201n);
    const { report, outcome } = await one.initiate();
    expect(report!.result).toMatchObject({ __type: 'failure', errorCode: '1.01' });
    expect(outcome).toMatchObject({ kind: 'declined', decline: { code: 'generic_decline' } });
    expect(created(one)).toHaveLength(1);
  });

  it.each([
    [1202n, 'succeeded'],
    [1203n, 'declined'],
  ])('%s is in process, then %s', async (amount, kind) => {
    const one = await deal(amount);
    expect((await one.initiate()).outcome).toMatchObject({ kind: 'pending' });
    await theatre.psps.advance(2_000);
    expect((await one.hear()).outcome).toMatchObject({ kind });
    expect((await one.sync()).outcome).toMatchObject({ kind });
  });

  it.each([
    [1204n, 'hurried', 'unknown'],
    [1205n, 'open', 'unknown'],
    [1213n, 'open', 'pending'],
  ] as const)(
    '%s is paid, its answer lost: never refused, found by asking',
    async (amount, line, kind) => {
      const one = await deal(amount, { line });
      const { outcome } = await one.initiate();
      expect(outcome!.kind).toBe(kind);
      const again = await one.sync();
      expect(again.outcome).toMatchObject(isPaid(amount));
      expect(again.run!.exchanges[0]!.url).toContain('/api/v1/payments?limit=200');
      expect(created(one)).toHaveLength(1);
      expect(one.books('paymaxis')).toMatchObject([{ counts: { charged: 1 } }]);
    },
  );

  it('12.06 is heard before the browser returns', async () => {
    const one = await deal(1206n);
    await theatre.psps.press(pageOf(await one.initiate()), 'success');
    expect((await one.hear()).outcome).toMatchObject(isPaid(1206n));
  });

  it('12.07 is told thrice and then otherwise: the PSP itself goes on saying paid', async () => {
    const one = await deal(1207n);
    await one.press(pageOf(await one.initiate()), 'success');
    await theatre.psps.advance(5_000);
    const kinds = [];
    while (one.waiting.length > 0) kinds.push((await one.hear()).outcome!.kind);
    expect(kinds).toEqual(['succeeded', 'succeeded', 'succeeded', 'declined']);
    expect((await one.sync()).outcome).toMatchObject(isPaid(1207n));
  });

  it('12.08 is paid with another amount, which is told', async () => {
    const one = await deal(1208n);
    await one.press(pageOf(await one.initiate()), 'success');
    expect((await one.hear()).outcome).toMatchObject(isPaid(1308n));
    expect((await one.sync()).outcome).toMatchObject(isPaid(1308n));
  });

  it('12.09 is told by strangers: 401, and only asking helps', async () => {
    const one = await deal(1209n);
    await one.press(pageOf(await one.initiate()), 'success');
    expect(one.waiting).toHaveLength(2);
    for (let count = 0; count < 2; count += 1) {
      const { outcome, report } = await one.hear();
      expect([outcome?.kind, report!.verifiedBy, report!.result!.ack!.status]).toEqual([
        'requires_action',
        null,
        401,
      ]);
    }
    expect((await one.sync()).outcome).toMatchObject(isPaid(1209n));
  });

  it('12.10 is compared in the currency of the customer', async () => {
    const one = await deal(1210n);
    await one.press(pageOf(await one.initiate()), 'success');
    expect((await one.hear()).outcome).toMatchObject(isPaid(1210n));
  });

  it.each([
    [1211n, 'PSP busy, try again', 429],
    [1212n, 'PSP credentials rejected', 401],
  ])('%s is refused: %s', async (amount, message, status) => {
    const one = await deal(amount);
    const { report, outcome } = await one.initiate();
    expect(report!.result).toMatchObject({ __type: 'failure', message, status });
    expect(outcome!.kind).toBe('declined');
    expect(created(one)).toEqual([]);
  });
});

describe('notifications', () => {
  const sent = async (one: Deal) => {
    await one.press(pageOf(await one.initiate()), 'success');
    return one.waiting[0]!;
  };
  const changed = (text: string) => Buffer.from(text);

  it.each([
    ['written again', (text: string) => text.replaceAll('":', '": ')],
    ['with another amount', (text: string) => text.replace('"amount":12,', '"amount":13,')],
    ['of nothing', () => ''],
  ])('%s are refused', async (_name, change) => {
    const one = await deal(1200n);
    const message = await sent(one);
    const rawBody = changed(change(message.rawBody.toString('utf8')));
    const { report } = await one.rehearsed.hear('webhook', { ...message, rawBody });
    expect(report!.result).toMatchObject({ __type: 'failure', ack: { status: 401 } });
    expect(report!.verifiedBy).toBeNull();
  });

  it.each([
    ['none', ''],
    ['two', 'a'.repeat(64).concat(', ', 'b'.repeat(64))],
    ['short', 'ab'],
  ])('with a wrong signature (%s) are refused', async (_name, signature) => {
    const one = await deal(1200n);
    const message = await sent(one);
    const headers = { ...message.headers, signature };
    const { report } = await one.rehearsed.hear('webhook', { ...message, headers });
    expect(report!.result).toMatchObject({ ack: { status: 401 } });
  });

  it('in upper case, or signed with a further key, are taken', async () => {
    const extra = { apiKey: 'k2', signingKey: 'other', extraSigningKeys: 'x, LtAs7UiLl5UQ' };
    const one = await deal(1200n);
    const message = await sent(one);
    const headers = { ...message.headers, signature: message.headers.signature!.toUpperCase() };
    expect((await one.rehearsed.hear('webhook', { ...message, headers })).report!.verifiedBy).toBe(
      'hmac-sha256',
    );
    const two = await deal(1200n, { credentials: extra });
    theatre.psps.simulators.knowEndpoint('paymaxis', 'sandbox', {
      apiKey: 'k2',
      signingKey: 'LtAs7UiLl5UQ',
    });
    await sent(two);
    expect((await two.hear()).report!.verifiedBy).toBe('hmac-sha256');
  });

  it('about another transaction change nothing', async () => {
    const [one, two] = [await paid(), await deal(1200n)];
    await two.initiate();
    const other = theatre.psps.inbox(one.txnId).messages[0]!;
    const { outcome, report } = await two.rehearsed.hear('webhook', other);
    expect(report!.result).toMatchObject({ __type: 'failure', status: 400 });
    expect(outcome?.kind).toBe('requires_action');
  });

  it('have the signatures of the published vectors', async () => {
    const one = await deal(1200n);
    for (const [body, signature, right] of VECTORS) {
      const message = { headers: { signature }, query: {}, rawBody: Buffer.from(body) };
      const { report } = await one.rehearsed.hear('webhook', message);
      expect([body.length, report!.verifiedBy]).toEqual([
        body.length,
        right ? 'hmac-sha256' : null,
      ]);
    }
  });
});

const FIRST =
  '{"id":"91d27876e87f4b22b3ecd53924bf973d","referenceId":"ortxggdqGELpiuCQ","paymentType":"DEPOSIT","state":"COMPLETED","amount":12,"currency":"USD"}';
const SIGNATURE = 'a542389f8fc0a2eea4ec1f5f88da071e2027f3860fc16eadb114d4f640967bdb';
const VECTORS: readonly (readonly [string, string, boolean])[] = [
  [FIRST, SIGNATURE, true],
  [
    '{"id":"91d27876e87f4b22b3ecd53924bf973d","referenceId":"ortxggdqGELpiuCQ","paymentType":"DEPOSIT","state":"DECLINED","amount":12,"currency":"USD","errorCode":"1.01","customer":{"firstName":"Zoë","lastName":"Müller"}}',
    'c3ac67851f0d844b3eff9c4f2243bd009083472fd9c0ffc5179f183cb8a23489',
    true,
  ],
  [
    '{"id": "91d27876e87f4b22b3ecd53924bf973d", "referenceId": "ortxggdqGELpiuCQ", "paymentType": "DEPOSIT", "state": "COMPLETED", "amount": 12, "currency": "USD"}',
    '2faa3b77818897181792cca9d8d03248857caec52bf31fdcdebd58a98736f06a',
    true,
  ],
  [
    FIRST.replace('12,', '12.00,'),
    '81e270c6b6643b7e6e1a5dd57f26719c36402a6a1951180b605f429335ecb4ef',
    true,
  ],
  [FIRST.replace('12,', '12.00,'), SIGNATURE, false],
  [FIRST.replace('COMPLETED', 'COMPLETEE'), SIGNATURE, false],
  [FIRST, '', false],
];

describe('questions', () => {
  it('that find nothing leave it open', async () => {
    const one = await deal(1200n);
    expect((await one.sync()).outcome).toMatchObject({ kind: 'pending' });
  });

  it('that are not answered teach nothing', async () => {
    const one = await deal(1200n);
    await one.initiate();
    theatre.psps.simulators.addFault('paymaxis', { fault: 'error_500_before', times: 1 });
    expect((await one.sync()).outcome!.kind).toBe('unknown');
    theatre.psps.simulators.addFault('paymaxis', { fault: 'truncated_json', times: 1 });
    expect((await one.sync()).outcome!.kind).toBe('requires_action');
  });
});

describe('refunds and withdrawals', () => {
  it('gives back all, a part, and never more', async () => {
    const parent = await paid();
    const refund = async (amount: bigint) =>
      (await deal(amount, { action: 'REFUND', parent })).initiate();
    expect((await refund(500n)).outcome).toMatchObject({ kind: 'succeeded', what: 'refunded' });
    expect((await refund(701n)).outcome).toMatchObject({ kind: 'declined' });
    expect((await refund(700n)).outcome).toMatchObject({ amountMinor: 700n });
    expect(parent.books('paymaxis')).toMatchObject([{ refunded: '1200' }]);
  });

  it('a refund of something else is refused', async () => {
    const parent = await deal(1200n);
    await parent.initiate();
    const refund = await deal(1200n, { action: 'REFUND', parent });
    expect((await refund.initiate()).outcome).toMatchObject({ kind: 'declined' });
  });

  it('a withdrawal is accepted, then paid', async () => {
    const one = await deal(500n, { action: 'WITHDRAW' });
    expect((await one.initiate()).outcome).toMatchObject({ kind: 'pending' });
    await theatre.psps.advance(2_000);
    expect((await one.hear()).outcome).toMatchObject({ kind: 'succeeded', what: 'paid_out' });
    expect(created(one)).toMatchObject([
      { paymentType: 'WITHDRAWAL', customer: { accountNumber: 'A1' } },
    ]);
  });

  it('a withdrawal without an answer is never sent twice', async () => {
    const one = await deal(1205n, { action: 'WITHDRAW' });
    expect((await one.initiate()).outcome!.kind).toBe('unknown');
    expect((await one.sync()).outcome).toMatchObject({ kind: 'succeeded', what: 'paid_out' });
    expect(one.books('paymaxis')).toMatchObject([{ counts: { paid_out: 1 } }]);
  });
});
