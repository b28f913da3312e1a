import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type Client,
  type Desk,
  openDesk,
  PAYMAXIS,
  REFUND,
  STICPAY,
  transaction,
  WITHDRAW,
} from '../../../../test/connxt-desk.ts';

let desk: Desk;
let client: Client;
let psp: string;
let sticpay: string;

beforeAll(async () => {
  desk = await openDesk();
  client = await desk.client();
  psp = await client.psp();
  sticpay = await client.psp(STICPAY);
}, 60_000);
afterAll(() => desk?.close());

const post = (asked: object, headers?: Record<string, string>) =>
  client.send('POST', '/transactions', asked, headers);
const read = async (txnId: string) =>
  (await client.send('GET', `/transactions/${txnId}`)).body.data;
const path = (data: { statusHistory: { to: string }[] }) => data.statusHistory.map(({ to }) => to);

/** The simulators take a second of their own for some things. */
async function becomes(who: Client, txnId: string, status: string): Promise<void> {
  await vi.waitFor(
    async () => {
      await desk.stage.later(10 * 60_000);
      const { body } = await who.send('GET', `/transactions/${txnId}`);
      expect(body.data.status).toBe(status);
    },
    { timeout: 5_000, interval: 200 },
  );
}

async function paid(orderId: string, amount = 12): Promise<string> {
  const { body } = await post(transaction(psp, { orderId, amount }));
  const back = await desk.pay(body.data.data.data.navigation.value);
  await desk.visit(back);
  await desk.stage.work();
  return body.data.txnId;
}

describe('a deposit', () => {
  it('answers the script result with three levels of data, and what a client must not guess', async () => {
    const { status, body } = await post(transaction(psp, { orderId: 'deep' }));
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['timestamp', 'code', 'message', 'data']);
    expect(body.message).toBe('Transaction created successfully');
    const { txnId } = body.data;
    expect(txnId).toMatch(/^ortx[0-9A-Za-z]{12}$/);
    expect(body.data).toMatchObject({
      success: true,
      data: {
        __type: 'success',
        data: {
          navigation: { type: 'redirect', contentType: 'url' },
          status: 'success',
          orderId: txnId,
          userId: 'cust_001',
        },
      },
      error: null,
      meta: { logs: {}, http: { 0: { request: { method: 'POST' }, response: { status: 200 } } } },
      status: 'INITIATED',
      merchantOrderId: 'deep',
    });
  });

  it('goes the documented way to SUCCESS', async () => {
    const txnId = await paid('straight');
    const data = await read(txnId);
    expect(path(data).slice(0, 3)).toEqual(['NEW', 'CREATED', 'INITIATED']);
    expect(path(data).slice(-2)).toEqual(['PG_SUCCESS', 'SUCCESS']);
    expect(data).toMatchObject({ txnId, status: 'SUCCESS', merchantOrderId: 'straight' });
    expect(data.pspTxnId).toMatch(/^[0-9a-f]{32}$/);
  });

  it('that the PSP refuses at once is REJECTED, with what the connector said', async () => {
    const { body } = await post(transaction(psp, { amount: 12.01 }));
    expect(body.data).toMatchObject({
      success: false,
      status: 'REJECTED',
      data: { __type: 'failure' },
    });
    expect(body.data.error).toBe(body.data.data.message);
    expect(body.data.outcomeUnknown).toBeUndefined();
    expect(path(await read(body.data.txnId)).slice(-3)).toEqual([
      'INITIATED',
      'PG_REJECTED',
      'REJECTED',
    ]);
  });

  it('whose answer is a 500 stays INITIATED, unknown, and is found by asking', async () => {
    const { body } = await post(transaction(psp, { amount: 12.05, orderId: 'lost' }));
    expect(body.data).toMatchObject({ status: 'INITIATED', outcomeUnknown: true, success: false });
    await desk.stage.later(60_000);
    expect((await read(body.data.txnId)).status).toBe('SUCCESS');
  });

  it('paid in another amount waits for a person, who decides', async () => {
    const { body } = await post(transaction(psp, { amount: 12.08, orderId: 'over' }));
    await desk.visit(await desk.pay(body.data.data.data.navigation.value));
    await desk.stage.later(60_000);
    const { txnId } = body.data;
    const waiting = await read(txnId);
    expect(waiting.status).toBe('PENDING_FOR_APPROVAL');
    expect(path(waiting).slice(-2)).toEqual(['PG_SUCCESS', 'PENDING_FOR_APPROVAL']);
    const approval = `/environments/${client.environmentId}/transactions/${txnId}/approval`;
    const refused = await client.admin('POST', approval, { decision: 'REJECTED', note: 'odd' });
    expect(refused.status).toBe(400);
    const approved = await client.admin('POST', approval, { decision: 'APPROVED', note: 'fine' });
    expect(approved.body).toEqual({ txnId, status: 'SUCCESS' });
    const log = `/audit?environment_id=${client.environmentId}&subject_type=payment&limit=1`;
    expect((await client.admin('GET', log)).body.entries).toMatchObject([
      { action: 'transaction decided', metadata: { decision: 'APPROVED', note: 'fine' } },
    ]);
    expect(path(await read(txnId)).slice(-2)).toEqual(['APPROVED', 'SUCCESS']);
    expect((await client.admin('POST', approval, { decision: 'APPROVED', note: 'x' })).status).toBe(
      409,
    );
  });

  it('that nobody pays is ABANDONED after its time, and a late success still counts', async () => {
    const { body } = await post(transaction(psp, { amount: 40, orderId: 'late' }));
    await desk.stage.later(25 * 60 * 60_000);
    expect((await read(body.data.txnId)).status).toBe('ABANDONED');
    await desk.visit(await desk.pay(body.data.data.data.navigation.value));
    await desk.stage.later(60_000);
    expect((await read(body.data.txnId)).status).toBe('SUCCESS');
  });
});

describe('a withdrawal', () => {
  it('answers the transaction itself', async () => {
    const asked = transaction(sticpay, {
      action: WITHDRAW,
      target: STICPAY,
      amount: 5,
      attributes: { customerEmail: 'ada@example.com' },
    });
    const funded = await post(transaction(sticpay, { target: STICPAY, amount: 50 }));
    await desk.visit(await desk.pay(funded.body.data.data.data.navigation.value));
    await desk.stage.work();
    const { body } = await post(asked);
    expect(body.data).toMatchObject({
      status: 'SUCCESS',
      txnAmount: 5,
      txnCurrency: 'USD',
      brandId: client.organization.brand_id,
      environmentId: client.environmentId,
      pspId: sticpay,
      flowActionId: WITHDRAW,
      parentTxnId: null,
    });
    expect(body.data.executePayload).toBeUndefined();
    expect(path(await read(body.data.txnId))).toEqual([
      'NEW',
      'CREATED',
      'INITIATED',
      'PG_SUCCESS',
      'SUCCESS',
    ]);
  });

  it('waits for a person where the environment asks for it, and only then reaches the PSP', async () => {
    const other = await desk.client('Careful');
    const careful = await other.psp();
    const base = `/environments/${other.environmentId}`;
    await other.admin('PUT', `${base}/payout-policy`, { approval: 'always' });
    const asked = transaction(careful, { action: WITHDRAW, amount: 7 });
    const { body } = await other.send('POST', '/transactions', asked);
    expect(body.data).toMatchObject({ status: 'PENDING_FOR_APPROVAL', pspTxnId: null });
    const { txnId } = body.data;
    const decide = (id: string, decision: string) =>
      other.admin('POST', `${base}/transactions/${id}/approval`, { decision, note: 'seen' });
    expect((await decide(txnId, 'APPROVED')).status).toBe(200);
    await desk.stage.later(60_000);
    const { data } = (await other.send('GET', `/transactions/${txnId}`)).body;
    expect(path(data).slice(0, 5)).toEqual([
      'NEW',
      'CREATED',
      'PENDING_FOR_APPROVAL',
      'APPROVED',
      'INITIATED',
    ]);
    await becomes(other, txnId, 'SUCCESS');
    const second = await other.send('POST', '/transactions', asked);
    expect((await decide(second.body.data.txnId, 'REJECTED')).body.status).toBe('REJECTED');
  });
});

describe('a refund', () => {
  it('gives back part of a deposit, names it, and never more than there is', async () => {
    const parentTxnId = await paid('to refund', 30);
    const asked = (amount: number) =>
      transaction(psp, { action: REFUND, amount, more: { parentTxnId } });
    const first = await post(asked(10));
    expect(first.body.data).toMatchObject({ status: 'SUCCESS', parentTxnId, txnAmount: 10 });
    expect(first.body.data.pspTxnId).not.toBeNull();
    const data = await read(first.body.data.txnId);
    expect(path(data)).toEqual(['NEW', 'CREATED', 'INITIATED', 'PG_SUCCESS', 'SUCCESS']);
    const more = await post(asked(20.01));
    expect(more.status).toBe(400);
    expect(more.body.code).toBe('4001');
    expect((await read(parentTxnId)).status).toBe('SUCCESS');
  });

  it('needs its deposit: of this PSP, successful, in its currency', async () => {
    const parentTxnId = await paid('parent', 30);
    const open = (await post(transaction(psp, { amount: 60 }))).body.data.txnId;
    const ask = (more: object, on = psp, target = PAYMAXIS) =>
      post(transaction(on, { action: REFUND, amount: 1, target, more: { ...more } }));
    expect((await ask({})).body.errors).toMatchObject([{ field: 'parentTxnId' }]);
    expect((await ask({ parentTxnId: 'ortx000000000000' })).status).toBe(404);
    expect((await ask({ parentTxnId: open })).status).toBe(400);
    expect((await ask({ parentTxnId }, sticpay, STICPAY)).status).toBe(400);
    const lenient = transaction(psp, { action: REFUND, amount: 1, attributes: { parentTxnId } });
    expect((await post(lenient)).body.data.status).toBe('SUCCESS');
  });
});

describe('the same external request id', () => {
  it('replays the stored answer, and runs no second script', async () => {
    const asked = transaction(psp, { more: { externalRequestId: 'ext-1' } });
    const first = await post(asked);
    const again = await post({ ...asked, brandId: 'brn_other' });
    expect(again.text).toBe(first.text);
    expect(again.headers['idempotent-replayed']).toBe('true');
    const byHeader = await post(transaction(psp), { 'idempotency-key': 'ext-1' });
    expect(byHeader.status).toBe(409); // another body: it lacks the member
  });

  it('with another request is a conflict that names the transaction', async () => {
    const asked = transaction(psp, { more: { externalRequestId: 'ext-2' } });
    const { body } = await post(asked);
    const other = await post({ ...asked, txnAmount: 13 });
    expect(other.status).toBe(409);
    expect(other.body).toMatchObject({
      code: '4005',
      message: `Transaction with external request ID 'ext-2' already exists. Existing transaction ID: ${body.data.txnId}`,
    });
  });

  it('sent many times at once makes one transaction', async () => {
    const asked = transaction(psp, {
      more: { externalRequestId: 'ext-3', transactionType: 'race' },
    });
    const answers = await Promise.all(Array.from({ length: 6 }, () => post(asked)));
    expect(new Set(answers.map(({ status }) => status)).size).toBeLessThanOrEqual(2);
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    const { body } = await client.send('GET', '/transactions?transactionType=race');
    expect(body.metadata.pagination.totalElements).toBe(1);
  });

  it('is not used up by a request that was refused', async () => {
    const more = { externalRequestId: 'ext-4' };
    expect((await post(transaction(psp, { currency: 'JPY', amount: 1.5, more }))).status).toBe(400);
    expect((await post(transaction(psp, { more }))).status).toBe(200);
  });

  it('is none when it is empty', async () => {
    for (const orderId of ['empty-1', 'empty-2']) {
      const asked = transaction(psp, { orderId, more: { externalRequestId: '' } });
      expect((await post(asked)).status).toBe(200);
    }
  });

  it('is another one for another action, and must agree with the header', async () => {
    const asked = transaction(psp, { more: { externalRequestId: 'ext-5' } });
    expect((await post(asked, { 'idempotency-key': 'other' })).status).toBe(400);
    expect((await post(asked, { 'idempotency-key': 'ext-5' })).status).toBe(200);
  });
});

describe('what a client asks for', () => {
  it('may be the smallest body of the quick start', async () => {
    expect((await post(transaction(psp))).status).toBe(200);
  });

  it.each([
    ['more decimals than the currency has', { amount: 1.234 }],
    ['a currency that does not exist', { currency: 'XXX' }],
    ['decimals of a currency without', { currency: 'JPY', amount: 1.5 }],
  ])('is refused: %s', async (_what, asked) => {
    const { status, body } = await post(transaction(psp, asked));
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: '4001', message: 'Validation failed' });
    expect(body.data).toBeUndefined();
    expect(body.errors.length).toBeGreaterThan(0);
  });

  it('is told every problem of its payload by its place, and never by its value', async () => {
    const asked = transaction(psp);
    const order = { money: { amount: 0, currency: 'USD', extra: 1 } };
    const body = { order, customer: { email: 'not an address' } };
    const answer = await post({ ...asked, executePayload: { body } });
    const fields = answer.body.errors.map(({ field }: { field: string }) => field);
    expect(fields.sort()).toEqual([
      'executePayload.body.customer.email',
      'executePayload.body.order.id',
      'executePayload.body.order.money.amount',
      'executePayload.body.order.money.extra',
    ]);
    expect(answer.text).not.toContain('not an address');
  });

  it('is told one problem once', async () => {
    const { body } = await post(transaction(psp, { more: { externalRequestId: 5 } }));
    expect(body.errors).toEqual([
      { field: 'externalRequestId', message: 'externalRequestId must be string', code: 'schema' },
    ]);
  });

  it('may have a payload of 256 KB, and no more', async () => {
    const answer = await post(transaction(psp, { attributes: { long: 'x'.repeat(262_144) } }));
    expect([answer.status, answer.body.errors[0].field]).toEqual([400, 'executePayload.body']);
    const wide = await post(transaction(psp, { attributes: { wide: '…'.repeat(90_000) } }));
    expect(wide.status).toBe(400);
  });

  it('may have a payload of 32 levels, and no more', async () => {
    const levels = (many: number): unknown => (many === 0 ? 1 : { x: levels(many - 1) });
    const nested = async (many: number) => {
      const asked = transaction(psp);
      const { body } = asked.executePayload as { body: object };
      const deep = { ...asked, executePayload: { body: { ...body, deep: levels(many - 1) } } };
      return (await post(deep)).status;
    };
    expect([await nested(32), await nested(33)]).toEqual([200, 400]);
  });

  it('may come without a content type, and not as plain text', async () => {
    const send = async (headers: Record<string, string>) => {
      const url = `${desk.stage.context.publicUrl}/connxt/v2/transactions`;
      const body = Buffer.from(JSON.stringify(transaction(psp)));
      const secret = client.organization.environments[0]!.connxt_secret_token;
      const init = { method: 'POST', headers: { 'x-secret-token': secret, ...headers }, body };
      return (await fetch(url, init)).status;
    };
    expect([await send({}), await send({ 'content-type': 'text/plain' })]).toEqual([200, 415]);
  });

  it('may differ from what the PSP is told, unless the environment is strict', async () => {
    const asked = { ...transaction(psp), txnAmount: 200 };
    const { body } = await post(asked);
    expect((await read(body.data.txnId)).amountMismatch).toBe(true);
    const settings = `/environments/${client.environmentId}/connxt`;
    await client.admin('PUT', settings, { strictAmounts: true });
    expect((await post(asked)).body.errors).toMatchObject([{ field: 'txnAmount' }]);
    await client.admin('PUT', settings, { strictAmounts: false });
  });
});

describe('lists', () => {
  it('are pages, newest first, and find by what the merchant knows', async () => {
    await post(transaction(psp, { orderId: 'find me', more: { transactionType: 'tagged' } }));
    const found = await client.send('GET', '/transactions?merchantOrderId=find%20me');
    expect(found.body.data).toHaveLength(1);
    expect(found.body.data[0].customData).toBeUndefined();
    expect(found.body.metadata.pagination).toEqual({
      page: 0,
      size: 20,
      totalElements: 1,
      totalPages: 1,
      hasNext: false,
      hasPrevious: false,
    });
    const search = { transactionType: 'tagged', status: 'INITIATED,SUCCESS', size: 5 };
    expect((await client.send('POST', '/transactions/search', search)).body.data).toHaveLength(1);
    const rejected = await client.send('GET', '/transactions?status=REJECTED');
    expect(rejected.body.data.length).toBeGreaterThan(0);
    const { status } = await client.send('GET', '/transactions?flowActionId=fat_x');
    expect(status).toBe(400);
  });

  it.each(['2026-06-30T23:59:60Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59-01:00'])(
    'look for no time that does not exist: %s',
    async (time) => {
      const { status, body } = await client.send('GET', `/transactions?from=${time}`);
      expect([status, body.errors[0].field]).toEqual([400, 'from']);
    },
  );

  it('show what was made elsewhere and nothing of others', async () => {
    const other = await desk.client('Other');
    const { body } = await other.send('GET', '/transactions');
    expect(body.data).toEqual([]);
    const own = (await client.send('GET', '/transactions')).body.data[0].txnId;
    for (const way of [`/transactions/${own}`, `/transactions/${own}/events`]) {
      const answer = await other.send('GET', way);
      expect(answer.status).toBe(404);
      expect(answer.body.code).toBe('4004');
    }
    expect((await other.send('POST', `/transactions/${own}/sync`)).status).toBe(404);
  });
});

describe('sync', () => {
  it('asks the PSP now, but not again and again', async () => {
    const { body } = await post(transaction(psp, { amount: 12.02, orderId: 'ask' }));
    const { txnId } = body.data;
    const asked = await client.send('POST', `/transactions/${txnId}/sync`);
    expect(asked.status).toBe(200);
    const again = await client.send('POST', `/transactions/${txnId}/sync`);
    if (!['SUCCESS', 'FAILED'].includes(asked.body.data.status)) {
      expect(again.status).toBe(429);
      expect(again.body.code).toBe('1000');
      expect(again.headers['retry-after']).toBeDefined();
    }
    await becomes(client, txnId, 'SUCCESS');
  });

  it('asks once however many want to know at once', async () => {
    const { body } = await post(transaction(psp, { orderId: 'ask once' }));
    const way = `/transactions/${body.data.txnId}/sync`;
    const answers = await Promise.all([1, 2, 3, 4].map(() => client.send('POST', way)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 429, 429, 429]);
  });
});
