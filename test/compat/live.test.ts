// A payment made through the Reevit API in the ledger: each attempt is a payment there, each change an adjustment.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FormanceClient } from '../formance-client.ts';
import type { MadeOrganization } from '../house-server.ts';
import { type Merchant, openStage, type Stage } from '../stage.ts';

let stage: Stage;
let merchant: Merchant;
let ledger: FormanceClient;

beforeAll(async () => {
  stage = await openStage();
  merchant = await stage.merchant();
  ledger = await FormanceClient.of(stage.app, merchant.organization as MadeOrganization);
});
afterAll(() => stage?.close());

async function pay(more: Record<string, unknown> = {}) {
  const { body } = await merchant.send('POST', '/payments/intents', {
    amount: 5000,
    currency: 'GHS',
    country: 'GH',
    method: 'card',
    customer_id: 'ama@example.com',
    return_url: 'https://shop.example/back',
    ...more,
  });
  return body;
}

interface Shown {
  readonly id: string;
  readonly status: string;
  readonly amount: number;
  readonly initialAmount: number;
  readonly provider: string;
  readonly metadata: Record<string, string>;
  readonly adjustments: readonly { readonly status: string; readonly amount: number }[];
}

async function payments(): Promise<Shown[]> {
  return (await ledger.get('/v3/payments', { sort: 'createdAt:asc' })).body.cursor.data;
}

const told = ({ adjustments }: Shown) =>
  adjustments.map(({ status, amount }) => [status, amount]).reverse();

describe('an intent that is declined at one PSP and taken by another', () => {
  it('is two payments, FAILED and SUCCEEDED, and its refunds are adjustments', async () => {
    const options = { capabilities: { methods: ['card'], countries: ['GH'] } };
    const paystack = await merchant.connect('paystack', options);
    await merchant.connect('stripe', options);
    await merchant.send('POST', '/routing-rules', {
      name: 'first',
      countries: ['GH'],
      methods: ['card'],
      connection_id: paystack,
      priority: 100,
      fallback_to_default: true,
    });
    const payment = await pay({
      metadata: { simulate: 'paystack=decline:do_not_honor', order: 7 },
    });
    expect(payment.route).toHaveLength(2);
    const [failed, open] = await payments();
    expect([failed?.provider, failed?.status, told(failed!)]).toEqual([
      'paystack',
      'FAILED',
      [
        ['PENDING', 5000],
        ['FAILED', 5000],
      ],
    ]);
    expect([open?.provider, open?.status, told(open!)]).toEqual([
      'stripe',
      'PENDING',
      [['PENDING', 5000]],
    ]);
    expect(open?.metadata.order).toBe('7');

    const page = payment.next_action.url as string;
    await fetch(page, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'outcome=success',
    });
    await stage.later(60_000);
    const refund = (amount: number) =>
      merchant.send('POST', `/payments/${payment.id}/refund`, { amount });
    expect((await refund(1200)).status).toBe(201);
    expect((await refund(300)).status).toBe(201);
    await stage.later(60_000);
    const [, paid] = await payments();
    expect(paid).toMatchObject({ status: 'REFUNDED', initialAmount: 5000, amount: 3500 });
    expect(told(paid!)).toEqual([
      ['PENDING', 5000],
      ['SUCCEEDED', 5000],
      ['REFUNDED', 1200],
      ['REFUNDED', 300],
    ]);
    const { data } = (await ledger.get(`/payments/${paid?.id}`)).body;
    expect(data).toMatchObject({
      id: paid?.id,
      status: 'REFUNDED',
      provider: 'STRIPE',
      asset: 'GHS/2',
    });
    expect(new Set(data.adjustments.map((one: { reference: string }) => one.reference)).size).toBe(
      3,
    );
  });

  it('is told about through the ledger, and believes nothing of it', async () => {
    const [failed] = await payments();
    const { data } = (await ledger.get(`/payments/${failed?.id}`)).body;
    const { status, body } = await ledger.post('/payments', {
      reference: data.reference,
      connectorID: data.connectorID,
      createdAt: '2023-11-07T05:31:56Z',
      amount: 5000,
      type: 'PAY-IN',
      status: 'SUCCEEDED',
      scheme: 'unknown',
      asset: 'GHS',
    });
    expect([status, body.data.status, body.data.id]).toEqual([200, 'FAILED', failed?.id]);
  });
});
