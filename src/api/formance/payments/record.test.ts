import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Books,
  documented,
  documentedV3,
  openBooks,
  openLedgerHouse,
} from '../../../../test/formance-books.ts';
import type { House } from '../../../../test/house-server.ts';

let house: House;
let books: Books;

beforeAll(async () => {
  house = await openLedgerHouse();
  books = await openBooks(house);
});
afterAll(() => house.close());

const post = (change: object = {}) =>
  books.api.post('/payments', { ...documented(books.connectorID), ...change });
const json = (id: string) => JSON.parse(Buffer.from(id, 'base64url').toString());

describe('POST /payments', () => {
  it('answers the stored payment with the one adjustment that it implies', async () => {
    const sent = { ...documented(books.connectorID), metadata: { order: '7' } };
    const { status, body } = await books.api.post('/payments', sent);
    expect(status).toBe(200);
    expect(body.data).toEqual({
      id: expect.any(String),
      reference: sent.reference,
      sourceAccountID: '',
      destinationAccountID: '',
      connectorID: books.connectorID,
      provider: 'STRIPE',
      type: 'PAY-IN',
      status: 'PENDING',
      initialAmount: 100,
      amount: 100,
      scheme: 'unknown',
      asset: 'USD',
      createdAt: '2023-11-07T05:31:56Z',
      raw: null,
      adjustments: [
        {
          reference: sent.reference,
          createdAt: '2023-11-07T05:31:56Z',
          status: 'PENDING',
          amount: 100,
          raw: {},
        },
      ],
      metadata: { order: '7' },
    });
    expect(json(body.data.id)).toEqual({
      ConnectorID: json(books.connectorID),
      Reference: sent.reference,
      Type: 'PAY-IN',
    });
    expect((await books.api.get(`/payments/${body.data.id}`)).body).toEqual(body);
  });

  it.each(['REFUNDED', 'CAPTURE', 'DISPUTE'])(
    'keeps the amount of what is first seen as %s',
    async (status) => {
      const { data } = (await post({ status })).body;
      const stored = (await books.api.get(`/payments/${data.id}`)).body.data;
      expect([stored.amount, stored.initialAmount]).toEqual([100, 100]);
      expect([data.amount, data.initialAmount]).toEqual([100, 100]);
    },
  );

  it('keeps every digit of an amount, and takes integral exponents', async () => {
    const text = (amount: string) =>
      JSON.stringify({ ...documented(books.connectorID), amount: 0 }).replace(
        '"amount":0',
        `"amount":${amount}`,
      );
    const large = await books.api.post('/payments', text('9007199254740993'));
    expect(large.text).toContain('"amount":9007199254740993,');
    const id = large.body.data.id as string;
    expect((await books.api.get(`/payments/${id}`)).text).toContain('"amount":9007199254740993,');
    expect((await books.api.post('/payments', text('1.5e3'))).body.data.amount).toBe(1500);
    expect((await books.api.post('/payments', text('9223372036854775807'))).status).toBe(200);
    for (const wrong of ['9223372036854775808', '1e+21', '-1', '10.5', '"5"', 'true']) {
      const { status, body } = await books.api.post('/payments', text(wrong));
      expect([wrong, status, body.errorCode]).toEqual([wrong, 400, 'VALIDATION']);
    }
  });

  it('echoes an asset as it was sent', async () => {
    for (const asset of ['USD', 'USD/2', 'usd/2', 'USD/4', 'JPY']) {
      const { data } = (await post({ asset })).body;
      expect((await books.api.get(`/payments/${data.id}`)).body.data.asset).toBe(asset);
    }
  });

  it('echoes account ids, of its own connector and of others', async () => {
    const account = (connector: object) =>
      Buffer.from(JSON.stringify({ ConnectorID: connector, Reference: '@1/é' })).toString(
        'base64url',
      );
    const sourceAccountID = account(json(books.connectorID));
    const destinationAccountID = account({
      Provider: 'WISE',
      Reference: '00000000-0000-4000-8000-000000000001',
    });
    const sent = { sourceAccountID, destinationAccountID };
    expect((await post(sent)).body.data).toMatchObject(sent);
  });

  it.each([
    ['a short reference', { reference: 'ab' }],
    ['a long reference', { reference: 'x'.repeat(1001) }],
    ['a reference that no index takes', { reference: '漢'.repeat(1000) }],
    ['control characters', { reference: 'a\u0007bc' }],
    ['a future time', { createdAt: '2123-11-07T05:31:56Z' }],
    ['a time without a zone', { createdAt: '2023-11-07T05:31:56' }],
    ['an unknown currency', { asset: 'XYZ' }],
    ['an asset that only providers may send', { asset: 'BTC/8' }],
    ['an account id that is none', { sourceAccountID: 'acc_1' }],
    ['a type of v3', { type: 'UNKNOWN' }],
    ['metadata that is no map of texts', { metadata: { a: 1 } }],
    ['null', { amount: null }],
  ])('refuses %s with VALIDATION', async (_, change) => {
    const { status, body } = await post(change);
    expect([status, body]).toEqual([
      400,
      { errorCode: 'VALIDATION', errorMessage: expect.any(String) },
    ]);
  });

  it('refuses bodies that are no object, and what is no JSON', async () => {
    for (const body of ['[]', 'null', '5', '{"reference":'])
      expect((await books.api.post('/payments', body)).body.errorCode).toBe(
        'MISSING_OR_INVALID_BODY',
      );
  });

  it('refuses bytes that are no text, which would make one reference of many', async () => {
    const sent = JSON.stringify({ ...documented(books.connectorID), reference: 'caf\u00e9' });
    const reply = await house.app.inject({
      method: 'POST',
      url: '/api/payments/payments',
      headers: { ...books.api.authorization, 'content-type': 'application/json' },
      payload: Buffer.from(sent, 'latin1'),
    });
    expect([reply.statusCode, reply.json().errorCode]).toEqual([400, 'MISSING_OR_INVALID_BODY']);
  });

  it('is done on any connection, and not on those of others', async () => {
    const other = await openBooks(house);
    const { status, body } = await post({ connectorID: other.connectorID });
    expect([status, body.errorCode]).toEqual([400, 'VALIDATION']);
  });
});

describe('the same payment again', () => {
  it('is one payment and one adjustment, whoever of many is first', async () => {
    const sent = documented(books.connectorID);
    const replies = await Promise.all(
      Array.from({ length: 12 }, () => books.api.post('/payments', sent)),
    );
    expect(replies.map(({ status }) => status)).toEqual(Array(12).fill(200));
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
    const query = JSON.stringify({ $match: { reference: sent.reference } });
    expect((await books.api.get('/payments', { query })).body.cursor.data).toHaveLength(1);
  });

  it('with another status or time is an adjustment, once, whoever of many is first', async () => {
    const sent = documented(books.connectorID);
    await books.api.post('/payments', sent);
    const moved = { ...sent, status: 'SUCCEEDED', createdAt: '2023-11-08T05:31:56.000001Z' };
    const refund = { ...sent, status: 'REFUNDED', amount: 30, createdAt: '2023-11-09T05:31:56Z' };
    await Promise.all(
      [moved, refund, moved, refund, moved, refund].map((one) => books.api.post('/payments', one)),
    );
    const { data } = (await books.api.post('/payments', sent)).body;
    expect(data).toMatchObject({ status: 'REFUNDED', initialAmount: 100, amount: 70 });
    expect(
      data.adjustments.map((one: Record<string, unknown>) => [
        one.status,
        one.amount,
        one.createdAt,
      ]),
    ).toEqual([
      ['REFUNDED', 30, '2023-11-09T05:31:56Z'],
      ['SUCCEEDED', 100, '2023-11-08T05:31:56.000001Z'],
      ['PENDING', 100, '2023-11-07T05:31:56Z'],
    ]);
  });

  it('answers every one of many at once with amounts, status and adjustments of one moment', async () => {
    for (let round = 1; round <= 4; round += 1) {
      const sent = { ...documented(books.connectorID), status: 'SUCCEEDED' };
      await books.api.post('/payments', sent);
      const refund = { ...sent, status: 'REFUNDED', amount: 30, createdAt: '2023-11-09T05:31:56Z' };
      const replies = await Promise.all(
        Array.from({ length: 30 }, () => books.api.post('/payments', refund)),
      );
      const shown = replies.map(({ body: { data } }) => [
        data.amount,
        data.status,
        data.adjustments.length,
      ]);
      expect(shown).toEqual(shown.map(() => [70, 'REFUNDED', 2]));
    }
  });

  it('shows its adjustments by their time, also one that is told late', async () => {
    const sent = { ...documented(books.connectorID), status: 'SUCCEEDED' };
    const { data: first } = (await books.api.post('/payments', sent)).body;
    await books.api.post('/payments', {
      ...sent,
      status: 'PENDING',
      createdAt: '2023-11-01T00:00:00Z',
    });
    const { data } = (await books.api.get(`/payments/${first.id}`)).body;
    const statuses = data.adjustments.map((one: { status: string }) => one.status);
    expect([data.status, statuses]).toEqual(['SUCCEEDED', ['SUCCEEDED', 'PENDING']]);
    const { status: v3 } = (
      await books.api.post('/v3/payments', {
        ...documentedV3(books.connectorID),
        reference: sent.reference,
        adjustments: [
          {
            reference: 'a_1',
            createdAt: '2023-11-09T00:00:00Z',
            status: 'AMOUNT_ADJUSTEMENT',
            amount: 100,
            asset: 'USD',
          },
        ],
      })
    ).body.data;
    const query = JSON.stringify({ $match: { reference: sent.reference } });
    const [row] = (await books.api.get('/payments', { query })).body.cursor.data;
    expect([v3, row.status]).toEqual(['AMOUNT_ADJUSTEMENT', 'SUCCEEDED']);
  });

  it('takes refunds away one by one, also within one millisecond, and never more than there is', async () => {
    const sent = { ...documented(books.connectorID), status: 'SUCCEEDED' };
    await books.api.post('/payments', sent);
    const refund = (amount: number, micros: string) =>
      books.api.post('/payments', {
        ...sent,
        status: 'REFUNDED',
        amount,
        createdAt: `2023-11-09T05:31:56.0000${micros}Z`,
      });
    expect((await refund(60, '01')).body.data.amount).toBe(40);
    expect((await refund(40, '02')).body.data.amount).toBe(0);
    const { status, body } = await refund(1, '03');
    expect([status, body.errorCode]).toEqual([400, 'VALIDATION']);
  });

  it('changes nothing that was frozen at first sight, and keeps what differed as evidence once', async () => {
    const sent = { ...documented(books.connectorID), status: 'SUCCEEDED' };
    const { data: first } = (await books.api.post('/payments', sent)).body;
    const otherwise = { ...sent, asset: 'EUR', scheme: 'visa', amount: 5 };
    await books.api.post('/payments', otherwise);
    const { status, body } = await books.api.post('/payments', otherwise);
    expect([status, body.data]).toEqual([200, first]);
    const { rows } = await evidenceOf(sent.reference);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.evidence).toMatchObject({ asset: 'EUR', scheme: 'visa' });
  });

  it('flags a refund that hides behind the time of another, and one in another currency', async () => {
    const sent = { ...documented(books.connectorID), status: 'SUCCEEDED' };
    await books.api.post('/payments', sent);
    const refund = { ...sent, status: 'REFUNDED', amount: 10, createdAt: '2023-11-09T05:31:56Z' };
    await books.api.post('/payments', refund);
    await books.api.post('/payments', { ...refund, amount: 20 });
    const foreign = { ...refund, asset: 'EUR', createdAt: '2023-11-10T05:31:56Z' };
    expect((await books.api.post('/payments', foreign)).body.data.amount).toBe(90);
    const { rows } = await evidenceOf(sent.reference);
    expect(rows.map(({ conflict }) => conflict)).toEqual(['amount_mismatch', 'amount_mismatch']);
  });
});

async function evidenceOf(reference: string) {
  const rows = await house.db.run<{ evidence: unknown; conflict: string | null }>(
    {
      name: '',
      text: `SELECT j.evidence, p.conflict FROM adjustments j
        JOIN payments p ON p.environment_id = j.environment_id AND p.id = j.payment_id
        WHERE p.reference = $1 AND j.ledger_status IS NULL`,
    },
    [reference],
  );
  return { rows };
}

describe('POST /v3/payments', () => {
  const postV3 = (adjustments: readonly object[] = [], change: object = {}) =>
    books.api.post('/v3/payments', { ...documentedV3(books.connectorID, adjustments), ...change });
  const at = (day: number) => `2023-11-${String(day).padStart(2, '0')}T05:31:56Z`;

  it('answers 201 with the payment and every adjustment', async () => {
    const refund = {
      reference: 'r_1',
      createdAt: at(9),
      status: 'REFUNDED',
      amount: 55,
      asset: 'USD/2',
    };
    const { status, body } = await postV3([{ ...refund, metadata: { why: 'late' } }]);
    expect(status).toBe(201);
    expect(body.data).toMatchObject({
      provider: 'stripe',
      type: 'PAY-IN',
      initialAmount: 1340,
      amount: 1285,
      status: 'REFUNDED',
      scheme: 'CARD_VISA',
      sourceAccountID: null,
      destinationAccountID: null,
      metadata: {},
    });
    const [newest, oldest] = body.data.adjustments;
    expect(newest).toEqual({
      id: expect.any(String),
      ...refund,
      metadata: { why: 'late' },
      raw: {},
    });
    expect(oldest.status).toBe('SUCCEEDED');
    expect(json(newest.id)).toEqual({
      CreatedAt: at(9),
      PaymentID: json(body.data.id),
      Reference: 'r_1',
      Status: 'REFUNDED',
    });
    expect((await books.api.get(`/v3/payments/${body.data.id}`)).body).toEqual(body);
    expect((await books.api.get(`/payments/${body.data.id}`)).body.data).toMatchObject({
      scheme: 'visa',
      amount: 1285,
    });
  });

  it('keeps a captured amount, and shows v1 no word that it does not know', async () => {
    const asset = 'USD/2';
    const { data } = (
      await postV3([
        { reference: 'c_1', createdAt: at(9), status: 'CAPTURE', amount: 1340, asset },
        { reference: 'a_1', createdAt: at(10), status: 'AMOUNT_ADJUSTEMENT', amount: 1300, asset },
      ])
    ).body;
    expect(data).toMatchObject({ amount: 1300, initialAmount: 1300, status: 'AMOUNT_ADJUSTEMENT' });
    const v1 = (await books.api.get(`/payments/${data.id}`)).body.data;
    expect([v1.status, v1.adjustments.map((one: { status: string }) => one.status)]).toEqual([
      'SUCCEEDED',
      ['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED'],
    ]);
    const query = JSON.stringify({ $match: { id: data.id } });
    expect((await books.api.get('/payments', { query })).body.cursor.data[0].status).toBe(
      'SUCCEEDED',
    );
  });

  it('appends what is new of a payment that is there, and applies it once', async () => {
    const sent = documentedV3(books.connectorID);
    await books.api.post('/v3/payments', sent);
    const refund = {
      reference: 'r_2',
      createdAt: at(9),
      status: 'REFUNDED',
      amount: 40,
      asset: 'USD',
    };
    const more = { ...sent, adjustments: [...sent.adjustments, refund] };
    const replies = await Promise.all([1, 2, 3].map(() => books.api.post('/v3/payments', more)));
    expect(replies.map(({ status }) => status)).toEqual([201, 201, 201]);
    const { data } = (await books.api.post('/v3/payments', more)).body;
    expect([data.amount, data.adjustments.length]).toEqual([1300, 2]);
  });

  it('takes an adjustment that is said twice in one request once, and none with two amounts', async () => {
    const refund = {
      reference: 'r_1',
      createdAt: at(9),
      status: 'REFUNDED',
      amount: 40,
      asset: 'USD/2',
    };
    const { status, body } = await postV3([refund, refund]);
    expect([status, body.data.amount, body.data.adjustments.length]).toEqual([201, 1300, 2]);
    const { reference } = body.data;
    const later = { ...refund, reference: 'r_2' };
    const again = (await postV3([later, later], { reference, adjustments: [later, later] })).body;
    expect(again.data).toMatchObject({ amount: 1260, adjustments: { length: 3 } });
    const torn = await postV3([refund, { ...refund, amount: 50 }]);
    expect([torn.status, torn.body.errorCode]).toEqual([400, 'VALIDATION']);
  });

  it('takes the initial amount from the amount when it is left out or null', async () => {
    for (const initialAmount of [undefined, null]) {
      const { data } = (await postV3([], { initialAmount })).body;
      expect(data.initialAmount).toBe(1340);
    }
  });

  it.each([
    ['no adjustments', { adjustments: [] }],
    ['more than the initial amount', { initialAmount: 1000 }],
    [
      'an adjustment in another asset',
      { adjustments: [{ reference: 'x', createdAt: at(1), status: 'SUCCEEDED', asset: 'EUR' }] },
    ],
    [
      'a refund of no amount',
      { adjustments: [{ reference: 'x', createdAt: at(1), status: 'REFUNDED' }] },
    ],
    [
      'a refund of too much',
      { adjustments: [{ reference: 'x', createdAt: at(1), status: 'REFUNDED', amount: 1341 }] },
    ],
    ['an adjustment that is none', { adjustments: ['x'] }],
  ])('refuses %s', async (_, change) => {
    expect((await postV3([], change)).status).toBe(400);
  });
});

describe('a payment of a connection that is gone', () => {
  it('is still in the ledger, and takes nothing new', async () => {
    const { api, reevit, connectorID } = await openBooks(house);
    const sent = documented(connectorID);
    const { data } = (await api.post('/payments', sent)).body;
    const [{ id }] = (await reevit.get('/connections')).body.connections;
    expect((await reevit.delete(`/connections/${id}`)).status).toBe(204);
    expect((await api.get(`/payments/${data.id}`)).body.data).toEqual(data);
    expect((await api.get('/payments')).body.cursor.data).toHaveLength(1);
    expect((await api.post('/payments', sent)).status).toBe(400);
  });
});

describe('a recorded payment in the Reevit API', () => {
  it('is a payment with one attempt, in the list and by its id', async () => {
    const sent = { ...documented(books.connectorID), status: 'SUCCEEDED', asset: 'KWD' };
    await books.api.post('/payments', sent);
    const { body: list } = await books.reevit.get(`/payments?reference=${sent.reference}`);
    expect(list).toHaveLength(1);
    const { status, body } = await books.reevit.get(`/payments/${list[0].id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'succeeded',
      amount: 100,
      currency: 'KWD',
      provider: 'stripe',
      reference: sent.reference,
      captured_amount: 100,
      client_secret: '',
      available_psps: [],
      route: [{ provider: 'stripe', status: 'succeeded' }],
    });
  });

  it.each([
    ['cancel', {}],
    ['retry', {}],
    ['capture', {}],
    ['refund', { amount: 5 }],
  ])('cannot be changed there by %s, and no PSP is called', async (verb, body) => {
    for (const status of ['PENDING', 'FAILED', 'SUCCEEDED', 'AUTHORISATION']) {
      const sent = { ...documented(books.connectorID), status };
      await books.api.post('/payments', sent);
      const [{ id }] = (await books.reevit.get(`/payments?reference=${sent.reference}`)).body;
      const answer = await books.reevit.post(`/payments/${id}/${verb}`, body);
      expect([status, answer.status, answer.body.code]).toEqual([status, 400, 'payment_recorded']);
      expect((await books.reevit.post(`/payments/${id}/confirm`)).status).toBe(200);
    }
  });

  it('tells of itself in events', async () => {
    const sent = { ...documented(books.connectorID), type: 'PAYOUT' };
    await books.api.post('/payments', sent);
    await books.api.post('/payments', {
      ...sent,
      status: 'SUCCEEDED',
      createdAt: '2023-11-08T05:31:56Z',
    });
    const { body } = await books.reevit.get('/events?limit=200');
    const about = (body.events ?? body.data ?? body).filter(
      (event: { data: { reference?: string } }) => event.data?.reference === sent.reference,
    );
    expect(about.map((event: { type: string }) => event.type).sort()).toEqual([
      'payment.created',
      'payment.succeeded',
      'payment.updated',
    ]);
    const created = about.find((event: { type: string }) => event.type === 'payment.created');
    expect(created.data).toMatchObject({ status: 'pending', amount: 100, currency: 'USD' });
  });
});

describe('PATCH …/metadata', () => {
  it('merges, in v1 as a map and in v3 in either shape, and shows everywhere', async () => {
    const { data } = (await post()).body;
    const { status, text } = await books.api.patch(`/payments/${data.id}/metadata`, { a: '1' });
    expect([status, text]).toEqual([204, '']);
    await books.api.patch(`/v3/payments/${data.id}/metadata`, { metadata: { b: '2' } });
    await books.api.patch(`/v3/payments/${data.id}/metadata`, { metadata: '3' });
    expect((await books.api.get(`/payments/${data.id}`)).body.data.metadata).toEqual({
      a: '1',
      b: '2',
      metadata: '3',
    });
    const [payment] = (await books.reevit.get(`/payments?reference=${data.reference}`)).body;
    expect(payment.metadata).toEqual({ a: '1', b: '2', metadata: '3' });
  });

  it('has an end, however many times something is added', async () => {
    const { data } = (await post()).body;
    const some = (from: number, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${from + index}`, 'v']));
    const add = async (more: object) =>
      (await books.api.patch(`/payments/${data.id}/metadata`, more)).status;
    expect([await add(some(0, 60)), await add(some(60, 60)), await add(some(40, 60))]).toEqual([
      204, 400, 204,
    ]);
  });

  it.each(['{}', 'null', '[]', '{"a":1}', '{"a":'])('refuses %s', async (body) => {
    const { data } = (await post()).body;
    expect((await books.api.send('PATCH', `/payments/${data.id}/metadata`, body)).status).toBe(400);
  });

  it('of nothing is 404, of what is no id 400', async () => {
    const { data } = (await post()).body;
    const other = await openBooks(house);
    const stranger = await other.api.patch(`/payments/${data.id}/metadata`, { a: '1' });
    expect([stranger.status, stranger.body.errorCode]).toEqual([404, 'NOT_FOUND']);
    const none = await books.api.patch('/payments/none/metadata', { a: '1' });
    expect([none.status, none.body.errorCode]).toEqual([400, 'INVALID_ID']);
  });
});
