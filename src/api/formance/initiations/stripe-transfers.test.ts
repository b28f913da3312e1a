// Transfers to connected accounts of Stripe and their reversals, through Formance's SDK.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LedgerClient, ledgerClient } from '../../../../test/ledger-client.ts';
import { type Merchant, openStage, type Stage } from '../../../../test/stage.ts';

let stage: Stage;
let merchant: Merchant;
let ledger: LedgerClient;
let connection: string;
let shop: string;
beforeAll(async () => {
  stage = await openStage();
  merchant = await stage.merchant();
  connection = await merchant.connect('stripe');
  ledger = await ledgerClient(stage, merchant);
  shop = (await atStripe('accounts', { type: 'express', country: 'US' })).id;
  // A card whose money is available at once.
  await atStripe('payment_intents', {
    amount: '100000',
    currency: 'usd',
    confirm: 'true',
    return_url: 'https://shop.example/r',
    payment_method: 'pm_card_bypassPending',
  });
});
afterAll(() => stage?.close());

async function atStripe(path: string, form: Record<string, string>) {
  const reply = await fetch(`${stage.pspUrl}/simulators/stripe/v1/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${merchant.secretKeyOf(connection)}` },
    body: new URLSearchParams(form),
  });
  expect(reply.status).toBe(200);
  return (await reply.json()) as { id: string };
}

const v1 = () => ledger.sdk.payments.v1;
const connectorID = () => ledger.connectorId(connection, 'stripe');
const accountId = (reference: string) => {
  const connector = JSON.parse(Buffer.from(connectorID(), 'base64url').toString());
  const id = { ConnectorID: connector, Reference: reference };
  return Buffer.from(JSON.stringify(id)).toString('base64url');
};
const shownOf = async (transferId: string) =>
  (await v1().getTransferInitiation({ transferId })).transferInitiationResponse!.data;
const booked = () => stage.simulators.books('stripe', merchant.secretKeyOf(connection)).totals.USD!;

async function begin(reference: string, destination: string, metadata = {}) {
  const made = await v1().createTransferInitiation({
    reference,
    scheduledAt: new Date(0),
    description: 'Share of the week',
    sourceAccountID: '',
    destinationAccountID: accountId(destination),
    connectorID: connectorID(),
    type: 'TRANSFER',
    amount: 8_000n,
    asset: 'USD/2',
    validated: true,
    metadata,
  });
  return made.transferInitiationResponse!.data;
}

async function settled(id: string) {
  await stage.later(60_000);
  return shownOf(id);
}

const reverse = (transferId: string, amount: bigint, reference: string) =>
  v1().reverseTransferInitiation({
    transferId,
    reverseTransferInitiationRequest: {
      reference,
      description: 'Too much',
      amount,
      asset: 'USD/2',
      metadata: null,
    },
  });

it('is made once, and called back no further than it went', async () => {
  const made = await begin('week-1', shop);
  expect(made.status).toBe('PROCESSED');
  expect(booked()).toMatchObject({ paid_out: '8000', refunded: '0' });
  const [related] = (await shownOf(made.id)).relatedPayments!;
  const { paymentResponse } = await v1().getPayment({ paymentId: related!.paymentID });
  expect(paymentResponse!.data).toMatchObject({
    type: 'TRANSFER',
    status: 'SUCCEEDED',
    destinationAccountID: accountId(shop),
  });
  const results = await Promise.allSettled(
    Array.from({ length: 6 }, (_, index) => reverse(made.id, 3_000n, `back-${index}`)),
  );
  expect(results.map(({ status }) => status)).toContain('fulfilled');
  let rest = 0;
  while ((await reverse(made.id, 1_000n, `rest-${++rest}`).catch(() => null)) !== null);
  expect(booked()).toMatchObject({ paid_out: '8000', refunded: '8000' });
  expect((await shownOf(made.id)).status).toBe('REVERSED');
});

it('of which the reply was lost is not made again', async () => {
  const before = Number(booked().paid_out);
  const made = await begin('week-2', shop, { simulate: 'payout.reply_lost' });
  expect(made.status).toBe('PROCESSING');
  expect((await settled(made.id)).status).toBe('PROCESSED');
  expect(Number(booked().paid_out) - before).toBe(8_000);
});

it('to an account that is not connected fails', async () => {
  expect((await begin('week-3', 'acct_1stranger')).status).toBe('FAILED');
});
