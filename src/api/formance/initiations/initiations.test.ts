import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LedgerClient, ledgerClient } from '../../../../test/ledger-client.ts';
import { paystackRecipient } from '../../../../test/paystack-recipient.ts';
import { type Merchant, openStage, type Stage } from '../../../../test/stage.ts';
import { connectorOf } from '../../../connectors/registry.ts';

let stage: Stage;
let merchant: Merchant;
let ledger: LedgerClient;
let connection: string;
let connectorID: string;
beforeAll(async () => {
  stage = await openStage();
  merchant = await stage.merchant();
  connection = await merchant.connect('paystack');
  ledger = await ledgerClient(stage, merchant);
  connectorID = ledger.connectorId(connection, 'paystack');
});
afterAll(() => stage?.close());

const v1 = () => ledger.sdk.payments.v1;
const v3 = () => ledger.sdk.payments.v3;
const paid = () => stage.simulators.books('paystack', merchant.secretKeyOf(connection)).references;
const recipient = async (account?: string) => {
  const code = await paystackRecipient(stage, merchant, connection, account);
  const ref = Buffer.from(connectorID, 'base64url').toString();
  return Buffer.from(JSON.stringify({ ConnectorID: JSON.parse(ref), Reference: code })).toString(
    'base64url',
  );
};
let numbers = 0;
const request = async (more: object = {}) => ({
  reference: `salary-${++numbers}`,
  scheduledAt: new Date(0),
  description: 'Salary',
  sourceAccountID: '',
  destinationAccountID: await recipient(),
  connectorID,
  type: 'PAYOUT' as const,
  amount: 8_000n,
  asset: 'ZAR/2',
  validated: true,
  metadata: { month: 'May' },
  ...more,
});
const create = async (more: object = {}) => {
  const { transferInitiationResponse } = await v1().createTransferInitiation(await request(more));
  return transferInitiationResponse!.data;
};
const get = async (transferId: string) =>
  (await v1().getTransferInitiation({ transferId })).transferInitiationResponse!.data;
const settled = async (id: string) => {
  for (let round = 0; round < 40; round += 1) {
    await stage.later(11_000);
    const shown = await get(id);
    if (shown.status !== 'PROCESSING') return shown;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it does not end');
};

describe('a transfer initiation (v1)', () => {
  it('is sent when it is validated, and shows its payments and its steps', async () => {
    const made = await create();
    expect(made).toMatchObject({
      connectorID,
      status: 'PROCESSING',
      amount: 8_000n,
      initialAmount: 8_000n,
      asset: 'ZAR/2',
      metadata: { month: 'May' },
    });
    const done = await settled(made.id);
    expect(done.status).toBe('PROCESSED');
    expect(done.relatedPayments).toMatchObject([{ status: 'SUCCEEDED' }]);
    expect(done.relatedAdjustments!.map(({ status }) => status)).toEqual([
      'PROCESSED',
      'PROCESSING',
    ]);
    const [related] = done.relatedPayments!;
    const { paymentResponse } = await v1().getPayment({ paymentId: related!.paymentID });
    expect(paymentResponse!.data).toMatchObject({
      type: 'PAYOUT',
      status: 'SUCCEEDED',
      amount: 8_000n,
      destinationAccountID: done.destinationAccountID,
    });
  });

  it('waits until it is validated, once, and can be rejected or deleted before', async () => {
    const before = paid().length;
    const made = await create({ validated: false });
    expect(made.status).toBe('WAITING_FOR_VALIDATION');
    const decide = (transferId: string, status: 'VALIDATED' | 'REJECTED') =>
      v1().updateTransferInitiationStatus({
        transferId,
        updateTransferInitiationStatusRequest: { status },
      });
    const results = await Promise.allSettled(
      Array.from({ length: 6 }, () => decide(made.id, 'VALIDATED')),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await settled(made.id)).status).toBe('PROCESSED');
    expect(paid().length - before).toBe(1);
    await expect(decide(made.id, 'REJECTED')).rejects.toMatchObject({ errorCode: 'VALIDATION' });

    const rejected = await create({ validated: false });
    await decide(rejected.id, 'REJECTED');
    expect((await get(rejected.id)).status).toBe('REJECTED');
    const deleted = await create({ validated: false });
    await v1().deleteTransferInitiation({ transferId: deleted.id });
    await expect(get(deleted.id)).rejects.toMatchObject({ errorCode: 'NOT_FOUND' });
    await expect(v1().deleteTransferInitiation({ transferId: made.id })).rejects.toMatchObject({
      errorCode: 'VALIDATION',
    });
    const again = await create({ reference: deleted.reference, validated: false });
    expect(again.id).toBe(deleted.id);
    expect(paid().length - before).toBe(1);
  });

  it('goes to the connector of the account that it pays when it names none', async () => {
    expect(await create({ connectorID: undefined })).toMatchObject({ connectorID });
    const { body } = await ledger.send('POST', '/transfer-initiations', {
      ...(await request({ connectorID: '', destinationAccountID: '' })),
      amount: 8_000,
    });
    expect(body).toMatchObject({
      errorCode: 'VALIDATION',
      errorMessage: 'ConnectorID is required',
    });
  });

  it('has a reference of its own at its connector', async () => {
    const same = { reference: `twice-${Date.now()}` };
    const before = paid().length;
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => create(same)));
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.map(({ reason }) => reason.errorCode)).toEqual(Array(4).fill('CONFLICT'));
    expect(paid().length - before).toBe(1);
  });

  it('fails with the reason of the PSP, and is tried again', async () => {
    const made = await create({ amount: 2_000_000_000n });
    expect(made.status).toBe('FAILED');
    expect(made.error).toMatch(/balance/);
    await v1().retryTransferInitiation({ transferId: made.id });
    const again = await get(made.id);
    expect(again.relatedPayments).toHaveLength(2);
    expect(again.relatedAdjustments!.map(({ status }) => status)).toEqual([
      'FAILED',
      'PROCESSING',
      'FAILED',
      'PROCESSING',
    ]);
    expect(new Set(again.relatedAdjustments!.map((one) => one.adjustmentID)).size).toBe(4);
  });

  it.each([
    ['no reference', { reference: 'ab' }, 'Reference'],
    ['an amount of 0', { amount: 0 }, 'Amount'],
    ['a negative amount', { amount: -1 }, 'Amount'],
    ['an amount beyond 64 bits', { amount: 2 ** 64 }, 'Amount'],
    ['an unknown asset', { asset: 'XXX/' }, 'Asset'],
    ['another precision', { asset: 'ZAR/4' }, 'Asset'],
    ['another type', { type: 'PAY-IN' }, 'Type'],
    ['no date', { scheduledAt: 'soon' }, 'ScheduledAt'],
    ['an unknown connector', { connectorID: 'eyJ9' }, 'ConnectorID'],
    ['an account that is none', { destinationAccountID: '?' }, 'DestinationAccountID'],
    ['no word on validation', { validated: 'yes' }, 'Validated'],
  ])('is refused with %s', async (_, more, field) => {
    const body = { ...(await request()), amount: 8_000, ...more };
    const { status, body: refusal } = await ledger.send('POST', '/transfer-initiations', body);
    expect([status, refusal.errorCode]).toEqual([400, 'VALIDATION']);
    expect(refusal.errorMessage).toContain(field);
  });

  it('of what the provider cannot do is refused with the code for it', async () => {
    await expect(create({ type: 'TRANSFER' })).rejects.toMatchObject({
      errorCode: 'CONNECTOR_CAPABILITY_NOT_SUPPORTED',
    });
    const { status, body } = await ledger.send('POST', '/connectors/PAYSTACK/transfers', {
      amount: 5,
      asset: 'ZAR/2',
      destination: 'x',
    });
    expect([status, body.errorCode]).toEqual([400, 'CONNECTOR_CAPABILITY_NOT_SUPPORTED']);
    expect((await ledger.send('POST', '/connectors/WISE/transfers', {})).status).toBe(404);
  });

  it('is nothing to another organization, and no id is 400', async () => {
    const made = await create({ validated: false });
    const other = await ledgerClient(stage, await stage.merchant('Other'));
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/retry'],
    ] as const) {
      expect((await other.send(method, `/transfer-initiations/${made.id}${path}`)).status).toBe(
        404,
      );
    }
    const { status, body } = await ledger.send('GET', '/transfer-initiations/none');
    expect([status, body.errorCode]).toEqual([400, 'INVALID_ID']);
  });

  it('is listed, found by query, page after page', async () => {
    const ids = new Set<string>();
    let cursor: string | undefined;
    do {
      const page = await v1().listTransferInitiations(cursor ? { cursor } : { pageSize: 3 });
      const { data, next } = page.transferInitiationsCursor!.cursor;
      for (const { id } of data) ids.add(id);
      cursor = next;
    } while (cursor);
    expect(ids.size).toBeGreaterThan(6);
    const query = JSON.stringify({ $match: { status: 'WAITING_FOR_VALIDATION' } });
    const waiting = (await v1().listTransferInitiations({ query })).transferInitiationsCursor!;
    expect(waiting.cursor.data.length).toBeGreaterThan(0);
    for (const { status } of waiting.cursor.data) expect(status).toBe('WAITING_FOR_VALIDATION');
    const mine = await create({ reference: 'found by name' });
    const byName = JSON.stringify({ $match: { id: mine.id } });
    const found = (await v1().listTransferInitiations({ query: byName }))
      .transferInitiationsCursor!;
    expect(found.cursor.data.map(({ reference }) => reference)).toEqual(['found by name']);
  });

  it('made through the Reevit API is here too', async () => {
    const reply = await merchant.send(
      'POST',
      '/payouts',
      {
        connection_id: connection,
        amount: 100,
        currency: 'ZAR',
        beneficiary: {
          type: 'bank',
          name: 'A',
          account_number: '62000000001',
          bank_code: '632005',
        },
      },
      { 'idempotency-key': 'k' },
    );
    const query = JSON.stringify({ $match: { reference: reply.body.id } });
    const { cursor } = (await v1().listTransferInitiations({ query })).transferInitiationsCursor!;
    expect(cursor.data).toMatchObject([{ amount: 100n, asset: 'ZAR/2', type: 'PAYOUT' }]);
    const own = await create({ amount: 55n });
    const { body } = await merchant.send('GET', '/payouts?limit=1');
    expect(body.payouts).toMatchObject([{ amount: 55, reference: own.reference }]);
  });
});

describe('a payment initiation (v3)', () => {
  const initiate = async (noValidation: boolean, more: object = {}) => {
    const { validated: _, sourceAccountID: __, ...body } = await request(more);
    const { v3InitiatePaymentResponse } = await v3().initiatePayment({
      noValidation,
      v3InitiatePaymentRequest: { ...body, scheduledAt: new Date('0001-01-01T00:00:00Z') },
    });
    return v3InitiatePaymentResponse!.data;
  };
  const task = async (taskID: string) => (await v3().getTask({ taskID })).v3GetTaskResponse!.data;

  it('answers a task that ends with the payment it made', async () => {
    const { paymentInitiationID, taskID } = await initiate(true);
    await settled(paymentInitiationID!);
    const done = await task(taskID!);
    expect(done.status).toBe('SUCCEEDED');
    const payment = await v3().getPayment({ paymentID: done.createdObjectID! });
    expect(payment.v3GetPaymentResponse!.data).toMatchObject({
      type: 'PAYOUT',
      status: 'SUCCEEDED',
    });
    const shown = await v3().getPaymentInitiation({ paymentInitiationID: paymentInitiationID! });
    expect(shown.v3GetPaymentInitiationResponse!.data).toMatchObject({
      status: 'PROCESSED',
      amount: 8_000n,
      metadata: { month: 'May' },
    });
    const payments = await v3().listPaymentInitiationRelatedPayments({
      paymentInitiationID: paymentInitiationID!,
    });
    expect(payments.v3PaymentInitiationRelatedPaymentsCursorResponse!.cursor.data).toMatchObject([
      { id: done.createdObjectID },
    ]);
    const steps = await v3().listPaymentInitiationAdjustments({
      paymentInitiationID: paymentInitiationID!,
    });
    expect(
      steps.v3PaymentInitiationAdjustmentsCursorResponse!.cursor.data.map(({ status }) => status),
    ).toEqual(['PROCESSED', 'PROCESSING']);
  });

  it('shows its steps page by page, both ways', async () => {
    const { paymentInitiationID = '' } = await initiate(true);
    await settled(paymentInitiationID);
    const path = `/v3/payment-initiations/${paymentInitiationID}/adjustments`;
    const page = async (query: string) =>
      (await ledger.send('GET', `${path}?${query}`)).body.cursor;
    const statuses = ({ data }: { data: { status: string }[] }) => data.map((one) => one.status);
    const first = await page('pageSize=1');
    expect(first).toMatchObject({ pageSize: 1, hasMore: true, data: [{ status: 'PROCESSED' }] });
    const second = await page(`cursor=${first.next}`);
    expect([statuses(second), second.hasMore, second.next]).toEqual([
      ['PROCESSING'],
      false,
      undefined,
    ]);
    expect(statuses(await page(`cursor=${second.previous}`))).toEqual(['PROCESSED']);
    for (const list of ['adjustments', 'payments'])
      for (const query of ['cursor=x', `cursor=${first.next}x`, 'pageSize=x'])
        expect(
          (await ledger.send('GET', `${path.replace('adjustments', list)}?${query}`)).body,
        ).toMatchObject({ errorCode: 'VALIDATION' });
  });

  it('is listed by the time it waits for', async () => {
    const ids: string[] = [];
    for (const minutes of [30, 10, 20]) {
      const { validated: _, ...body } = await request({ description: 'Later' });
      const { v3InitiatePaymentResponse } = await v3().initiatePayment({
        v3InitiatePaymentRequest: {
          ...body,
          scheduledAt: new Date(stage.clock.nowMs() + minutes * 60_000),
        },
      });
      ids.push(v3InitiatePaymentResponse!.data.paymentInitiationID!);
    }
    const { body } = await ledger.send(
      'GET',
      '/v3/payment-initiations?pageSize=3&sort=scheduledAt:desc',
    );
    const listed = body.cursor.data.map(({ id }: { id: string }) => id);
    expect(listed).toEqual([ids[0], ids[2], ids[1]]);
  });

  it('is approved, rejected, deleted and retried with tasks', async () => {
    const { paymentInitiationID: id = '', taskID } = await initiate(false);
    expect((await task(taskID!)).status).toBe('SUCCEEDED');
    const approved = await v3().approvePaymentInitiation({ paymentInitiationID: id });
    const sent = approved.v3ApprovePaymentInitiationResponse!.data.taskID;
    await settled(id);
    expect((await task(sent)).status).toBe('SUCCEEDED');
    await expect(v3().rejectPaymentInitiation({ paymentInitiationID: id })).rejects.toMatchObject({
      errorCode: 'VALIDATION',
    });
    const other = (await initiate(false)).paymentInitiationID!;
    await v3().rejectPaymentInitiation({ paymentInitiationID: other });
    const gone = (await initiate(false)).paymentInitiationID!;
    await v3().deletePaymentInitiation({ paymentInitiationID: gone });
    const failed = (await initiate(true, { amount: 2_000_000_000n })).paymentInitiationID!;
    const retried = await v3().retryPaymentInitiation({ paymentInitiationID: failed });
    const again = await task(retried.v3RetryPaymentInitiationResponse!.data.taskID);
    expect(again).toMatchObject({ status: 'FAILED', error: expect.stringMatching(/balance/) });
    const page = await v3().listPaymentInitiations({
      query: { $match: { status: 'REJECTED' } },
    });
    const { data } = page.v3PaymentInitiationsCursorResponse!.cursor;
    expect(data.map((one) => one.id)).toContain(other);
    await expect(v3().getTask({ taskID: gone })).rejects.toMatchObject({ errorCode: 'NOT_FOUND' });
  });

  it('waits for its time, and refuses a time that is past', async () => {
    const at = new Date(stage.clock.nowMs() + 10 * 60_000);
    const { validated: _, ...body } = await request();
    const { v3InitiatePaymentResponse } = await v3().initiatePayment({
      noValidation: true,
      v3InitiatePaymentRequest: { ...body, scheduledAt: at },
    });
    const id = v3InitiatePaymentResponse!.data.paymentInitiationID!;
    const shown = await v3().getPaymentInitiation({ paymentInitiationID: id });
    expect(shown.v3GetPaymentInitiationResponse!.data.status).toBe('SCHEDULED_FOR_PROCESSING');
    await stage.later(11 * 60_000);
    expect((await settled(id)).status).toBe('PROCESSED');
    const past = await ledger.send('POST', '/v3/payment-initiations', {
      ...body,
      amount: 8_000,
      reference: 'late',
      scheduledAt: '2020-01-01T00:00:00Z',
    });
    expect([past.status, past.body.errorMessage]).toEqual([
      400,
      expect.stringContaining('ScheduledAt'),
    ]);
  });
});

describe('a reversal', () => {
  const reverse = (transferId: string, amount: bigint, reference = `back-${++numbers}`) =>
    v1().reverseTransferInitiation({
      transferId,
      reverseTransferInitiationRequest: {
        reference,
        description: 'Wrong month',
        amount,
        asset: 'ZAR/2',
        metadata: null,
      },
    });

  it('is refused where the provider cannot', async () => {
    const { id } = await settled((await create()).id);
    await expect(reverse(id, 1n)).rejects.toMatchObject({
      errorCode: 'CONNECTOR_CAPABILITY_NOT_SUPPORTED',
    });
  });

  describe('at a provider that can', () => {
    let answer: 'refunded' | 'declined' = 'refunded';
    let asked = 0n;
    beforeAll(() => {
      Object.assign(connectorOf('paystack')!, {
        reverse: async (
          { amount }: { amount: { amountMinor: bigint; currency: string } },
          call: never,
        ) => {
          // Something has to be sent for an answer to be believed.
          await connectorOf('paystack')!.validate(call);
          if (answer === 'declined')
            return {
              kind: 'declined',
              decline: { code: 'invalid_request', pspCode: null, message: 'no' },
            };
          asked += amount.amountMinor;
          return { kind: 'succeeded', what: 'refunded', ...amount };
        },
      });
    });
    afterAll(() => Reflect.deleteProperty(connectorOf('paystack')!, 'reverse'));

    it('never exceeds the payout, however many are asked for at once', async () => {
      const { id } = await settled((await create()).id);
      asked = 0n;
      const results = await Promise.allSettled(
        Array.from({ length: 6 }, () => reverse(id, 3_000n)),
      );
      const done = results.filter(({ status }) => status === 'fulfilled').length;
      expect(done).toBeGreaterThan(0);
      while ((await reverse(id, 1_000n).catch(() => null)) !== null);
      expect(asked).toBeLessThanOrEqual(8_000n);
      const shown = await get(id);
      expect(shown.status).toBe(asked === 8_000n ? 'REVERSED' : 'PARTIALLY_REVERSED');
      expect(shown.relatedAdjustments!.map(({ status }) => status)).toContain('REVERSE_PROCESSING');
    });

    it('is done once under one reference, however often it is asked for', async () => {
      const { id } = await settled((await create()).id);
      asked = 0n;
      await reverse(id, 2_000n, 'back-once');
      await expect(reverse(id, 2_000n, 'back-once')).rejects.toMatchObject({
        errorCode: 'CONFLICT',
      });
      expect(asked).toBe(2_000n);
    });

    it('answers a task in v3, and a failed one leaves the payout paid', async () => {
      const { id } = await settled((await create()).id);
      answer = 'declined';
      const body = { reference: 'rev', description: '', amount: 8_000n, asset: 'ZAR' };
      const failed = await v3().reversePaymentInitiation({
        paymentInitiationID: id,
        v3ReversePaymentInitiationRequest: body,
      });
      const { taskID } = failed.v3ReversePaymentInitiationResponse!.data;
      const task = await v3().getTask({ taskID: taskID! });
      expect(task.v3GetTaskResponse!.data).toMatchObject({ status: 'FAILED', error: 'no' });
      expect((await get(id)).status).toBe('REVERSE_FAILED');
      answer = 'refunded';
      await reverse(id, 8_000n);
      expect((await get(id)).status).toBe('REVERSED');
    });
  });
});
