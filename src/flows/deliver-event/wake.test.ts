// The write that makes an event due wakes the worker, whoever writes: here no worker ever looks by itself.
// Mutations: leave db.announce out of one of the statements (store/payments.ts, store/recordings.ts,
// store/delivery-changes.ts); forget what was announced within a transaction (store/db.ts).
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MerchantEndpoint, openEndpoint } from '../../../test/endpoint.ts';
import { ledgerClient } from '../../../test/ledger-client.ts';
import { type Merchant, openStage, type Stage } from '../../../test/stage.ts';
import { findEnvironment } from '../../store/environments.ts';
import { startWorker, type Worker } from '../../work/worker.ts';
import { createPayout } from '../payout/index.ts';
import { queues } from '../sync/work-due.ts';

const NEVER_MS = 2 ** 31 - 1;
const PAY = { amount: 5_000, currency: 'GHS', country: 'GH', method: 'card' };

let stage: Stage;
let worker: Worker;
let merchant: Merchant;
let connection: string;
let endpoint: MerchantEndpoint;

beforeAll(async () => {
  stage = await openStage({ wake: (queue) => worker?.wake(queue) });
  const woken = queues.filter(({ name }) => name === 'deliveries' || name === 'webhooks');
  worker = startWorker(stage.context, woken, NEVER_MS);
});
afterAll(async () => {
  await worker?.stop();
  await stage?.close();
});
beforeEach(async () => {
  endpoint = await openEndpoint();
  merchant = await stage.merchant();
  connection = await merchant.connect('paystack');
  await merchant.send('POST', '/webhooks/config', { url: endpoint.url });
  return () => endpoint.close();
});

const heard = () => endpoint.received.map(({ body }) => [body.type, body.data.status]);
const arrives = (type: string, status: string) =>
  expect.poll(heard, { timeout: 10_000 }).toContainEqual([type, status]);

/** As Paystack sends it. */
async function webhook(event: string, data: object): Promise<void> {
  const payload = JSON.stringify({ event, data });
  const secret = merchant.secretKeyOf(connection);
  const signature = createHmac('sha512', secret).update(payload).digest('hex');
  const headers = { 'content-type': 'application/json', 'x-paystack-signature': signature };
  const url = `/v1/webhooks/incoming/paystack/${connection}`;
  const reply = await stage.app.inject({ method: 'POST', url, headers, payload });
  expect(reply.statusCode).toBe(200);
}

describe('the first event leaves at once', () => {
  it('of a payment, and so do those of its success and its dispute', async () => {
    const { body } = await merchant.send('POST', '/payments/intents', PAY);
    await arrives('payment.created', 'pending');
    const transaction = {
      id: 1,
      status: 'success',
      reference: body.provider_ref_id,
      amount: 5_000,
      currency: 'GHS',
    };
    await webhook('charge.success', transaction);
    await arrives('payment.succeeded', 'succeeded');
    await webhook('charge.dispute.create', {
      id: 2,
      status: 'awaiting-merchant-feedback',
      currency: 'GHS',
      refund_amount: 5_000,
      transaction,
    });
    await expect
      .poll(() => heard().map(([, status]) => status), { timeout: 10_000 })
      .toContain('disputed');
  });

  it('of a payout, which is begun in a transaction', async () => {
    const environmentId = merchant.organization.environments[0]!.id;
    const environment = await findEnvironment(stage.context.db, environmentId);
    await createPayout(stage.context, environment!, {
      type: 'payout',
      connectionId: connection,
      amountMinor: 8_000n,
      currency: 'ZAR',
      beneficiary: {
        type: 'bank',
        name: 'Tunde Bello',
        accountNumber: '62000000001',
        bankCode: '632005',
      },
      beneficiaryId: null,
      sourceAccount: null,
      destinationAccount: null,
      reference: null,
      asset: null,
      narration: 'Invoice 7',
      metadata: {},
      scheduledAtMs: null,
      needsApproval: true,
      createdBy: 'maker',
      source: 'test',
    });
    await expect
      .poll(() => heard().map(([type]) => type), { timeout: 10_000 })
      .toContain('payout.created');
  });

  it('of a recorded payment', async () => {
    const ledger = await ledgerClient(stage, merchant);
    const { status } = await ledger.send('POST', '/payments', {
      reference: 'recorded-1',
      connectorID: ledger.connectorId(connection, 'paystack'),
      createdAt: '2026-01-31T10:00:00Z',
      amount: 12_345,
      type: 'PAY-IN',
      status: 'SUCCEEDED',
      scheme: 'visa',
      asset: 'GHS/2',
    });
    expect(status).toBe(200);
    await arrives('payment.created', 'succeeded');
  });

  it('again when it is sent again', async () => {
    await merchant.send('POST', '/payments/intents', PAY);
    await arrives('payment.created', 'pending');
    const created = () => endpoint.received.filter(({ body }) => body.type === 'payment.created');
    const id = created()[0]?.body.delivery_id;
    const recorded = () => merchant.send('GET', `/webhooks/outbound/${id}`);
    await expect.poll(async () => (await recorded()).body.status).toBe('succeeded');
    await merchant.send('POST', `/webhooks/dashboard/deliveries/${id}/retry`);
    await expect.poll(() => created().length, { timeout: 10_000 }).toBe(2);
  });
});
