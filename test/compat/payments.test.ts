// The unmodified SDK against the server: payments, v1 and v3.
import { SDK } from '@formance/formance-sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MadeOrganization } from '../house-server.ts';
import { type Desk, openDesk, refusal } from './sdk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk?.stage.close());

let counted = 0;
function request() {
  counted += 1;
  return {
    reference: `sdk_${counted}`,
    connectorID: desk.connectorID,
    createdAt: new Date(Date.UTC(2023, 10, 7, 5, counted)),
    amount: 100n,
    type: 'PAY-IN' as const,
    status: 'PENDING' as const,
    scheme: 'visa' as const,
    asset: 'USD',
  };
}

describe('v1', () => {
  it('tells which server it is', async () => {
    const { serverInfo } = await desk.sdk.payments.v1.getServerInfoPayments();
    expect(serverInfo?.version).toMatch(/^v3/);
    const { getVersionsResponse } = await desk.sdk.getVersions();
    expect(getVersionsResponse?.versions.map(({ name }) => name)).toEqual(['payments']);
  });

  it('records, reads and labels a payment', async () => {
    const sent = request();
    const made = (await desk.sdk.payments.v1.createPayment(sent)).paymentResponse?.data;
    expect(made).toMatchObject({ reference: sent.reference, amount: 100n, provider: 'STRIPE' });
    const moved = { ...sent, status: 'SUCCEEDED' as const, createdAt: new Date(2024, 0, 1) };
    await desk.sdk.payments.v1.createPayment(moved);
    const { statusCode } = await desk.sdk.payments.v1.updateMetadata({
      paymentId: made!.id,
      requestBody: { order: '7' },
    });
    expect(statusCode).toBe(204);
    const read = await desk.sdk.payments.v1.getPayment({ paymentId: made!.id });
    expect(read.paymentResponse?.data).toMatchObject({
      status: 'SUCCEEDED',
      metadata: { order: '7' },
      adjustments: [{ status: 'SUCCEEDED' }, { status: 'PENDING' }],
    });
  });

  it('lists to the end and back, every payment once', async () => {
    const made = await Promise.all(
      Array.from({ length: 7 }, async () => {
        const { paymentResponse } = await desk.sdk.payments.v1.createPayment(request());
        return paymentResponse!.data.id;
      }),
    );
    const seen: string[] = [];
    let last = await desk.sdk.payments.v1.listPayments({ pageSize: 3, sort: ['createdAt:asc'] });
    for (;;) {
      const { data, next } = last.paymentsCursor!.cursor;
      seen.push(...data.map(({ id }) => id));
      if (next === undefined) break;
      last = await desk.sdk.payments.v1.listPayments({ cursor: next });
    }
    expect(seen.filter((id) => made.includes(id)).sort()).toEqual(made.sort());
    expect(new Set(seen).size).toBe(seen.length);
    const { previous } = last.paymentsCursor!.cursor;
    const back = await desk.sdk.payments.v1.listPayments({ cursor: previous! });
    expect(back.paymentsCursor?.cursor.hasMore).toBe(true);
    const query = JSON.stringify({ $match: { id: made[0] } });
    const found = await desk.sdk.payments.v1.listPayments({ query });
    expect(found.paymentsCursor?.cursor.data.map(({ id }) => id)).toEqual([made[0]]);
  });

  it('shows nothing that it does not know, whatever v3 recorded', async () => {
    const statuses = [
      'UNKNOWN',
      'REFUND_REVERSED',
      'AUTHORISATION',
      'CAPTURE',
      'CAPTURE_FAILED',
      'AMOUNT_ADJUSTEMENT',
      'DISPUTE_LOST',
      'REFUNDED_FAILURE',
    ] as const;
    for (const status of statuses) {
      const { createdAt, ...sent } = request();
      const at = createdAt.toISOString();
      const adjustments = [{ reference: 'a', createdAt: at, status, amount: 100, asset: 'USD/2' }];
      const body = {
        ...sent,
        amount: 100,
        createdAt: at,
        type: 'UNKNOWN',
        scheme: 'NEW',
        adjustments,
      };
      const { body: made } = await desk.wire.post('/v3/payments', body);
      await desk.sdk.payments.v1.getPayment({ paymentId: made.data.id });
      await desk.sdk.payments.v3.getPayment({ paymentID: made.data.id });
    }
    await desk.sdk.payments.v1.listPayments({ pageSize: 100 });
    await desk.sdk.payments.v3.listPayments({ pageSize: 100 });
  });

  it('raises errors that can be told apart', async () => {
    const { v1 } = desk.sdk.payments;
    expect(await refusal(v1.createPayment({ ...request(), asset: 'XYZ' }))).toEqual([
      'PaymentsErrorResponse',
      400,
      'VALIDATION',
    ]);
    expect(await refusal(v1.getPayment({ paymentId: 'none' }))).toEqual([
      'PaymentsErrorResponse',
      400,
      'INVALID_ID',
    ]);
    const stranger = await desk.stage.merchant('Stranger');
    const { client_id: clientID, client_secret: clientSecret } = (
      stranger.organization as MadeOrganization
    ).environments[0]!.formance_client;
    const other = new SDK({
      serverURL: desk.stage.context.publicUrl,
      security: { clientID, clientSecret },
    });
    const { paymentResponse } = await v1.createPayment(request());
    expect(
      await refusal(other.payments.v1.getPayment({ paymentId: paymentResponse!.data.id })),
    ).toEqual(['PaymentsErrorResponse', 404, 'NOT_FOUND']);
    const wrong = new SDK({
      serverURL: desk.stage.context.publicUrl,
      security: { clientID, clientSecret: 'x' },
    });
    const [, status] = await refusal(wrong.payments.v1.listPayments({}));
    expect([0, 401]).toContain(status);
  });

  it('raises an error with its status for a token that is none', async () => {
    const bare = new SDK({ serverURL: desk.stage.context.publicUrl });
    const headers = { Authorization: 'Bearer none' };
    const call = bare.payments.v1.listPayments({}, { headers });
    expect(await refusal(call)).toEqual(['SDKError', 401, '']);
  });
});

describe('v3', () => {
  it('records, reads, lists and labels a payment with its adjustments', async () => {
    const { scheme: _, status: __, ...sent } = request();
    const at = (day: number) => new Date(Date.UTC(2023, 10, day));
    const { v3CreatePaymentResponse: made } = await desk.sdk.payments.v3.createPayment({
      ...sent,
      initialAmount: 1340n,
      amount: 1340n,
      asset: 'USD/2',
      scheme: 'CARD_VISA',
      adjustments: [
        { reference: 'a', createdAt: at(7), status: 'SUCCEEDED', amount: 1340n, asset: 'USD/2' },
        { reference: 'b', createdAt: at(8), status: 'REFUNDED', amount: 55n, asset: 'USD/2' },
      ],
    });
    const payment = made!.data;
    expect(payment).toMatchObject({ amount: 1285n, initialAmount: 1340n, status: 'REFUNDED' });
    await desk.sdk.payments.v3.updatePaymentMetadata({
      paymentID: payment.id,
      v3UpdatePaymentMetadataRequest: { metadata: { order: '7' } },
    });
    const read = await desk.sdk.payments.v3.getPayment({ paymentID: payment.id });
    expect(read.v3GetPaymentResponse?.data.metadata).toEqual({ order: '7' });
    const listed = await desk.sdk.payments.v3.listPayments({
      query: { $match: { 'metadata[order]': '7' } },
      pageSize: 5,
    });
    const ids = listed.v3PaymentsCursorResponse?.cursor.data.map(({ id }) => id);
    expect(ids).toContain(payment.id);
  });

  it('keeps every digit of an amount on the wire', async () => {
    const { createdAt, ...sent } = request();
    const body = JSON.stringify({ ...sent, amount: 'X', createdAt: createdAt.toISOString() });
    const { text } = await desk.wire.post('/payments', body.replace('"X"', '9007199254740993'));
    expect(text).toContain('9007199254740993');
  });

  it('has no orders, no conversions and no links to banks', async () => {
    const { v3 } = desk.sdk.payments;
    expect((await v3.listOrders({})).v3OrdersCursorResponse?.cursor.data).toEqual([]);
    expect((await v3.listConversions({})).v3ConversionsCursorResponse?.cursor.data).toEqual([]);
    const object = {
      ConnectorID: JSON.parse(Buffer.from(desk.connectorID, 'base64url').toString()),
      Reference: 'x',
    };
    const id = Buffer.from(JSON.stringify(object)).toString('base64url');
    const gone = ['V3ErrorResponse', 404, 'NOT_FOUND'];
    expect(await refusal(v3.getOrder({ orderID: id }))).toEqual(gone);
    expect(await refusal(v3.getConversion({ conversionID: id }))).toEqual(gone);
    const at = { paymentServiceUserID: crypto.randomUUID(), connectorID: desk.connectorID };
    const unsupported = ['V3ErrorResponse', 400, 'CONNECTOR_CAPABILITY_NOT_SUPPORTED'];
    expect(
      await refusal(
        v3.createLinkForPaymentServiceUser({
          ...at,
          v3PaymentServiceUserCreateLinkRequest: { clientRedirectURL: 'https://shop.example' },
        }),
      ),
    ).toEqual(unsupported);
    expect(await refusal(v3.forwardPaymentServiceUserToProvider(at))).toEqual(unsupported);
    const link = { ...at, connectionID: 'x' };
    expect(
      await refusal(
        v3.updateLinkForPaymentServiceUserOnConnector({
          ...link,
          v3PaymentServiceUserUpdateLinkRequest: { clientRedirectURL: 'https://shop.example' },
        }),
      ),
    ).toEqual(unsupported);
    expect(
      await refusal(v3.getPaymentServiceUserLinkAttemptFromConnectorID({ ...at, attemptID: 'x' })),
    ).toEqual(gone);
    expect(await refusal(v3.deletePaymentServiceUserConnector(at))).toEqual(gone);
    expect(await refusal(v3.deletePaymentServiceUserConnectionFromConnectorID(link))).toEqual(gone);
  });
});
