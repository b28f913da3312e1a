import { describe, expect, it } from 'vitest';
import { type Columns, pageSql } from '../../store/pages.ts';
import { parseQuery, type QueryFields } from './query.ts';

const FIELDS: QueryFields = {
  status: { kind: 'text' },
  type: { kind: 'text', read: (word) => (word === 'PAY-IN' ? 'pay_in' : null) },
  amount: { kind: 'integer' },
  created_at: { kind: 'time' },
  metadata: { kind: 'map' },
  connector_id: {
    kind: 'id',
    find: (value) => ({ op: 'match', field: 'status', key: null, value }),
  },
};
const COLUMNS: Columns = {
  status: { sql: 'a.status', type: 'text' },
  type: { sql: 'a.type', type: 'text' },
  amount: { sql: 'a.amount', type: 'bigint' },
  created_at: { sql: 'a.created_at', type: 'timestamptz' },
  metadata: { sql: 'p.metadata', type: 'map' },
};

function sqlOf(query: unknown): [string, unknown[]] {
  const values: unknown[] = ['env_1'];
  const filter = parseQuery(JSON.stringify(query), FIELDS);
  const { where } = pageSql({ limit: 1, filter, order: [], after: null }, COLUMNS, values);
  return [where, values.slice(1)];
}

describe('the query language', () => {
  it('turns into conditions on columns, with the values as parameters', () => {
    expect(
      sqlOf({
        $and: [
          { $match: { status: 'PENDING' } },
          { $or: [{ $gte: { amount: 10 } }, { $not: { $lt: { amount: 5 } } }] },
          { $match: { 'metadata[a.b]': 'c' } },
        ],
      }),
    ).toEqual([
      " AND (a.status = $2::text AND (a.amount >= $3::bigint OR (a.amount < $4::bigint) IS NOT TRUE) AND (p.metadata <> '{}' AND p.metadata @> $5::jsonb))",
      ['PENDING', 10n, 5n, '{"a.b":"c"}'],
    ]);
    expect(sqlOf({ $in: { status: ['A', 'B'] } })).toEqual([
      ' AND a.status = ANY($2::text[])',
      [['A', 'B']],
    ]);
    expect(sqlOf({ $exists: { 'metadata[k]': false } })).toEqual([
      ' AND NOT p.metadata ? $2',
      ['k'],
    ]);
    expect(sqlOf({ $gt: { created_at: '2026-01-01T00:00:00Z' } })).toEqual([
      ' AND a.created_at > $2::timestamptz',
      ['2026-01-01T00:00:00Z'],
    ]);
  });

  it('reads the words of the wire, and finds nothing for a word that there is not', () => {
    expect(sqlOf({ $match: { type: 'PAY-IN' } })).toEqual([' AND a.type = $2::text', ['pay_in']]);
    expect(sqlOf({ $match: { type: 'NONE' } })).toEqual([' AND false', []]);
  });

  it('asks for everything when it is empty', () => {
    expect(sqlOf({})).toEqual(['', []]);
    expect(parseQuery('', FIELDS)).toBeNull();
  });

  it.each([
    ['an unknown key', { $match: { nothing: 'x' } }],
    ['a prototype member', { $match: { constructor: 'x' } }],
    ['an unknown operator', { $near: { status: 'x' } }],
    ['two operators', { $match: { status: 'x' }, $lt: { amount: 1 } }],
    ['two fields', { $match: { status: 'x', type: 'y' } }],
    ['a text for a number', { $match: { amount: '5' } }],
    ['a fraction', { $match: { amount: 10.5 } }],
    ['a number for a text', { $match: { status: 5 } }],
    ['an order of texts', { $lt: { status: 'x' } }],
    ['a map without a key', { $match: { metadata: 'x' } }],
    ['a key of what is no map', { $match: { 'status[a]': 'x' } }],
    ['no date', { $gt: { created_at: 'yesterday' } }],
    ['a date that is none', { $gt: { created_at: '2026-02-31T00:00:00Z' } }],
    ['NUL', { $match: { status: 'a\u0000' } }],
    ['half a character', { $in: { status: ['\ud800'] } }],
    ['NUL in a key', { $match: { 'metadata[a\u0000]': 'x' } }],
    ['a pattern that ends half-way', { $like: { status: 'a\\' } }],
    ['whether there is an id', { $exists: { connector_id: true } }],
    ['an array', [{ $match: { status: 'x' } }]],
    ['depth', JSON.parse(`${'{"$not":'.repeat(20)}{}${'}'.repeat(20)}`)],
    ['width', { $or: Array.from({ length: 60 }, () => ({ $match: { status: 'x' } })) }],
  ])('refuses %s', (_, query) => {
    expect(() => sqlOf(query)).toThrow(expect.objectContaining({ status: 400 }));
  });

  it('compares several sorted fields as one row when they go the same way, else one by one', () => {
    const order = [
      { field: 'created_at', descending: true },
      { field: 'status', descending: true },
    ];
    const page = { limit: 1, filter: null, after: ['2026-01-01', 'x'] };
    expect(pageSql({ ...page, order }, COLUMNS, []).where).toBe(
      ' AND (a.created_at, a.status) < ($1::timestamptz, $2::text)',
    );
    const mixed = [order[0]!, { field: 'status', descending: false }];
    expect(pageSql({ ...page, order: mixed }, COLUMNS, []).where).toBe(
      ' AND ((a.created_at < $1::timestamptz) OR (a.created_at = $1::timestamptz AND a.status > $2::text))',
    );
  });
});
