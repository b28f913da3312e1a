import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Books,
  documented,
  openBooks,
  openLedgerHouse,
} from '../../../../test/formance-books.ts';
import type { House } from '../../../../test/house-server.ts';

let house: House;
let books: Books;
/** Of 23 payments: every third succeeded, amounts 0 to 22, five of one instant. */
const COUNT = 23;
const references: string[] = [];

beforeAll(async () => {
  house = await openLedgerHouse();
  books = await openBooks(house);
  for (let index = 0; index < COUNT; index += 1) {
    const minute = String(index < 5 ? 0 : index).padStart(2, '0');
    const sent = {
      ...documented(books.connectorID),
      createdAt: `2023-11-07T05:${minute}:00Z`,
      amount: index,
      status: index % 3 === 0 ? 'SUCCEEDED' : 'PENDING',
      type: index % 2 === 0 ? 'PAY-IN' : 'PAYOUT',
      asset: index % 4 === 0 ? 'EUR/2' : 'USD',
      metadata: { parity: index % 2 === 0 ? 'even' : 'odd', index: String(index) },
    };
    references.push(sent.reference);
    const { status, text } = await books.api.post('/payments', sent);
    if (status !== 200) throw new Error(text);
  }
});
afterAll(() => house.close());

interface Page {
  readonly pageSize: number;
  readonly hasMore: boolean;
  readonly previous?: string;
  readonly next?: string;
  readonly data: readonly { readonly reference: string; readonly adjustments: unknown }[];
}

async function page(query: Record<string, string>, path = '/payments'): Promise<Page> {
  const { status, body, text } = await books.api.get(path, query);
  if (status !== 200) throw new Error(text);
  return body.cursor;
}

const indexes = ({ data }: Page) => data.map(({ reference }) => references.indexOf(reference));

async function every(query: Record<string, string>): Promise<number[]> {
  const found: number[] = [];
  for (let asked = query; ; ) {
    const current = await page(asked);
    found.push(...indexes(current));
    if (current.next === undefined) return found;
    asked = { cursor: current.next };
  }
}

const matching = (query: unknown) =>
  every({ query: JSON.stringify(query), pageSize: '4', sort: 'amount:asc' });
const numbers = (keep: (index: number) => boolean) =>
  Array.from({ length: COUNT }, (_, index) => index).filter(keep);

describe('GET /payments', () => {
  it('answers 15, newest first, the later of one instant before the earlier', async () => {
    const first = await page({});
    expect(first).toMatchObject({ pageSize: 15, hasMore: true });
    expect('previous' in first).toBe(false);
    expect(await every({ pageSize: '4' })).toEqual(numbers(() => true).reverse());
    expect(first.data[0]).toMatchObject({ adjustments: [], raw: null });
  });

  it('goes back the way it came', async () => {
    const first = await page({ pageSize: '10' });
    const second = await page({ cursor: first.next! });
    const third = await page({ cursor: second.next! });
    expect([third.hasMore, 'next' in third, third.data.length]).toEqual([false, false, 3]);
    const back = await page({ cursor: third.previous! });
    expect(indexes(back)).toEqual(indexes(second));
    const start = await page({ cursor: back.previous! });
    expect(indexes(start)).toEqual(indexes(first));
    expect([start.hasMore, 'previous' in start]).toEqual([true, false]);
    expect(indexes(await page({ cursor: start.next! }))).toEqual(indexes(second));
  });

  it.each([
    ['0', 15],
    ['100000', 100],
    ['', 15],
  ])('takes pageSize %j as %i', async (pageSize, taken) => {
    expect((await page({ pageSize })).pageSize).toBe(taken);
  });

  it('is sorted as asked, also by several fields in different directions', async () => {
    expect(await every({ pageSize: '5', sort: 'createdAt:asc' })).toEqual(numbers(() => true));
    expect(await every({ pageSize: '5', sort: 'amount:desc' })).toEqual(
      numbers(() => true).reverse(),
    );
    const mixed = await every({ pageSize: '5', sort: 'status:desc,amount:asc' });
    expect(mixed).toEqual([...numbers((n) => n % 3 === 0), ...numbers((n) => n % 3 !== 0)]);
  });

  it.each<[string, unknown, (index: number) => boolean]>([
    ['a status', { $match: { status: 'SUCCEEDED' } }, (n) => n % 3 === 0],
    ['a type', { $match: { type: 'PAYOUT' } }, (n) => n % 2 === 1],
    ['an asset by value', { $match: { asset: 'USD/2' } }, (n) => n % 4 !== 0],
    ['metadata', { $match: { 'metadata[parity]': 'odd' } }, (n) => n % 2 === 1],
    ['metadata that nothing has', { $match: { 'metadata[parity]': 'none' } }, () => false],
    [
      'amounts',
      { $and: [{ $gte: { amount: 5 } }, { $lt: { initial_amount: 9 } }] },
      (n) => n >= 5 && n < 9,
    ],
    ['neither', { $not: { $match: { status: 'SUCCEEDED' } } }, (n) => n % 3 !== 0],
    [
      'either',
      { $or: [{ $match: { 'metadata[index]': '3' } }, { $match: { 'metadata[index]': '8' } }] },
      (n) => n === 3 || n === 8,
    ],
    ['one of several', { $in: { 'metadata[index]': ['1', '2'] } }, (n) => n === 1 || n === 2],
    ['one of several amounts', { $in: { amount: [1, 2, 22] } }, (n) => [1, 2, 22].includes(n)],
    ['what it has', { $exists: { 'metadata[index]': true } }, () => true],
    ['times', { $gt: { created_at: '2023-11-07T05:20:00Z' } }, (n) => n > 20],
    ['a pattern', { $like: { reference: 'ref_%' } }, () => true],
    ['nothing', { $match: { psu_id: 'x' } }, () => false],
  ])('finds by %s', async (_, query, keep) => {
    expect(await matching(query)).toEqual(numbers(keep));
  });

  it('finds by ids: of payments, connectors and accounts', async () => {
    const [{ id, connectorID }] = (await books.api.get('/payments')).body.cursor.data;
    expect(await matching({ $match: { id } })).toEqual([COUNT - 1]);
    expect(await matching({ $match: { connector_id: connectorID } })).toHaveLength(COUNT);
    expect(await matching({ $match: { connector_id: 'none' } })).toEqual([]);
    expect(await matching({ $match: { source_account_id: id } })).toEqual([]);
    const account = Buffer.from(
      JSON.stringify({
        ConnectorID: JSON.parse(Buffer.from(connectorID, 'base64url').toString()),
        Reference: 'a',
      }),
    ).toString('base64url');
    const sent = { ...documented(connectorID), sourceAccountID: account };
    await books.api.post('/payments', sent);
    const query = JSON.stringify({ $match: { source_account_id: account } });
    const { data } = (await books.api.get('/payments', { query })).body.cursor;
    expect(data.map((one: { reference: string }) => one.reference)).toEqual([sent.reference]);
  });

  it('takes the query in the body of a GET as well', async () => {
    const query = { $match: { 'metadata[index]': '7' } };
    const { body } = await books.api.send('GET', '/v3/payments', query);
    expect(body.cursor.data.map((one: { amount: number }) => one.amount)).toEqual([7]);
  });

  it('shows adjustments in v3', async () => {
    const { data } = await page({ pageSize: '2' }, '/v3/payments');
    expect(data[0]?.adjustments).toEqual([expect.objectContaining({ asset: expect.any(String) })]);
  });

  it.each<[string, Record<string, string>]>([
    ['a size that is no number', { pageSize: 'ten' }],
    ['a negative size', { pageSize: '-1' }],
    ['a query that is no JSON', { query: '{"$match"' }],
    ['an unknown key', { query: '{"$match":{"nothing":"x"}}' }],
    ['a fraction', { query: '{"$gt":{"amount":1.5}}' }],
    ['an unknown sort', { sort: 'nothing:asc' }],
    ['a prototype member as sort', { sort: 'constructor' }],
    ['a broken cursor', { cursor: 'eyJvZmZzZXQiOjE1fQ' }],
  ])('refuses %s with VALIDATION', async (_, query) => {
    const { status, body } = await books.api.get('/payments', query);
    expect([status, body.errorCode]).toEqual([400, 'VALIDATION']);
  });

  it('takes no cursor of another environment, nor a changed one', async () => {
    const { next = '' } = await page({ pageSize: '2' });
    const other = await openBooks(house);
    expect((await other.api.get('/payments', { cursor: next })).status).toBe(400);
    const changed = `${next.slice(0, -2)}${next.endsWith('A') ? 'BB' : 'AA'}`;
    expect((await books.api.get('/payments', { cursor: changed })).status).toBe(400);
  });

  it('shows nothing of others', async () => {
    const other = await openBooks(house);
    expect((await other.api.get('/payments')).body.cursor).toEqual({
      pageSize: 15,
      hasMore: false,
      data: [],
    });
  });

  it('cannot be written with a token that may only read', async () => {
    const organization = await house.organization();
    const { FormanceClient } = await import('../../../../test/formance-client.ts');
    const reader = await FormanceClient.of(house.app, organization, { scope: 'payments:read' });
    expect((await reader.get('/payments')).status).toBe(200);
    expect((await reader.post('/payments', {})).status).toBe(403);
  });
});
