// This server as a generic PSP: its six routes, one payout for one key, and what it refuses.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectorRef, encodeConnector, encodeObject } from '../../src/domain/ledger/ids.ts';
import { type LedgerClient, ledgerClient } from '../ledger-client.ts';
import { paystackRecipient } from '../paystack-recipient.ts';
import { type Merchant, openStage, type Stage } from '../stage.ts';

let stage: Stage;
let merchant: Merchant;
let ledger: LedgerClient;
let bank: string;
let recipient: string;
beforeAll(async () => {
  stage = await openStage();
  merchant = await stage.merchant();
  bank = await merchant.connect('paystack');
  ledger = await ledgerClient(stage, merchant);
  recipient = await paystackRecipient(stage, merchant, bank);
});
afterAll(() => stage?.close());

const account = (reference: string, id = bank, provider = 'paystack') =>
  encodeObject({ connector: connectorRef({ id, provider }), reference });

async function ask(method: 'GET' | 'POST', path: string, json?: object, key = merchant.key) {
  const reply = await stage.app.inject({
    method,
    url: `/generic${path}`,
    headers: { authorization: `Bearer ${key}` },
    ...(json ? { payload: json } : {}),
  });
  return { status: reply.statusCode, body: reply.json() };
}

const body = (idempotencyKey: string, more: object = {}) => ({
  idempotencyKey,
  amount: '8000',
  currency: 'ZAR/2',
  sourceAccountId: account('main'),
  destinationAccountId: account(recipient),
  metadata: { month: 'May' },
  ...more,
});
const paid = () =>
  Object.keys(stage.simulators.books('paystack', merchant.secretKeyOf(bank)).references).length;
const transactions = async (query = '') => (await ask('GET', `/transactions${query}`)).body;

describe('a payout', () => {
  it('is made once for one key, however many ask at once', async () => {
    const replies = await Promise.all(
      Array.from({ length: 6 }, () => ask('POST', '/payouts', body('key-1'))),
    );
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(replies.map((one) => one.body.id)).size).toBe(1);
    expect(paid()).toBe(1);
    expect(replies[0]?.body).toMatchObject({ ...body('key-1'), status: 'PENDING' });
  });

  it('of another content under the same key is refused, and nothing is paid', async () => {
    const { status, body: said } = await ask('POST', '/payouts', body('key-1', { amount: '8001' }));
    expect([status, said.Title]).toEqual([422, 'idempotency_key_reused']);
    expect((await ask('POST', '/transfers', body('key-1'))).status).toBe(422);
    expect(paid()).toBe(1);
  });

  it('that failed stays failed, because the caller was told so', async () => {
    const asked = body('key-3', { destinationAccountId: account('RCP_nobody') });
    expect((await ask('POST', '/payouts', asked)).body.status).toBe('FAILED');
    const path = `/transfer-initiations/${account('key-3')}`;
    expect((await ledger.send('GET', path)).body.data.status).toBe('FAILED');
    expect((await ledger.send('POST', `${path}/retry`)).status).toBe(400);
    expect((await ask('POST', '/payouts', asked)).body.status).toBe('FAILED');
    expect(paid()).toBe(1);
  });

  it('is a transaction from its last change on, under the same id', async () => {
    const [row] = (await transactions()).filter((one: { id: string }) => one.id.startsWith('po_'));
    expect(row).toMatchObject({
      type: 'PAYOUT',
      amount: '8000',
      currency: 'ZAR/2',
      sourceAccountID: account('main'),
      destinationAccountID: account(recipient),
      metadata: { month: 'May' },
    });
    expect((await transactions(`?updatedAtFrom=${row.updatedAt}`))[0]).toEqual(row);
    expect(await transactions('?updatedAtFrom=2999-01-01T00:00:00Z')).toEqual([]);
    expect(await transactions('?page=2')).toEqual([]);
  });

  it.each([
    ['amount', '0'],
    ['amount', '-5'],
    ['amount', '1.5'],
    ['amount', '9999999999999999999'],
    ['currency', 'ZAR/4'],
    ['currency', 'nothing'],
    ['sourceAccountId', 'main'],
    ['sourceAccountId', account('main', 'con_of_somebody_else')],
    ['destinationAccountId', account('main', 'con_of_somebody_else')],
    ['idempotencyKey', ''],
  ])('with %s %j is refused, by its name', async (field, value) => {
    const reply = await ask('POST', '/payouts', body('key-bad', { [field]: value }));
    expect(reply.status).toBe(400);
    expect(reply.body.Detail).toContain(field);
    expect(paid()).toBe(1);
  });
});

describe('accounts', () => {
  it('and beneficiaries are listed from a time on', async () => {
    const { v3InstallConnectorResponse } = await ledger.sdk.payments.v3.installConnector({
      connector: 'dummypay',
      v3ConnectorConfig: { provider: 'Dummypay', name: 'books', directory: '/' },
    });
    const connectorID = v3InstallConnectorResponse?.data ?? '';
    expect(connectorID).not.toBe(encodeConnector(connectorRef({ id: bank, provider: 'paystack' })));
    for (const type of ['INTERNAL', 'EXTERNAL'] as const)
      await ledger.sdk.payments.v3.createAccount({
        reference: `acc-${type}`,
        connectorID,
        createdAt: new Date('2024-01-01T00:00:00Z'),
        accountName: type,
        type,
        metadata: { a: 'b' },
      });
    const { body: accounts } = await ask('GET', '/accounts');
    expect(accounts).toMatchObject([{ accountName: 'INTERNAL', metadata: { a: 'b' } }]);
    expect((await ask('GET', '/beneficiaries')).body).toMatchObject([{ ownerName: 'EXTERNAL' }]);
    expect((await ask('GET', '/accounts?createdAtFrom=2025-01-01T00:00:00Z')).body).toEqual([]);
    const { body: balances } = await ask('GET', `/accounts/${accounts[0].id}/balances`);
    expect(balances).toMatchObject({ accountID: accounts[0].id, balances: [] });
    expect((await ask('GET', `/accounts/${account('none')}/balances`)).status).toBe(404);
  });

  it.each(['?page=0', '?pageSize=0', '?page=9999999', '?createdAtFrom=yesterday', '?page=x'])(
    'are refused with %s',
    async (query) => expect((await ask('GET', `/accounts${query}`)).status).toBe(400),
  );
});

describe('another merchant', () => {
  it('sees nothing of it, and cannot pay from it', async () => {
    const other = await stage.merchant('Other');
    expect((await ask('GET', '/transactions', undefined, other.key)).body).toEqual([]);
    expect((await ask('GET', '/accounts', undefined, other.key)).body).toEqual([]);
    expect((await ask('POST', '/payouts', body('key-2'), other.key)).status).toBe(400);
    const { status, body: said } = await ask('GET', '/accounts', undefined, 'nobody');
    expect([status, Object.keys(said)]).toEqual([401, ['Title', 'Detail']]);
  });
});
