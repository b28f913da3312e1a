// SticPay, as a script in the sandbox, against its simulator: the cases C-2 … C-11 of connector-contract.md section 6,
// the amounts of psp/sticpay.md section 9 and the vectors of its section 8.
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

const deal = (amount: bigint, scene: Scene = {}) => theatre.deal('sticpay', { ...scene, amount });
const isPaid = (amountMinor: bigint) =>
  ({ kind: 'succeeded', what: 'captured', amountMinor, currency: 'USD' }) as const;
const paths = ({ run }: Awaited<ReturnType<Deal['initiate']>>) =>
  run!.exchanges.map(({ url }) => new URL(url).pathname);
const order = (one: Deal) => {
  const { merchantEmail, apiKey } = CREDENTIALS.sticpay!;
  const { orders = [] } = theatre.psps.simulators.books('sticpay', `${merchantEmail}:${apiKey}`)
    .objects!;
  return orders.find((known) => (known as { orderNo: string }).orderNo === one.txnId);
};

/** A paid deposit. */
async function paid(amount = 1200n, scene: Scene = {}): Promise<Deal> {
  const one = await deal(amount, scene);
  await one.press(pageOf(await one.initiate()), 'success');
  expect((await one.hear()).outcome).toMatchObject(isPaid(amount));
  return one;
}

describe('a deposit', () => {
  it('sends the payer to the page; the callback causes a question, and its answer counts', async () => {
    const one = await deal(1200n);
    const started = await one.initiate();
    expect(started.report!.result).toMatchObject({
      data: { status: 'success', orderId: one.txnId, userId: 'cust_001' },
    });
    expect(started.outcome!.kind).toBe('requires_action');
    expect(order(one)).toMatchObject({
      amount: '12.00',
      currency: 'USD',
      version: 'sandbox',
      orderTime: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
    });
    const query = await one.press(pageOf(started), 'success');
    const heard = await one.hear();
    expect(heard.report).toMatchObject({ verifiedBy: 'MD5', outcome: 'SUCCEEDED' });
    expect(paths(heard)).toEqual(['/rest_transaction/detail']);
    expect(heard.report!.result!.ack).toEqual({
      status: 200,
      body: 'OK',
      contentType: 'text/plain',
    });
    expect(heard.outcome).toMatchObject(isPaid(1200n));
    expect(heard.outcome!.pspReference).toMatch(/^STP/);
    const back = await one.back(query);
    expect(back.report!.result).toMatchObject({
      __type: 'redirect',
      url: 'https://shop.example/paid',
      data: { status: 'success', orderId: one.txnId },
      outcome: 'ACCEPTED',
    });
    const posted = await one.back({}, { callback: query.callback! });
    expect(posted.report!.result).toEqual(back.report!.result);
    expect((await one.sync()).outcome).toMatchObject(isPaid(1200n));
    expect(one.books('sticpay')).toMatchObject([{ counts: { charged: 1 } }]);
  });

  it('that the wallet refuses has failed', async () => {
    const one = await deal(1200n);
    const query = await one.press(pageOf(await one.initiate()), 'failure');
    expect((await one.hear()).report!.outcome).toBe('FAILED');
    expect((await one.back(query)).report!.result).toMatchObject({
      url: 'https://shop.example/failed',
    });
    expect((await one.sync()).outcome).toMatchObject({ kind: 'declined' });
  });

  it('that the payer leaves stays open: he may come back while the link lives', async () => {
    const one = await deal(1202n);
    const page = pageOf(await one.initiate());
    const left = await one.back(await one.press(page, 'cancel'));
    expect(left.report!.result).toMatchObject({ url: 'https://shop.example/failed' });
    expect(one.waiting).toEqual([]);
    expect((await one.sync()).outcome!.kind).toBe('requires_action');
    await one.press(page, 'success');
    expect((await one.sync()).outcome).toMatchObject(isPaid(1202n));
  });

  it('that the payer left is over when the link is: nobody can pay it any more', async () => {
    const one = await deal(1202n);
    await one.back(await one.press(pageOf(await one.initiate()), 'cancel'));
    await theatre.psps.advance(400_000);
    expect((await one.sync()).outcome).toMatchObject({
      kind: 'declined',
      decline: { code: 'user_cancelled' },
    });
  });

  it('that nobody opens stays open: only time ends it', async () => {
    const one = await deal(1203n);
    await one.initiate();
    await theatre.psps.advance(400_000);
    expect((await one.sync()).outcome!.kind).toBe('requires_action');
  });

  it('is paid by no browser', async () => {
    const one = await deal(1200n);
    await one.initiate();
    const callback = JSON.stringify({ type: 'payment', code: 0, message: 'Success' });
    expect((await one.back({}, { callback })).outcome?.kind).not.toBe('succeeded');
    for (const form of [{ callback: 'not json' }, { callback: '[1]' }, { code: '0' }, {}])
      expect((await one.back({}, form as Record<string, string>)).report!.result).toMatchObject({
        url: 'https://shop.example/failed',
      });
    expect((await one.sync()).outcome!.kind).toBe('requires_action');
  });

  it('signs with SHA-256 where the merchant page says so', async () => {
    await paid(1200n, { credentials: { ...CREDENTIALS.sticpay!, signType: 'SHA256' } });
  });
});

describe('behaviour by amount', () => {
  it('12.01 is refused with the code', async () => {
    const { report, outcome } = await (await deal(1201n)).initiate();
    expect(report!.result).toMatchObject({ __type: 'failure', errorCode: '410' });
    expect(outcome).toMatchObject({ kind: 'declined', decline: { code: 'limit_exceeded' } });
  });

  it('12.04 is pending, then approved', async () => {
    const one = await deal(1204n);
    await one.press(pageOf(await one.initiate()), 'success');
    expect((await one.hear()).report!.outcome).toBe('ACCEPTED');
    await theatre.psps.advance(5_000);
    expect((await one.hear()).outcome).toMatchObject(isPaid(1204n));
  });

  it('12.05 is rejected after the callback', async () => {
    const one = await deal(1205n);
    await one.press(pageOf(await one.initiate()), 'success');
    expect((await one.hear()).outcome).toMatchObject({ kind: 'declined' });
  });

  it('12.06 is heard before the browser returns', async () => {
    const one = await deal(1206n);
    await theatre.psps.press(pageOf(await one.initiate()), 'success');
    expect((await one.hear()).outcome).toMatchObject(isPaid(1206n));
  });

  it.each([
    [1207n, 'Callback of another environment', 400],
    [1208n, 'Invalid signature', 401],
  ])('%s is not believed: %s', async (amount, message, status) => {
    const one = await deal(amount);
    await one.press(pageOf(await one.initiate()), 'success');
    const { report, run, outcome } = await one.hear();
    expect(report!.result).toMatchObject({ __type: 'failure', message, ack: { status } });
    expect([report!.verifiedBy, run!.exchanges.length]).toEqual([null, 0]);
    expect(outcome?.kind).toBe('requires_action');
  });

  it('12.09 is asked in the older form after 809, with one call more', async () => {
    const one = await deal(1209n);
    await one.press(pageOf(await one.initiate()), 'success');
    const heard = await one.hear();
    expect(heard.outcome).toMatchObject(isPaid(1209n));
    expect(paths(heard)).toHaveLength(2);
    expect(paths(await one.sync())).toHaveLength(1); // remembered
  });

  it.each([
    [1210n, 'hurried', 'unknown'],
    [1211n, 'open', 'pending'],
  ] as const)('%s has no readable answer: never paid again', async (amount, line, kind) => {
    const one = await deal(amount, { line });
    expect((await one.initiate()).outcome!.kind).toBe(kind);
    expect(order(one)).toBeDefined();
    const again = await one.initiate(); // as nobody should: the order number protects
    expect(again.outcome!.kind).not.toBe('declined');
    const { outcome } = await one.sync();
    if (amount === 1210n) expect(outcome).toMatchObject(isPaid(1210n));
    else expect(outcome!.kind).toBe('pending');
  });

  it.each([1212n, 1213n, 1214n, 1215n])('%s is understood in its form', async (amount) => {
    await paid(amount);
  });

  it('12.16: an expired link is no payment', async () => {
    const one = await deal(1216n);
    const page = pageOf(await one.initiate());
    await theatre.psps.advance(301_000);
    const returned = await one.back(await one.press(page, 'success'));
    expect(returned.report!.result).toMatchObject({ url: 'https://shop.example/failed' });
    expect((await one.sync()).outcome!.kind).not.toBe('succeeded');
    await theatre.psps.advance(100_000);
    expect((await one.sync()).outcome).toMatchObject({ decline: { code: 'payer_timeout' } });
  });
});

describe('callbacks', () => {
  const parameters = {
    merchant_email: 'merchant@example.com',
    order_no: 'ortxggdqGELpiuCQ',
    order_time: '2025-12-12 08:55:04',
    order_amount: '12.00',
    order_currency: 'USD',
    transaction_code: 'STP123',
    transaction_time: '2025-12-12 08:57:10',
    interface_version: 'sandbox',
    sign_type: 'MD5',
    sign: 'cb7278275fc2650ecad1df52452d2ed8',
  };
  const hear = async (given: object, scene: Scene = {}) => {
    const one = await deal(1200n, scene);
    const callback = JSON.stringify({
      type: 'payment',
      code: -1,
      message: '',
      parameters: JSON.stringify({ ...parameters, ...given }),
    });
    return one.rehearsed.hear('webhook', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      query: {},
      rawBody: Buffer.from(new URLSearchParams({ callback }).toString()),
    });
  };
  const messageOf = async (given: object, scene: Scene = {}) => {
    const { report } = await hear(given, scene);
    return report!.result?.__type === 'failure' ? report!.result.message : '';
  };

  it('have the digests of the published vectors', async () => {
    // Signed right, and about another transaction: it is the check after the signature that refuses.
    expect(await messageOf({})).toBe('Not about this transaction');
    const sha256 = '236f6daf7f6f7f2bff005aefc62be92d05b540e8965aa7ae15233987f4b96911';
    expect(await messageOf({ sign: sha256, sign_type: 'SHA256' })).toBe(
      'Not about this transaction',
    );
    expect(await messageOf({ sign: parameters.sign.toUpperCase() })).toBe(
      'Not about this transaction',
    );
  });

  it.each([
    ['a changed amount', { order_amount: '12.01' }],
    ['a changed code', { transaction_code: 'STP124' }],
    ['no signature', { sign: '' }],
    ['no transaction code', { transaction_code: '' }],
    ['an amount as a number', { order_amount: 12 }],
    ['the signature of a pay call', { sign: 'd5f4aa295643299b501c0c6cba5cb99f' }],
  ])('with %s are refused', async (_name, given) => {
    expect(await messageOf(given)).toBe('Invalid signature');
  });

  it('of the other environment are refused, whichever it is', async () => {
    expect(await messageOf({ interface_version: 'live' })).toBe('Callback of another environment');
    expect(await messageOf({}, { mode: 'live' })).toBe('Callback of another environment');
  });

  it('that cannot be read are refused', async () => {
    const one = await deal(1200n);
    for (const text of ['', 'callback=', 'callback=%7B', 'callback=%22text%22', 'a=b']) {
      const { report } = await one.rehearsed.hear('webhook', {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        query: {},
        rawBody: Buffer.from(text),
      });
      expect(report!.result).toMatchObject({ __type: 'failure', ack: { status: 400 } });
    }
  });

  it('that cannot be confirmed are asked for again', async () => {
    const one = await deal(1200n);
    await one.press(pageOf(await one.initiate()), 'success');
    theatre.psps.simulators.addFault('sticpay', {
      fault: 'error_500_before',
      match: { operation: 'sync' },
      times: 1,
    });
    const { report, outcome } = await one.hear();
    expect(report!.result).toMatchObject({ message: 'Not confirmed', ack: { status: 500 } });
    expect(outcome?.kind).toBe('requires_action');
  });
});

describe('refunds and withdrawals', () => {
  it('gives everything back once, and nothing in part', async () => {
    const parent = await paid();
    const part = await deal(500n, { action: 'REFUND', parent });
    const refused = await part.initiate();
    expect(refused.report!.result).toMatchObject({ message: 'SticPay supports full refunds only' });
    expect(refused.run!.exchanges).toEqual([]);
    const whole = await deal(1200n, { action: 'REFUND', parent });
    expect((await whole.initiate()).outcome).toMatchObject({ kind: 'succeeded', what: 'refunded' });
    const again = await deal(1200n, { action: 'REFUND', parent });
    expect((await again.initiate()).report!.result).toMatchObject({ errorCode: '1402' });
    expect(parent.books('sticpay')).toMatchObject([{ refunded: '1200', counts: { refunded: 1 } }]);
  });

  it('a withdrawal is done at once', async () => {
    const one = await deal(500n, { action: 'WITHDRAW' });
    const { outcome } = await one.initiate();
    expect(outcome).toMatchObject({ kind: 'succeeded', what: 'paid_out', amountMinor: 500n });
    expect(outcome!.pspReference).toMatch(/^STP/);
    expect((await one.sync()).outcome).toMatchObject({ kind: 'succeeded', what: 'paid_out' });
  });

  it('a withdrawal without a payee never leaves', async () => {
    const one = await deal(500n, { action: 'WITHDRAW', body: { customAttributes: {} } });
    const { report, run, outcome } = await one.initiate();
    expect(report!.result).toMatchObject({ message: 'Sticpay customer email is not valid' });
    expect([run!.exchanges.length, outcome!.kind]).toEqual([0, 'declined']);
  });

  it('a withdrawal without an answer is never sent twice', async () => {
    const one = await deal(500n, { action: 'WITHDRAW' });
    theatre.psps.simulators.addFault('sticpay', {
      fault: 'error_500_after',
      match: { operation: 'payout' },
      times: 1,
    });
    expect((await one.initiate()).outcome!.kind).toBe('unknown');
    expect((await one.sync()).outcome).toMatchObject({ kind: 'succeeded', what: 'paid_out' });
    expect(one.books('sticpay')).toMatchObject([{ counts: { paid_out: 1 } }]);
  });

  it('a withdrawal of an unknown payee is refused', async () => {
    const body = { customAttributes: { customerEmail: 'nobody@example.com' } };
    const { outcome } = await (await deal(500n, { action: 'WITHDRAW', body })).initiate();
    expect(outcome).toMatchObject({ kind: 'declined', decline: { code: 'invalid_account' } });
  });
});
