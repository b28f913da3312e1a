// A repeat after a crash, in each phase of a transaction (reliability.md section 4, connxt.md 7.7): the rows are left as a
// process that died there leaves them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Client,
  type Desk,
  openDesk,
  REFUND,
  transaction,
} from '../../../../test/connxt-desk.ts';

let desk: Desk;
let client: Client;
let psp: string;

beforeAll(async () => {
  desk = await openDesk();
  client = await desk.client();
  psp = await client.psp();
}, 60_000);
afterAll(() => desk?.close());

const post = (asked: object) => client.send('POST', '/transactions', asked);

let statements = 0;
async function sql(text: string, values: readonly unknown[]): Promise<unknown[]> {
  statements += 1;
  return desk.stage.context.db.run({ name: `once_test_${statements}`, text }, values);
}

const forgetAnswer = (key: string) =>
  sql('UPDATE idempotency_keys SET response_status = NULL, response_body = NULL WHERE key = $1', [
    key,
  ]);

/** As if the call were still, or had been when the process died, under way. */
const leaveSent = (txnId: string, nextSyncMs: number) =>
  sql(
    `UPDATE attempts a SET status = 'sent', action = NULL, prompted = false, psp_reference = NULL, next_sync_at = $2
     FROM payments p WHERE p.id = a.payment_id AND p.request->'transaction'->>'id' = $1`,
    [txnId, new Date(desk.stage.clock.nowMs() + nextSyncMs).toISOString()],
  );

async function made(key: string, more: object = {}) {
  const asked = transaction(psp, { orderId: key, more: { externalRequestId: key, ...more } });
  const { body } = await post(asked);
  return { asked, txnId: body.data.txnId as string };
}

describe('a repeat', () => {
  it('after the payment was settled and not answered is told what was settled', async () => {
    const { asked, txnId } = await made('settled');
    await forgetAnswer('settled');
    const again = await post(asked);
    expect(again.status).toBe(200);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(again.body.data).toMatchObject({ txnId, success: true, data: { __type: 'success' } });
    expect((await post(asked)).text).toBe(again.text); // stored now
  });

  it('while its call is under way is to come back', async () => {
    const { asked, txnId } = await made('under way');
    await forgetAnswer('under way');
    await leaveSent(txnId, 20_000);
    const again = await post(asked);
    expect(again.status).toBe(409);
    expect(again.body).toMatchObject({ code: '4005', message: 'Transaction is being processed' });
    expect(again.headers['retry-after']).toBe('2');
  });

  it('after its process died is told how it stands, and that nothing was decided is not kept', async () => {
    const { asked, txnId } = await made('died');
    await forgetAnswer('died');
    await leaveSent(txnId, -1_000);
    const first = await post(asked);
    expect([first.status, first.body.data.txnId]).toEqual([200, txnId]);
    await desk.stage.later(60_000); // the worker asks the PSP
    const later = await post(asked);
    expect(later.body.data.txnId).toBe(txnId);
    expect(['INITIATED', 'PG_ACCEPTED']).toContain(later.body.data.status);
    const { body } = await client.send('GET', '/transactions?merchantOrderId=died');
    expect(body.metadata.pagination.totalElements).toBe(1);
  });

  it('of a refund gives back once', async () => {
    const { txnId: parentTxnId } = await made('refunded');
    const { body } = await client.send('GET', `/transactions/${parentTxnId}`);
    const page = body.data.customData.vmExecutionResponse.data.data.navigation.value;
    await desk.visit(await desk.pay(page));
    await desk.stage.work();
    const more = { externalRequestId: 'back', parentTxnId };
    const asked = transaction(psp, { action: REFUND, amount: 5, more });
    const first = await post(asked);
    await forgetAnswer('back');
    const again = await post(asked);
    expect(again.body.data).toMatchObject({ txnId: first.body.data.txnId, status: 'SUCCESS' });
    const rest = await post(transaction(psp, { action: REFUND, amount: 7, more: { parentTxnId } }));
    expect(rest.body.data.status).toBe('SUCCESS');
  });

  it('a month later is a new request to nobody, and after that to everybody', async () => {
    const { asked, txnId } = await made('old');
    const day = 24 * 60 * 60_000;
    const { forgetKeys } = await import('../../../store/due.ts');
    const { db } = desk.stage.context;
    await forgetKeys(db, Date.now() + 29 * day);
    expect((await post(asked)).body.data.txnId).toBe(txnId);
    await forgetKeys(db, Date.now() + 31 * day);
    expect((await post(asked)).body.data.txnId).not.toBe(txnId);
  });
});
