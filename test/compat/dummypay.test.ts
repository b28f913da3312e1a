// DUMMY-PAY through Formance's own SDK: what it pays out and transfers settles, and what it lists is what it did.
import { SDK } from '@formance/formance-sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MadeOrganization } from '../house-server.ts';
import { type Merchant, openStage, type Stage } from '../stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

interface Shop {
  readonly connectorID: string;
  payments(): SDK['payments'];
}

async function openShop(): Promise<Shop> {
  const merchant: Merchant = await stage.merchant();
  const [sandbox] = (merchant.organization as MadeOrganization).environments;
  const { client_id: clientID, client_secret: clientSecret } = sandbox!.formance_client;
  const payments = () =>
    new SDK({ serverURL: stage.context.publicUrl, security: { clientID, clientSecret } }).payments;
  const { connectorResponse } = await payments().v1.installConnector({
    connector: 'DUMMY-PAY',
    connectorConfig: { provider: 'Dummypay', name: 'dummy', directory: '/tmp/none' },
  });
  return { connectorID: connectorResponse?.data.connectorID ?? '', payments };
}

const polled = () => stage.later(31 * 60_000);

function accountAt({ connectorID }: Shop, reference: string): string {
  const ConnectorID = JSON.parse(Buffer.from(connectorID, 'base64url').toString());
  return Buffer.from(JSON.stringify({ ConnectorID, Reference: reference })).toString('base64url');
}

let numbers = 0;
async function send(shop: Shop, type: 'PAYOUT' | 'TRANSFER', to: string, amount: bigint) {
  const { transferInitiationResponse } = await shop.payments().v1.createTransferInitiation({
    reference: `out-${++numbers}`,
    scheduledAt: new Date(0),
    description: 'x',
    sourceAccountID: accountAt(shop, 'main'),
    destinationAccountID: accountAt(shop, to),
    connectorID: shop.connectorID,
    type,
    amount,
    asset: 'ZAR/2',
    validated: true,
    metadata: {},
  });
  return transferInitiationResponse!.data.id;
}

const statusOf = async (shop: Shop, transferId: string) => {
  const { v1 } = shop.payments();
  const { transferInitiationResponse } = await v1.getTransferInitiation({ transferId });
  return transferInitiationResponse?.data.status;
};
const settled = (shop: Shop, id: string) =>
  expect.poll(
    async () => {
      await stage.later(20_000);
      return statusOf(shop, id);
    },
    { timeout: 20_000 },
  );

async function balanceOf(shop: Shop, reference: string, asset = 'ZAR/2') {
  const accountID = accountAt(shop, reference);
  const { v3BalancesCursorResponse } = await shop.payments().v3.getAccountBalances({ accountID });
  return v3BalancesCursorResponse?.cursor.data.find((one) => one.asset === asset)?.balance;
}

describe('DUMMY-PAY', () => {
  it('can do what Formance says of it', async () => {
    const { connectorID, payments } = await openShop();
    const { v3ConnectorCapabilityResponse } = await payments().v3.getConnectorCapabilities({
      connectorID,
    });
    expect([...(v3ConnectorCapabilityResponse?.data ?? [])].sort()).toEqual([
      'ALLOW_FORMANCE_ACCOUNT_CREATION',
      'ALLOW_FORMANCE_PAYMENT_CREATION',
      'CREATE_PAYOUT',
      'CREATE_TRANSFER',
      'FETCH_ACCOUNTS',
      'FETCH_BALANCES',
      'FETCH_EXTERNAL_ACCOUNTS',
      'FETCH_PAYMENTS',
    ]);
  });

  it('settles payouts and transfers, and has them in its books once', async () => {
    const shop = await openShop();
    const paid = await send(shop, 'PAYOUT', 'ada', 700n);
    const moved = await send(shop, 'TRANSFER', 'savings', 50n);
    const failed = await send(shop, 'PAYOUT', 'ada-fails', 9n);
    await settled(shop, paid).toBe('PROCESSED');
    await settled(shop, moved).toBe('PROCESSED');
    await settled(shop, failed).toBe('FAILED');
    await polled();
    await polled();
    const { v3 } = shop.payments();
    const { v3AccountsCursorResponse } = await v3.listAccounts({});
    const accounts = v3AccountsCursorResponse!.cursor.data;
    expect(accounts.map(({ reference, type }) => `${type} ${reference}`).sort()).toEqual([
      'EXTERNAL ada',
      'EXTERNAL ada-fails',
      'INTERNAL main',
      'INTERNAL savings',
    ]);
    expect(await balanceOf(shop, 'main')).toBe(100_000_000n - 750n);
    expect(await balanceOf(shop, 'savings')).toBe(50n);
    const { v3PaymentsCursorResponse } = await v3.listPayments({});
    const listed = v3PaymentsCursorResponse!.cursor.data;
    expect(listed.map(({ type, status, amount }) => `${type} ${status} ${amount}`).sort()).toEqual([
      'PAYOUT FAILED 9',
      'PAYOUT SUCCEEDED 700',
      'TRANSFER SUCCEEDED 50',
    ]);
  });

  it('pays no more than there is', async () => {
    const shop = await openShop();
    const id = await send(shop, 'PAYOUT', 'ada', 100_000_001n);
    expect(await statusOf(shop, id)).toBe('FAILED');
  });

  it('keeps the books of two connectors apart, whatever their directory', async () => {
    const [one, other] = [await openShop(), await openShop()];
    await settled(one, await send(one, 'PAYOUT', 'ada', 700n)).toBe('PROCESSED');
    await polled();
    const { v3AccountsCursorResponse } = await other.payments().v3.listAccounts({});
    expect(v3AccountsCursorResponse!.cursor.data.map(({ reference }) => reference)).toEqual([
      'main',
    ]);
  });
});
