import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { callbackUrl } from '../callback.ts';
import {
  attempt,
  CREDENTIALS,
  chargeInput,
  NOW_MS,
  noRecord,
  payoutInput,
  REFERENCE,
  refundInput,
  reply,
  scripted,
  status,
  tries,
} from './fixture.ts';
import { hubtel } from './index.ts';

const bodyOf = (sent: readonly { body?: string }[], index = 0) =>
  JSON.parse(sent[index]?.body ?? 'null');
const unlisted = { ...CREDENTIALS, ip_whitelisted: 'false' };

describe('a charge', () => {
  it('asks on the phone as psp/hubtel.md section 2.2 shows, in plain ASCII', async () => {
    const accepted = {
      ResponseCode: '0001',
      Data: { TransactionId: '2', ClientReference: REFERENCE },
    };
    const { call, sent } = scripted(reply(200, accepted));
    const outcome = await hubtel.charge(chargeInput, call);
    expect(sent[0]).toMatchObject({
      host: 'rmp',
      path: '/merchantaccount/merchants/10001/receive/mobilemoney',
      headers: { authorization: 'Basic ZGVtb2lkOmRlbW9rZXk=' },
    });
    expect(bodyOf(sent)).toEqual({
      CustomerName: 'Ama Mensah',
      CustomerMsisdn: '233200000001',
      CustomerEmail: 'ama@example.com',
      Channel: 'vodafone-gh',
      Amount: 12.5,
      PrimaryCallbackUrl: expect.stringContaining(`https://pay.shop.example/wh/hb/p${REFERENCE}s`),
      Description: 'Order 1001 shoes',
      ClientReference: REFERENCE,
    });
    expect(outcome).toMatchObject({ kind: 'requires_action', action: { type: 'wait' } });
  });

  it.each([
    ['a card', { method: 'card' as const }, CREDENTIALS],
    ['an address that is not listed', {}, unlisted],
    ['no phone', { customer: { ...chargeInput.customer, phone: null } }, CREDENTIALS],
    [
      'a network that nobody knows',
      { customer: { ...chargeInput.customer, phone: '0300000001' } },
      CREDENTIALS,
    ],
  ])('opens the page for %s', async (_name, patch, credentials) => {
    const page = { responseCode: '0000', data: { checkoutUrl: 'https://pay.hubtel.com/1' } };
    const { call, sent } = scripted(reply(200, page));
    const outcome = await hubtel.charge({ ...chargeInput, ...patch }, { ...call, credentials });
    expect(sent[0]?.host).toBeUndefined();
    expect(bodyOf(sent)).toMatchObject({ totalAmount: 12.5, merchantAccountNumber: '10001' });
    expect(outcome).toMatchObject({ kind: 'requires_action', action: { type: 'redirect' } });
  });

  it.each([
    ['asks for nothing where the keys may go to the browser', 'true', 'client', 'wait', 0],
    ['opens the page where they may not', 'false', 'client', 'redirect', 1],
    ['opens the page for a merchant who wants a page', 'true', 'page', 'redirect', 1],
  ] as const)(
    "of a customer with Hubtel's widget %s",
    async (_name, browser_checkout, presentation, action, requests) => {
      const page = { responseCode: '0000', data: { checkoutUrl: 'https://pay.hubtel.com/1' } };
      const { call, sent } = scripted(reply(200, page));
      const credentials = { ...unlisted, browser_checkout };
      const outcome = await hubtel.charge(
        { ...chargeInput, presentation },
        { ...call, credentials },
      );
      expect(outcome).toMatchObject({
        kind: 'requires_action',
        pspReference: REFERENCE,
        action: { type: action },
      });
      expect(sent).toHaveLength(requests);
    },
  );

  it.each([
    ['no record, though it is old', noRecord, 'requires_action'],
    ['a failed try', reply(200, tries('Failed')), 'requires_action'],
    ['a paid try', reply(200, tries('Failed', 'Success')), 'succeeded'],
  ])('in the widget is, with %s, %s', async (_name, answer, kind) => {
    const { call } = scripted(answer);
    const widget = { ...attempt, pspState: { flow: 'widget' }, createdAtMs: NOW_MS - 3_000_000 };
    const outcome = await hubtel.sync(widget, { ...call, credentials: unlisted });
    expect(outcome.kind).toBe(kind);
  });

  it.each([
    [
      200,
      { ResponseCode: '2001', Message: 'failed', Data: { Description: 'Insufficient funds' } },
      'insufficient_funds',
    ],
    [200, { ResponseCode: '3050', Message: 'x' }, 'invalid_phone'],
    [400, { ResponseCode: '4070', Message: 'Fees are not configured' }, 'merchant_config'],
    [200, { responseCode: '4101', message: 'x' }, 'auth_failed'],
    [401, 'Unauthorized', 'auth_failed'],
    [403, '<html>403</html>', 'merchant_config'],
    [400, { title: 'One or more', errors: { Amount: ['wrong'] } }, 'invalid_request'],
  ])('HTTP %i %j is a refusal: %s', async (http, body, code) => {
    const { call } = scripted(reply(http, body));
    const outcome = await hubtel.charge(chargeInput, call);
    expect(outcome).toMatchObject({ kind: 'declined', decline: { code } });
  });

  it.each([
    [200, { ResponseCode: '0005', Message: 'partner unreachable' }],
    [400, { ResponseCode: '4000', Message: 'ClientReference already exists' }],
    [200, { ResponseCode: '9999', Message: 'new' }],
    [429, 'slow down'],
    [500, { ResponseCode: '5000' }],
    [200, 'no json'],
  ])('HTTP %i %j proves nothing', async (http, body) => {
    const { call } = scripted(reply(http, body));
    expect((await hubtel.charge(chargeInput, call)).kind).toBe('unknown');
  });
});

describe('the two status services', () => {
  const ask = async (patch: object, ...script: Parameters<typeof scripted>) => {
    const { call, sent } = scripted(...script);
    return { outcome: await hubtel.sync({ ...attempt, ...patch }, call), sent };
  };

  it('Paid is believed of the documented one, whichever side bears the fee', async () => {
    for (const more of [
      {},
      { amount: 12.75, amountAfterCharges: 12.5 },
      { amount: 12.75, amountAfterCharges: null },
    ]) {
      const { outcome } = await ask({}, reply(200, status('Paid', more)));
      expect(outcome).toMatchObject({ kind: 'succeeded', amountMinor: 1_250n, feeMinor: 25n });
    }
  });

  it('never less than what was asked for', async () => {
    const less = { amount: 12.49, charges: 0, amountAfterCharges: 12.49 };
    const { outcome } = await ask({}, reply(200, status('Paid', less)));
    expect(outcome).toMatchObject({ kind: 'succeeded', amountMinor: 1_249n });
  });

  it('Unpaid is no failure; a failed try of a prompt is, of a page it is not', async () => {
    const unpaid = reply(200, status('Unpaid'));
    expect((await ask({}, unpaid, noRecord)).outcome.kind).toBe('requires_action');
    const failed = reply(200, tries('Failed'));
    expect((await ask({}, unpaid, failed)).outcome).toMatchObject({
      kind: 'declined',
      decline: { code: 'insufficient_funds' },
    });
    const page = { pspState: { flow: 'page', url: 'https://pay.hubtel.com/1' } };
    expect((await ask(page, unpaid, failed)).outcome).toMatchObject({ kind: 'requires_action' });
    const again = reply(200, tries('Failed', 'Success'));
    expect((await ask(page, unpaid, again)).outcome).toMatchObject({
      kind: 'succeeded',
      amountMinor: 1_250n,
    });
  });

  it('Refunded is told as such, unless it was known to be paid', async () => {
    const refunded = reply(200, status('Refunded'));
    expect((await ask({}, refunded)).outcome).toMatchObject({ what: 'refunded' });
    const known = { pspState: { ...attempt.pspState, paid: '1' } };
    expect((await ask(known, refunded)).outcome).toMatchObject({ what: 'captured' });
  });

  it('no record proves something only after five minutes', async () => {
    const lost = { pspState: {}, pspReference: null };
    expect((await ask(lost, noRecord, noRecord)).outcome).not.toHaveProperty('notFound');
    const old = { ...lost, createdAtMs: NOW_MS - 6 * 60_000 };
    expect((await ask(old, noRecord, noRecord)).outcome).toMatchObject({ notFound: true });
  });

  it('an address that is not listed asks the public one', async () => {
    const forbidden = reply(403, '<html>403</html>');
    const { outcome, sent } = await ask({}, forbidden, reply(200, tries('Success')));
    expect(outcome.kind).toBe('succeeded');
    expect(sent.map(({ host }) => host)).toEqual(['txnstatus', 'rmsc']);
  });

  it('a callback that failed ends a prompt that both services call unpaid', async () => {
    const hints = { hints: { failed: 'Wrong PIN' } };
    const { outcome } = await ask(hints, reply(200, status('Unpaid')), noRecord);
    expect(outcome).toMatchObject({ kind: 'declined', decline: { code: 'authentication_failed' } });
  });
});

describe('refunds and payouts', () => {
  it('a refund names the order of the callback, else the transaction', async () => {
    const accepted = reply(202, { responseCode: '0001', data: {} });
    const { call, sent } = scripted(accepted, accepted);
    await hubtel.refund!(refundInput, call);
    const attemptWithOrder = {
      ...refundInput.attempt,
      pspState: { ...refundInput.attempt.pspState, order_id: '3' },
    };
    await hubtel.refund!({ ...refundInput, attempt: attemptWithOrder }, call);
    expect(sent.map(({ path }) => path)).toEqual([
      '/refund/10001/order/2',
      '/refund/10001/order/3',
    ]);
  });

  it.each([
    [404, '3000', 'declined'],
    [404, '4509', 'declined'],
    [423, '4515', 'unknown'],
  ])('HTTP %i with %s: %s', async (http, responseCode, kind) => {
    const { call } = scripted(reply(http, { responseCode, message: 'x' }));
    expect((await hubtel.refund!(refundInput, call)).kind).toBe(kind);
  });

  it('what is too old, too small, a part, or asked for by an address that is not listed is refused at once', async () => {
    const { call } = scripted();
    const old = { ...refundInput.attempt, createdAtMs: NOW_MS - 46 * 86_400_000 };
    const amount = { amountMinor: 99n, currency: 'GHS' };
    for (const input of [
      { ...refundInput, attempt: old },
      { ...refundInput, amount },
      { ...refundInput, amount, attempt: { ...refundInput.attempt, amount } },
    ])
      expect((await hubtel.refund!(input, call)).kind).toBe('declined');
    expect((await hubtel.refund!(refundInput, { ...call, credentials: unlisted })).kind).toBe(
      'declined',
    );
  });

  it('a payout that was accepted is not paid yet; its status decides', async () => {
    const accepted = { ResponseCode: '0000', Data: { TransactionId: '4' } };
    const { call } = scripted(reply(200, accepted));
    expect(await hubtel.payout!(payoutInput, call)).toMatchObject({
      kind: 'pending',
      pspReference: '4',
    });
    const said = (transactionStatus: string) =>
      reply(200, {
        ResponseCode: 'success',
        Data: {
          TransactionId: '4',
          ClientReference: payoutInput.reference,
          Amount: 12.5,
          transactionStatus,
        },
      });
    for (const [word, kind] of [
      ['success', 'succeeded'],
      ['pending', 'pending'],
      ['failed', 'declined'],
      ['new word', 'unknown'],
    ] as const)
      expect((await hubtel.syncPayout!(payoutInput, scripted(said(word)).call)).kind).toBe(kind);
  });
});

describe('the credential check', () => {
  it('tells an address that is not listed from an outage', async () => {
    const good = reply(200, { responseCode: '0000', data: { amount: 1 } });
    expect(await hubtel.validate(scripted(good).call)).toMatchObject({ ok: true });
    for (const shut of [
      reply(403, '<html>403</html>'),
      { sent: 'unknown', reason: 'deadline passed' } as const,
      { sent: 'not_sent', reason: 'UND_ERR_CONNECT_TIMEOUT' } as const,
    ])
      expect(await hubtel.validate(scripted(shut, noRecord).call)).toMatchObject({
        ok: false,
        reached: true,
        message: expect.stringContaining('list'),
      });
    const down = { sent: 'not_sent', reason: 'ECONNREFUSED' } as const;
    expect(await hubtel.validate(scripted(down).call)).toMatchObject({ ok: false, reached: false });
    const { call } = scripted(noRecord);
    expect(await hubtel.validate({ ...call, credentials: unlisted })).toMatchObject({ ok: true });
  });
});

describe('the balance that payouts are made from', () => {
  it('is told to listed addresses, exactly', async () => {
    const good = reply(200, { responseCode: '0000', message: 'Success', data: { amount: 250.75 } });
    const { call, sent } = scripted(good);
    expect(await hubtel.balances!(call)).toEqual({
      kind: 'told',
      value: [{ amountMinor: 25_075n, currency: 'GHS' }],
    });
    expect(sent[0]).toMatchObject({
      host: 'trnf',
      path: `/api/inter-transfers/prepaid/${CREDENTIALS.prepaid_deposit_id}`,
    });
    const none = scripted();
    expect(await hubtel.balances!({ ...none.call, credentials: unlisted })).toMatchObject({
      kind: 'refused',
    });
  });

  it.each([
    ['refused', reply(403, '<html>403</html>')],
    ['refused', reply(400, { responseCode: '4000', message: 'bad prepaid id' })],
    ['unreachable', reply(200, { responseCode: '0000', data: { amount: '250.755' } })],
    ['unreachable', reply(200, { responseCode: '0000', data: {} })],
    ['unreachable', reply(500, {})],
  ])('is %s by what is no balance', async (kind, answer) => {
    expect(await hubtel.balances!(scripted(answer).call)).toMatchObject({ kind });
  });
});

describe('callbacks', () => {
  const secret = CREDENTIALS.client_secret;
  const tail = callbackUrl('', { about: 'p', reference: REFERENCE, askedMs: null }, secret).slice(
    1,
  );
  const body = (code: string) =>
    Buffer.from(
      JSON.stringify({
        ResponseCode: code,
        Data: { ClientReference: REFERENCE, OrderId: '3', Description: 'Wrong PIN' },
      }),
    );
  const message = (code: string, callback?: string, headers = {}) => ({
    headers,
    query: callback === undefined ? {} : { callback },
    rawBody: body(code),
  });

  it('are a reason to ask, and claim nothing; hints only at an address of ours', () => {
    expect(hubtel.readWebhook(message('0000', tail))).toMatchObject({
      target: { reference: REFERENCE },
      outcome: null,
      hints: { order_id: '3' },
    });
    expect(hubtel.readWebhook(message('2001', tail))?.hints).toMatchObject({ failed: 'Wrong PIN' });
    expect(hubtel.readWebhook(message('2001'))?.hints).toEqual({});
  });

  it('are never verified; a wrong address or signature is a forgery', () => {
    const judge = (...args: Parameters<typeof message>) =>
      hubtel.verifyWebhook(message(...args), CREDENTIALS, NOW_MS);
    const right = createHmac('sha256', secret).update(body('0000')).digest('hex');
    expect(judge('0000', tail)).toBe('unsigned');
    expect(judge('0000')).toBe('unsigned');
    expect(judge('0000', tail, { 'x-hubtel-signature': right })).toBe('unsigned');
    expect(judge('0000', tail, { 'hubtel-signature': right.replace(/^./, 'x') })).toBe('forged');
    expect(judge('0000', tail, { 'x-hubtel-signature': '0'.repeat(64) })).toBe('forged');
    expect(judge('0000', `${tail.slice(0, -1)}x`)).toBe('forged');
    expect(judge('0000', `${tail.slice(0, -4)}0000`)).toBe('forged');
  });
});
