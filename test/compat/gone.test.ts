// What is left of a connector that was uninstalled or reset: everything that moved, under the ids that it had, and none
// of its accounts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Desk, openDesk } from './sdk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk?.stage.close());

const payments = () => desk.sdk.payments.v3;
const json = (id: string) => JSON.parse(Buffer.from(id, 'base64url').toString());
const at = (connectorID: string, Reference: string) =>
  Buffer.from(JSON.stringify({ ConnectorID: json(connectorID), Reference })).toString('base64url');

async function install(name: string): Promise<string> {
  const { body } = await desk.wire.post('/connectors/DUMMY-PAY', { name, directory: 'x' });
  await desk.wire.post('/accounts', {
    reference: 'safe',
    connectorID: body.data.connectorID,
    createdAt: '2026-01-01T00:00:00Z',
    type: 'INTERNAL',
    accountName: 'Safe',
  });
  return body.data.connectorID;
}

async function initiate(connectorID: string, reference: string) {
  const { body } = await desk.wire.post('/v3/payment-initiations', {
    reference,
    connectorID,
    scheduledAt: '0001-01-01T00:00:00Z',
    description: 'Rent',
    type: 'PAYOUT',
    amount: 100,
    asset: 'USD/2',
    sourceAccountID: at(connectorID, 'main'),
    destinationAccountID: at(connectorID, 'safe'),
  });
  return body.data as { paymentInitiationID: string; taskID: string };
}

describe('a connector', () => {
  it('stays while a payout at it waits for somebody', async () => {
    const connectorID = await install('Waited for');
    const { paymentInitiationID } = await initiate(connectorID, 'waits');
    for (const answer of [
      await desk.wire.post(`/v3/connectors/${connectorID}/reset`, {}),
      await desk.wire.send('DELETE', `/v3/connectors/${connectorID}`),
    ])
      expect([answer.status, answer.body.errorCode]).toEqual([400, 'CONFLICT']);
    await payments().rejectPaymentInitiation({ paymentInitiationID });
    expect((await desk.wire.send('DELETE', `/v3/connectors/${connectorID}`)).status).toBe(202);
  });

  it('leaves its payments and payouts behind, with their ids', async () => {
    const connectorID = await install('Short-lived');
    const made = { reference: 'before', connectorID, createdAt: '2026-01-01T00:00:00Z', amount: 5 };
    const words = { type: 'PAY-IN', status: 'SUCCEEDED', scheme: 'visa', asset: 'USD' };
    const sourceAccountID = at(connectorID, 'safe');
    await desk.wire.post('/payments', { ...made, ...words, sourceAccountID });
    const { paymentInitiationID, taskID } = await initiate(connectorID, 'rejected');
    await payments().rejectPaymentInitiation({ paymentInitiationID });
    await payments().resetConnector({ connectorID });
    const { v3GetPaymentInitiationResponse: shown } = await payments().getPaymentInitiation({
      paymentInitiationID,
    });
    const id = paymentInitiationID;
    expect(shown?.data).toMatchObject({ id, connectorID, status: 'REJECTED' });
    const { v3GetTaskResponse: task } = await payments().getTask({ taskID });
    expect(task?.data).toMatchObject({ connectorID, createdObjectID: id });
    const found = async (list: string, match: object) =>
      (await desk.wire.get(list, { query: JSON.stringify({ $match: match }) })).body.cursor.data;
    expect(await found('/v3/payment-initiations', { connector_id: connectorID })).toHaveLength(1);
    for (const match of [{ connector_id: connectorID }, { source_account_id: sourceAccountID }])
      expect(await found('/payments', match)).toEqual([
        expect.objectContaining({ connectorID, sourceAccountID }),
      ]);
  });

  it('takes its accounts along, so that no pool counts them twice', async () => {
    const connectorID = await install('Counted');
    const { body: bank } = await desk.wire.post('/bank-accounts', {
      name: 'Ama',
      country: 'GB',
      accountNumber: '12345678',
      connectorID,
    });
    const { body: fixed } = await desk.wire.post('/pools', {
      name: 'Fixed',
      accountIDs: [at(connectorID, 'safe')],
    });
    const { body: found } = await desk.wire.post('/pools', {
      name: 'Found',
      query: { $match: { reference: 'safe' } },
    });
    const accounts = async () => [
      (await desk.wire.get('/accounts', { pageSize: '100' })).body.cursor.data
        .map(({ id }: { id: string }) => json(id).ConnectorID)
        .filter(({ Reference }: { Reference: string }) => Reference === json(connectorID).Reference)
        .length,
      (await desk.wire.get(`/pools/${fixed.data.id}`)).body.data.accounts.length,
      (await desk.wire.get(`/pools/${found.data.id}`)).body.data.accounts.filter(
        (id: string) => id === at(connectorID, 'safe'),
      ).length,
      (await desk.wire.get(`/bank-accounts/${bank.data.id}`)).body.data.relatedAccounts.length,
    ];
    expect(await accounts()).toEqual([expect.any(Number), 1, 1, 1]);
    await payments().uninstallConnector({ connectorID });
    expect(await accounts()).toEqual([0, 0, 0, 0]);
  });
});
