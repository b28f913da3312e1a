// Accounts, balances, bank accounts, pools and users by the unmodified SDK.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LedgerClient, ledgerClient } from '../../../../test/ledger-client.ts';
import { type Merchant, openStage, type Stage } from '../../../../test/stage.ts';
import { tablesWith } from '../../../../test/stored-text.ts';
import type { Statement } from '../../../store/db.ts';

let stage: Stage;
let merchant: Merchant;
let ledger: LedgerClient;
let other: LedgerClient;
let paystack: string;
let paystackID: string;
let genericID: string;
beforeAll(async () => {
  stage = await openStage();
  merchant = await stage.merchant();
  paystack = await merchant.connect('paystack');
  ledger = await ledgerClient(stage, merchant);
  other = await ledgerClient(stage, await stage.merchant('Other'));
  paystackID = ledger.connectorId(paystack, 'paystack');
  genericID = ledger.connectorId('generic_1', 'generic');
  const text = `
INSERT INTO connections SELECT (jsonb_populate_record(null::connections, to_jsonb(c) || '{"id": "generic_1",
  "provider": "generic", "webhook_token": "generic_1", "capabilities": {}, "routing_hints": {},
  "fee_structure": {}}')).* FROM connections c WHERE c.id = $1`;
  await run({ name: 'test_generic', text }, [paystack]);
  await run(
    { name: 'test_version', text: 'UPDATE environments SET config_version = config_version + 1' },
    [],
  );
});
afterAll(() => stage?.close());

const run = (statement: Statement, values: unknown[]) => stage.context.db.run(statement, values);
const v1 = () => ledger.sdk.payments.v1;
const v3 = () => ledger.sdk.payments.v3;
const CREATED = new Date('2026-01-05T10:00:00Z');

async function account(reference: string, type: 'INTERNAL' | 'EXTERNAL' = 'INTERNAL', more = {}) {
  const { accountResponse } = await v1().createAccount({
    reference,
    connectorID: genericID,
    createdAt: CREATED,
    type,
    defaultAsset: 'USD/2',
    accountName: `Account ${reference}`,
    metadata: { team: 'blue' },
    ...more,
  });
  return accountResponse!.data;
}

async function balance(reference: string, asset: string, amount: bigint, at: string) {
  const text = `
INSERT INTO account_balances (environment_id, connection_id, account_reference, unit, asset, balance, created_at, last_updated_at)
VALUES ($1, 'generic_1', $2, $3, $4, $5, $6, $6)`;
  const unit = asset.replace(/^USD\/2$/, 'USD');
  const environment = merchant.organization.environments[0]!.id;
  await run({ name: 'test_balance', text }, [environment, reference, unit, asset, amount, at]);
}

describe('an account', () => {
  it('is created once, shown, listed and found by query', async () => {
    const made = await account('acc_1');
    expect(made).toMatchObject({
      reference: 'acc_1',
      connectorID: genericID,
      provider: 'GENERIC',
      defaultAsset: 'USD/2',
      defaultCurrency: 'USD/2',
      accountName: 'Account acc_1',
      type: 'INTERNAL',
      metadata: { team: 'blue' },
    });
    expect(await account('acc_1', 'EXTERNAL')).toEqual(made);
    const got = await v1().getAccountPayments({ accountId: made.id });
    expect(got.accountResponse!.data).toEqual(made);
    const v3Got = await v3().getAccount({ accountID: made.id });
    expect(v3Got.v3GetAccountResponse!.data).toMatchObject({ id: made.id, name: 'Account acc_1' });
    const outside = await account('acc_2', 'EXTERNAL', { defaultAsset: undefined });
    const found = await v3().listAccounts({
      query: { $and: [{ $match: { type: 'EXTERNAL' } }, { $match: { 'metadata[team]': 'blue' } }] },
    });
    expect(found.v3AccountsCursorResponse!.cursor.data.map(({ id }) => id)).toEqual([outside.id]);
    const byId = JSON.stringify({ $match: { id: made.id } });
    const one = await v1().listAccountsPayments({ query: byId });
    expect(one.accountsCursor!.cursor.data).toHaveLength(1);
    const byAsset = JSON.stringify({ $match: { default_asset: 'USD' } });
    expect(
      (await v1().listAccountsPayments({ query: byAsset })).accountsCursor!.cursor.data,
    ).toHaveLength(1);
  });

  it('is refused where the provider has accounts of its own, and for wrong fields', async () => {
    await expect(
      v1().createAccount({
        reference: 'x',
        connectorID: paystackID,
        createdAt: CREATED,
        type: 'INTERNAL',
        defaultAsset: 'USD',
        accountName: 'x',
        metadata: null,
      }),
    ).rejects.toMatchObject({ errorCode: 'CONNECTOR_CAPABILITY_NOT_SUPPORTED' });
    const body = {
      reference: 'acc_9',
      connectorID: genericID,
      createdAt: CREATED,
      type: 'INTERNAL',
    };
    for (const [more, field] of [
      [{ reference: '' }, 'Reference'],
      [{ type: 'UNKNOWN' }, 'Type'],
      [{ createdAt: '2099-01-01T00:00:00Z' }, 'CreatedAt'],
      [{ defaultAsset: 'XXX/' }, 'DefaultAsset'],
      [{ connectorID: 'nope' }, 'ConnectorID'],
      [{ metadata: { a: 1 } }, 'Metadata'],
    ] as const) {
      const { status, body: refusal } = await ledger.send('POST', '/accounts', {
        ...body,
        ...more,
      });
      expect([status, refusal.errorCode]).toEqual([400, 'VALIDATION']);
      expect(refusal.errorMessage).toContain(field);
    }
  });

  it('is nothing to another organization', async () => {
    const { id } = await account('acc_1');
    expect((await other.send('GET', `/accounts/${id}`)).status).toBe(404);
    expect((await other.send('GET', `/v3/accounts/${id}/balances`)).status).toBe(404);
    expect((await ledger.send('GET', '/accounts/none')).body.errorCode).toBe('INVALID_ID');
    expect((await ledger.send('GET', '/accounts?pageSize=x')).status).toBe(400);
    expect((await ledger.send('GET', '/accounts?cursor=x')).status).toBe(400);
  });

  it('shows the history of its balances, page after page, by asset and time', async () => {
    const { id } = await account('acc_b');
    await balance('acc_b', 'USD/2', 100n, '2026-02-01T00:00:00Z');
    await balance('acc_b', 'USD/2', 9_007_199_254_740_993n, '2026-03-01T00:00:00Z');
    await balance('acc_b', 'COIN', -5n, '2026-03-02T00:00:00Z');
    const first = (await v1().getAccountBalances({ accountId: id, pageSize: 2 })).balancesCursor!;
    expect(first.cursor.data.map((one) => one.asset)).toEqual(['COIN', 'USD/2']);
    // The SDK rounds what is beyond 2^53; the wire does not.
    for (const [query, field] of [
      ['from=2026', 'from'],
      ['to=x', 'to'],
      ['asset=USD&asset=EUR', 'asset'],
    ])
      expect((await ledger.send('GET', `/accounts/${id}/balances?${query}`)).body).toEqual({
        errorCode: 'VALIDATION',
        errorMessage: `${field} is invalid`,
      });
    const { text } = await ledger.send('GET', `/accounts/${id}/balances`);
    expect(text).toContain('"balance":9007199254740993');
    expect(text).toContain('"balance":-5');
    const next = await v1().getAccountBalances({ accountId: id, cursor: first.cursor.next! });
    expect(next.balancesCursor!.cursor.data).toMatchObject([{ balance: 100n, currency: 'USD/2' }]);
    const dollars = await v3().getAccountBalances({
      accountID: id,
      asset: 'USD',
      toTimestamp: new Date('2026-02-15T00:00:00Z'),
    });
    expect(dollars.v3BalancesCursorResponse!.cursor.data.map((one) => one.balance)).toEqual([100n]);
  });
});

describe('a bank account', () => {
  const IBAN = 'DE89370400440532013000';
  const create = async (more = {}) =>
    (
      await v1().createBankAccount({
        country: 'DE',
        name: 'Ada Obi',
        iban: IBAN,
        swiftBicCode: 'COBADEFFXXX',
        accountNumber: '0532013000',
        metadata: { bank_code: '632005' },
        ...more,
      })
    ).bankAccountResponse!.data;

  it('is shown masked, and stored nowhere in clear', async () => {
    const made = await create();
    expect(made).toMatchObject({
      iban: 'DE89**************3000',
      swiftBicCode: 'COBADEFFXXX',
      accountNumber: '05*****000',
      country: 'DE',
      relatedAccounts: [],
    });
    const got = await v1().getBankAccount({ bankAccountId: made.id });
    expect(got.bankAccountResponse!.data).toEqual(made);
    const { status, body } = await ledger.send('GET', `/v3/bank-accounts/${made.id}`);
    expect([status, body.data.iban]).toEqual([200, made.iban]);
    const listed = await v3().listBankAccounts({ query: { $match: { name: 'Ada Obi' } } });
    expect(listed.v3BankAccountsCursorResponse!.cursor.data.map(({ id }) => id)).toContain(made.id);
    expect(await tablesWith(stage.context.db, IBAN)).toEqual([]);
    await v1().updateBankAccountMetadata({
      bankAccountId: made.id,
      updateBankAccountMetadataRequest: { metadata: { more: 'x' } },
    });
    const after = await v1().getBankAccount({ bankAccountId: made.id });
    expect(after.bankAccountResponse!.data.metadata).toEqual({ bank_code: '632005', more: 'x' });
    expect((await other.send('GET', `/bank-accounts/${made.id}`)).status).toBe(404);
    expect((await ledger.send('GET', '/bank-accounts/x')).body.errorCode).toBe('INVALID_ID');
  });

  it('is forwarded once to a connector, and paid there', async () => {
    const { id } = await create({ iban: '', swiftBicCode: '', accountNumber: '62000000001' });
    const forward = () =>
      v1().forwardBankAccount({
        bankAccountId: id,
        forwardBankAccountRequest: { connectorID: paystackID },
      });
    const [first] = await Promise.all([forward(), forward(), forward()]);
    const { data } = first.bankAccountResponse!;
    expect(data.relatedAccounts).toHaveLength(1);
    const again = await ledger.send('POST', `/v3/bank-accounts/${id}/forward`, {
      connectorID: paystackID,
    });
    expect(again.status).toBe(202);
    const task = await v3().getTask({ taskID: again.body.data.taskID });
    expect(task.v3GetTaskResponse!.data).toMatchObject({
      status: 'SUCCEEDED',
      createdObjectID: data.accountID,
    });
    const { transferInitiationResponse } = await v1().createTransferInitiation({
      reference: 'to the bank account',
      scheduledAt: new Date(0),
      description: '',
      sourceAccountID: '',
      destinationAccountID: data.accountID!,
      connectorID: paystackID,
      type: 'PAYOUT',
      amount: 700n,
      asset: 'ZAR/2',
      validated: true,
    });
    expect(transferInitiationResponse!.data).toMatchObject({
      status: 'PROCESSING',
      destinationAccountID: data.accountID,
    });
    const books = stage.simulators.books('paystack', merchant.secretKeyOf(paystack)).references;
    expect(books.map((line) => Number(line.paid_out))).toEqual([700]);
    expect(await tablesWith(stage.context.db, '62000000001')).toEqual([]);
  });

  it.each([
    ['neither number nor IBAN', { iban: '', accountNumber: '' }, 'AccountNumber'],
    ['a short IBAN', { iban: 'DE89' }, 'IBAN'],
    ['a wrong BIC', { swiftBicCode: 'C!' }, 'SwiftBicCode'],
    ['no country', { country: '' }, 'Country'],
    ['an unknown country', { country: 'XX' }, 'Country'],
    ['no name', { name: '' }, 'Name'],
  ])('is refused with %s', async (_, more, field) => {
    const body = { country: 'DE', name: 'Ada', iban: IBAN, ...more };
    const { status, body: refusal } = await ledger.send('POST', '/bank-accounts', body);
    expect([status, refusal.errorCode]).toEqual([400, 'VALIDATION']);
    expect(refusal.errorMessage).toContain(field);
  });
});

describe('a pool', () => {
  it('sums the balances of its accounts, now and at a time', async () => {
    const [a, b] = [await account('pool_a'), await account('pool_b')];
    await balance('pool_a', 'USD/2', 100n, '2026-02-01T00:00:00Z');
    await balance('pool_a', 'USD/2', 300n, '2026-04-01T00:00:00Z');
    await balance('pool_b', 'USD', 50n, '2026-02-10T00:00:00Z');
    await balance('pool_b', 'COIN', 7n, '2026-02-10T00:00:00Z');
    const { poolResponse } = await v1().createPool({ name: 'Both', accountIDs: [a.id, b.id] });
    const pool = poolResponse!.data;
    expect(pool).toMatchObject({ name: 'Both', type: 'STATIC' });
    expect([...pool.accounts].sort()).toEqual([a.id, b.id].sort());
    const latest = await v1().getPoolBalancesLatest({ poolId: pool.id });
    expect(latest.poolBalancesLatestResponse!.data).toMatchObject([
      { asset: 'COIN', amount: 7n },
      { asset: 'USD/2', amount: 350n },
    ]);
    const at = new Date('2026-02-05T00:00:00Z');
    const then = await v1().getPoolBalances({ poolId: pool.id, at });
    expect(then.poolBalancesResponse!.data.balances).toMatchObject([
      { asset: 'USD/2', amount: 100n },
    ]);
    const v3Then = await v3().getPoolBalances({ poolID: pool.id, at });
    expect(v3Then.v3PoolBalancesResponse!.data).toMatchObject([{ amount: 100n }]);
    await v3().removeAccountFromPool({ poolID: pool.id, accountID: b.id });
    await v1().addAccountToPool({ poolId: pool.id, addAccountToPoolRequest: { accountID: a.id } });
    const left = await v3().getPool({ poolID: pool.id });
    expect(left.v3GetPoolResponse!.data.poolAccounts).toEqual([a.id]);
    await v1().deletePool({ poolId: pool.id });
    await v1().deletePool({ poolId: pool.id });
    await expect(v1().getPool({ poolId: pool.id })).rejects.toMatchObject({
      errorCode: 'NOT_FOUND',
    });
  });

  it('is dynamic by a query, which can be changed', async () => {
    const red = await account('red', 'INTERNAL', { metadata: { team: 'red' } });
    const { v3CreatePoolResponse } = await v3().createPool({
      name: 'Reds',
      query: { $match: { 'metadata[team]': 'red' } },
    });
    const poolID = v3CreatePoolResponse!.data;
    const get = async () => (await v3().getPool({ poolID })).v3GetPoolResponse!.data;
    expect(await get()).toMatchObject({ type: 'DYNAMIC', poolAccounts: [red.id] });
    await v3().updatePoolQuery({
      poolID,
      v3UpdatePoolQueryRequest: { query: { $match: { name: 'x' } } },
    });
    expect((await get()).poolAccounts).toEqual([]);
    await expect(v3().addAccountToPool({ poolID, accountID: red.id })).rejects.toMatchObject({
      errorCode: 'VALIDATION',
    });
    const wrong = { query: { $match: { nothing: 'x' } } };
    expect((await ledger.send('PATCH', `/pools/${poolID}/query`, wrong)).status).toBe(400);
    // As a number beyond what a double holds: JSON.stringify writes 2 ** 63 with all its digits.
    const large = { query: { $match: { name: 2 ** 63 } } };
    expect((await ledger.send('PATCH', `/pools/${poolID}/query`, large)).status).toBe(400);
  });

  it('has a name of its own, and only accounts that are there and internal', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 4 }, () => v1().createPool({ name: 'Same', accountIDs: [] })),
    );
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.map(({ reason }) => reason.errorCode)).toEqual(Array(3).fill('CONFLICT'));
    const outside = await account('outside', 'EXTERNAL');
    const send = (body: object) => ledger.send('POST', '/pools', { name: 'New', ...body });
    expect((await send({ accountIDs: [outside.id] })).body.errorCode).toBe('VALIDATION');
    const gone = (await account('pool_a')).id.replace(/.$/, '9');
    expect([400, 404]).toContain((await send({ accountIDs: [gone] })).status);
    expect((await send({})).status).toBe(400);
    expect((await send({ accountIDs: [], query: {} })).status).toBe(400);
    const pools = await v1().listPools({ pageSize: 1 });
    expect(pools.poolsCursor!.cursor).toMatchObject({ hasMore: true });
    expect((await other.send('GET', '/pools')).body.cursor.data).toEqual([]);
  });
});

describe('a payment service user', () => {
  it('has bank accounts, which are forwarded, and is deleted with a task', async () => {
    const { v3CreateBankAccountResponse } = await v3().createBankAccount({
      name: 'Kofi',
      accountNumber: '1234567890',
    });
    const bankAccountID = v3CreateBankAccountResponse!.data;
    const { v3CreatePaymentServiceUserResponse } = await v3().createPaymentServiceUser({
      name: 'Kofi',
      contactDetails: { email: 'kofi@example.com' },
      address: { city: 'Accra', country: 'GH' },
      metadata: { tier: 'gold' },
    });
    const paymentServiceUserID = v3CreatePaymentServiceUserResponse!.data;
    await v3().addBankAccountToPaymentServiceUser({ paymentServiceUserID, bankAccountID });
    const got = await v3().getPaymentServiceUser({ paymentServiceUserID });
    expect(got.v3GetPaymentServiceUserResponse!.data).toMatchObject({
      name: 'Kofi',
      contactDetails: { email: 'kofi@example.com' },
      address: { city: 'Accra' },
      bankAccountIDs: [bankAccountID],
      metadata: { tier: 'gold' },
    });
    const forwarded = await v3().forwardPaymentServiceUserBankAccount({
      paymentServiceUserID,
      bankAccountID,
      v3ForwardPaymentServiceUserBankAccountRequest: { connectorID: paystackID },
    });
    const { taskID } = forwarded.v3ForwardPaymentServiceUserBankAccountResponse!.data;
    expect((await v3().getTask({ taskID })).v3GetTaskResponse!.data.status).toBe('SUCCEEDED');
    const theirs = await v3().listAccounts({ query: { $match: { psu_id: paymentServiceUserID } } });
    expect(theirs.v3AccountsCursorResponse!.cursor.data).toHaveLength(1);
    const listed = await v3().listPaymentServiceUsers({});
    expect(listed.v3PaymentServiceUsersCursorResponse!.cursor.data).toHaveLength(1);
    expect(
      (await other.send('GET', `/v3/payment-service-users/${paymentServiceUserID}`)).status,
    ).toBe(404);
    const gone = await v3().deletePaymentServiceUser({ paymentServiceUserID });
    const deleted = gone.v3PaymentServiceUserDeleteResponse!.data.taskID;
    expect((await v3().getTask({ taskID: deleted })).v3GetTaskResponse!.data.status).toBe(
      'SUCCEEDED',
    );
    await expect(v3().getPaymentServiceUser({ paymentServiceUserID })).rejects.toMatchObject({
      errorCode: 'NOT_FOUND',
    });
  });

  it('is added to until it is deleted, and so is a pool', async () => {
    const bank = await ledger.send('POST', '/v3/bank-accounts', {
      name: 'Efua',
      accountNumber: '62000000002',
    });
    const { id } = await account('added');
    for (const [nouns, member] of [
      ['payment-service-users', `bank-accounts/${bank.body.data}`],
      ['pools', `accounts/${id}`],
    ]) {
      const made = await ledger.send('POST', `/v3/${nouns}`, { name: 'Brief', accountIDs: [] });
      const path = `/v3/${nouns}/${made.body.data}`;
      const added = await Promise.all(
        Array.from({ length: 30 }, async (_, index) => {
          if (index === 10) await ledger.send('DELETE', path);
          return (await ledger.send('POST', `${path}/${member}`)).status;
        }),
      );
      expect(added.filter((status) => status !== 204 && status !== 404)).toEqual([]);
    }
  });

  it('cannot be linked to a bank: there is no provider that does', async () => {
    const { v3CreatePaymentServiceUserResponse } = await v3().createPaymentServiceUser({
      name: 'Yaa',
    });
    const paymentServiceUserID = v3CreatePaymentServiceUserResponse!.data;
    const at = { paymentServiceUserID, connectorID: paystackID };
    await expect(
      v3().createLinkForPaymentServiceUser({
        ...at,
        v3PaymentServiceUserCreateLinkRequest: { clientRedirectURL: 'https://shop.example' },
      }),
    ).rejects.toMatchObject({ errorCode: 'CONNECTOR_CAPABILITY_NOT_SUPPORTED' });
    await expect(v3().forwardPaymentServiceUserToProvider(at)).rejects.toMatchObject({
      errorCode: 'CONNECTOR_CAPABILITY_NOT_SUPPORTED',
    });
    const path = `/v3/payment-service-users/${paymentServiceUserID}`;
    for (const list of ['/connections', `/connectors/${paystackID}/connections`])
      expect((await ledger.send('GET', path + list)).body.cursor.data).toEqual([]);
    expect((await ledger.send('GET', `${path}/connectors/x/connections`)).status).toBe(400);
    const stranger = path.replace(/[^/]+$/, '00000000-0000-4000-8000-000000000000');
    for (const [of, status] of [
      [stranger, 404],
      [`${path}x`, 400],
    ] as const)
      for (const list of ['/connections', `/connectors/${paystackID}/link-attempts`])
        expect((await ledger.send('GET', `${of}${list}`)).status).toBe(status);
  });
});
