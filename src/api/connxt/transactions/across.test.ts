// One record of the money, two ways in: what is made through one API is visible through the other.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Client,
  DEPOSIT,
  type Desk,
  openDesk,
  PAYMAXIS,
  transaction,
} from '../../../../test/connxt-desk.ts';
import { createPayout } from '../../../flows/payout/index.ts';
import { recordPayment } from '../../../flows/record/record-payment.ts';
import { findEnvironment } from '../../../store/environments.ts';

let desk: Desk;
let client: Client;

beforeAll(async () => {
  desk = await openDesk();
  client = await desk.client();
}, 60_000);
afterAll(() => desk?.close());

const PAYSTACK_KEYS = { secret_key: 'sk_test_0123456789', public_key: 'pk_test_x1234567' };

describe('a Connxt deposit', () => {
  it('is a payment of the Reevit API, and can be refunded there', async () => {
    const psp = await client.psp();
    const asked = transaction(psp, { orderId: 'across' });
    const { body } = await client.send('POST', '/transactions', asked);
    await desk.visit(await desk.pay(body.data.data.data.navigation.value));
    await desk.stage.work();
    const list = await client.reevit('GET', '/payments?reference=across');
    const [payment] = JSON.parse(list.text).payments ?? JSON.parse(list.text);
    expect(payment).toMatchObject({
      amount: 1200,
      currency: 'USD',
      status: 'succeeded',
      connection_id: psp,
      provider: 'paymaxis',
    });
    const refund = await client.reevit('POST', `/payments/${payment.id}/refund`, { amount: 200 });
    expect(refund.status).toBeLessThan(300);
    await desk.stage.later(60_000);
    const all = (await client.send('GET', '/transactions')).body.data;
    const given = all.find((one: { txnAmount: number }) => one.txnAmount === 2);
    expect(given).toMatchObject({ status: 'SUCCESS', pspId: psp });
    const shown = (await client.send('GET', `/transactions/${given.txnId}`)).body.data;
    expect(shown.txnId).toBe(given.txnId);
  });
});

describe('a Reevit payment', () => {
  it('is a transaction of the Connxt API, at a built-in connector', async () => {
    const made = await client.reevit('POST', '/connections', {
      provider: 'paystack',
      mode: 'sandbox',
      credentials: PAYSTACK_KEYS,
    });
    const { body: payment } = await client.reevit('POST', '/payments/intents', {
      amount: 5000,
      currency: 'GHS',
      method: 'card',
      country: 'GH',
      reference: 'from reevit',
      customer: { email: 'ada@example.com' },
      connection_id: made.body.id,
    });
    expect(payment.id).toMatch(/^pay_/);
    const { body } = await client.send('GET', '/transactions?merchantOrderId=from%20reevit');
    const [one] = body.data;
    expect(one).toMatchObject({
      txnAmount: 50,
      txnCurrency: 'GHS',
      flowActionId: DEPOSIT,
      pspId: payment.connection_id,
      merchantOrderId: 'from reevit',
    });
    expect(one.txnId).toMatch(/^ortx[0-9A-Za-z]{22}$/);
    const shown = (await client.send('GET', `/transactions/${one.txnId}`)).body.data;
    expect(shown.statusHistory.map(({ to }: { to: string }) => to)).toEqual([
      'NEW',
      'CREATED',
      'INITIATED',
    ]);
  });

  it('can be paid by a script, with callbacks of its own', async () => {
    const psp = await client.psp(PAYMAXIS, { name: 'For Reevit' });
    const { body: payment, text } = await client.reevit('POST', '/payments/intents', {
      amount: 1200,
      currency: 'USD',
      method: 'card',
      country: 'US',
      reference: 'script',
      customer: { email: 'ada@example.com' },
      allowed_providers: ['paymaxis'],
    });
    expect(payment?.provider, text).toBe('paymaxis');
    expect(psp).toMatch(/^psp_/);
    const page = payment.next_action?.url ?? payment.redirect_url ?? payment.checkout_url;
    expect(page, text).toMatch(/^http/);
    await desk.visit(await desk.pay(page));
    await desk.stage.work();
    const { body } = await client.reevit('GET', `/payments/${payment.id}`);
    expect(body.status).toBe('succeeded');
  });
});

describe('a recorded payment', () => {
  it('is found by its name beside one that was made, in both APIs', async () => {
    const connectionId = await client.psp(PAYMAXIS, { name: 'For both' });
    const made = await client.reevit('POST', '/payments/intents', {
      amount: 1200,
      currency: 'USD',
      method: 'card',
      country: 'US',
      reference: 'one name',
      customer: { email: 'ada@example.com' },
      connection_id: connectionId,
    });
    expect(made.status, made.text).toBe(201);
    const { context } = desk.stage;
    const environment = await findEnvironment(context.db, client.environmentId);
    await recordPayment(context, environment!, {
      connectionId,
      provider: 'paymaxis',
      type: 'pay_in',
      reference: 'one name',
      createdAt: '2023-11-07T05:31:56Z',
      initialMinor: 700n,
      amountMinor: 700n,
      unit: 'USD',
      asset: 'USD/2',
      scheme: 'visa',
      sourceAccount: null,
      destinationAccount: null,
      metadata: {},
      status: 'SUCCEEDED',
      adjustments: [],
    });
    const list = JSON.parse((await client.reevit('GET', '/payments?reference=one%20name')).text);
    expect(list.map(({ amount }: { amount: number }) => amount).toSorted()).toEqual([1200, 700]);
    const { data } = (await client.send('GET', '/transactions?merchantOrderId=one%20name')).body;
    expect(data.map(({ txnAmount }: { txnAmount: number }) => txnAmount).toSorted()).toEqual([
      12, 7,
    ]);
  });
});

describe('the list', () => {
  it('has everything once, whatever time the things are of that were recorded', async () => {
    const merchant = await desk.client('Pages');
    const connectionId = await merchant.psp(PAYMAXIS, { name: 'For pages' });
    const { context } = desk.stage;
    const environment = await findEnvironment(context.db, merchant.environmentId);
    for (const [index, type] of (['pay_in', 'payout', 'pay_in', 'payout'] as const).entries()) {
      await merchant.send('POST', '/transactions', transaction(connectionId));
      await recordPayment(context, environment!, {
        connectionId,
        provider: 'paymaxis',
        type,
        reference: `elsewhere ${index}`,
        createdAt: `2023-11-0${9 - index}T05:31:56Z`,
        initialMinor: 700n,
        amountMinor: 700n,
        unit: 'USD',
        asset: 'USD/2',
        scheme: 'unknown',
        status: 'SUCCEEDED',
        sourceAccount: null,
        destinationAccount: null,
        metadata: {},
        adjustments: [],
      });
    }
    const ids: string[] = [];
    for (let page = 0; page < 4; page += 1) {
      const { body } = await merchant.send('GET', `/transactions?page=${page}&size=2`);
      expect(body.metadata.pagination.totalElements).toBe(8);
      ids.push(...body.data.map(({ txnId }: { txnId: string }) => txnId));
    }
    expect(new Set(ids).size).toBe(8);
  });
});

describe('a payout that was initiated in the Formance API', () => {
  it('is found by its name', async () => {
    const { body: connection } = await client.reevit('POST', '/connections', {
      provider: 'paystack',
      mode: 'sandbox',
      credentials: { ...PAYSTACK_KEYS, secret_key: 'sk_test_9876543210' },
    });
    const { context } = desk.stage;
    const environment = await findEnvironment(context.db, client.environmentId);
    await createPayout(context, environment!, {
      type: 'payout',
      connectionId: connection.id,
      amountMinor: 900n,
      currency: 'GHS',
      beneficiary: null,
      beneficiaryId: null,
      sourceAccount: null,
      destinationAccount: 'RCP_1',
      reference: 'initiated',
      asset: 'GHS/2',
      narration: null,
      metadata: {},
      scheduledAtMs: null,
      needsApproval: true,
      createdBy: 'ama',
      source: 'formance',
    });
    const { data } = (await client.send('GET', '/transactions?merchantOrderId=initiated')).body;
    expect(data).toMatchObject([{ txnAmount: 9, txnCurrency: 'GHS' }]);
  });
});

describe('a PSP', () => {
  it('is a connection, and a connection is a PSP that is open for all it can do', async () => {
    const psp = await client.psp(PAYMAXIS, { name: 'Both' });
    const { text } = await client.reevit('GET', '/connections');
    expect(text).toContain(psp);
    expect(text).not.toContain('shop_key_');
    const made = await client.reevit('POST', '/connections', {
      provider: 'stripe',
      mode: 'sandbox',
      credentials: { secret_key: 'sk_test_0123456789', publishable_key: 'pk_test_x1234567' },
    });
    const shown = await client.send('GET', `/psps/${made.body.id}`);
    expect(shown.body.data).toMatchObject({ status: 'ENABLED', credential: '***ENCRYPTED***' });
    const actions = shown.body.data.flowTarget.supportedActions;
    expect(shown.body.data.operations).toHaveLength(actions.length);
    const asked = transaction(made.body.id, { target: shown.body.data.flowTargetId, amount: 15 });
    const { body } = await client.send('POST', '/transactions', asked);
    expect(body.data.data.data.navigation.value).toMatch(/^http/);
    expect(body.data).toMatchObject({ success: true, status: 'INITIATED' });
  });
});
