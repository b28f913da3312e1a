import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCurrency } from '../kernel/currency.ts';
import { toDecimalText } from '../kernel/money.ts';
import type { MovementItem } from './contract.ts';
import {
  historyPage,
  listedBalance,
  listedMoney,
  listedTime,
  placeOf,
  plainName,
} from './listed.ts';

const query = { kind: 'payments', fromMs: 10_500, toMs: 20_000, cursor: null } as const;
const item = (reference: string, createdAtMs = 15_000): MovementItem => ({
  is: 'movement',
  type: 'pay_in',
  reference,
  givenReference: null,
  parent: null,
  createdAtMs,
  status: 'SUCCEEDED',
  amount: { amountMinor: 1n, currency: 'NGN' },
});
const row = (reference: string, at?: number) => ({ reference, item: item(reference, at) });
type Row = ReturnType<typeof row> | { reference: string | null; item: null };
const page = (
  rows: readonly Row[],
  place = placeOf(null, 1),
  isLast: boolean | null = false,
  names = rows.map(({ reference }) => reference),
) => historyPage({ place, names, rows, isLast }, query);

describe('pages by number', () => {
  it('go on until the list says that it ends, or tells nothing', () => {
    const first = page([row('a')]);
    expect(first).toMatchObject({ kind: 'told', value: { items: [{ reference: 'a' }] } });
    const next = first.kind === 'told' ? first.value.next : null;
    const place = placeOf(next, 1);
    expect(place).toMatchObject({ page: 2, told: 0 });
    expect(page([row('b')], place, null)).toMatchObject({
      value: { next: expect.stringMatching(/^3:/) },
    });
    expect(page([row('b')], place, true)).toMatchObject({ value: { next: null } });
    expect(page([], place)).toMatchObject({ value: { items: [], next: null } });
  });

  it('are told in portions where there is much to ask', () => {
    const names = ['a', 'b', 'c'];
    const first = page([row('a'), row('b')], placeOf(null, 1), true, names);
    const next = first.kind === 'told' ? first.value.next : null;
    expect(placeOf(next, 1)).toMatchObject({ page: 1, told: 2 });
    expect(page([row('c')], placeOf(next, 1), true, names)).toMatchObject({
      value: { items: [{ reference: 'c' }], next: null },
    });
    // It has become shorter meanwhile.
    expect(page([], placeOf(next, 1), true, ['a'])).toMatchObject({ value: { next: null } });
  });

  it('are no list when the same page comes again, or more than anybody has', () => {
    const first = page([row('a'), row('b')]);
    const place = placeOf(first.kind === 'told' ? first.value.next : null, 1);
    expect(page([row('a'), row('b')], place).kind).toBe('unreachable');
    expect(page([row('b'), row('c')], place).kind).toBe('told');
    expect(page([row('c')], { page: 100_000, told: 0, before: '' }).kind).toBe('unreachable');
  });

  it('tell what was made within the window, whose ends a PSP knows to the second', () => {
    const told = page([
      row('late', 20_001),
      row('end', 20_000),
      row('cut', 10_000),
      row('old', 9_999),
    ]);
    expect(told).toMatchObject({ value: { items: [{ reference: 'end' }, { reference: 'cut' }] } });
  });

  it('name what has no meaning, and learn nothing from what has no name', () => {
    expect(page([{ reference: 'odd', item: null }])).toMatchObject({
      value: { unreadable: ['odd'] },
    });
    expect(page([row('a'), { reference: null, item: null }]).kind).toBe('unreachable');
  });
});

describe('amounts of lists', () => {
  it.each([
    [150.5, 'NGN', 15_050n],
    ['150.50', 'NGN', 15_050n],
    [500, 'UGX', 500n],
    [0.001, 'KWD', 1n],
    [0, 'NGN', 0n],
    ['90071992547409.91', 'NGN', 9_007_199_254_740_991n],
  ] as const)('reads %s %s exactly', (value, currency, minor) => {
    expect(listedMoney(value, currency)).toEqual({ amountMinor: minor, currency });
  });

  it.each([
    [150.505, 'NGN'],
    ['150.505', 'NGN'],
    [500.5, 'UGX'],
    [-1, 'NGN'],
    [1e21, 'NGN'],
    [Number.NaN, 'NGN'],
    [Number.POSITIVE_INFINITY, 'NGN'],
    // The number that stood there was another one.
    [Number('90071992547409.93'), 'NGN'],
    ['90071992547409.92', 'NGN'],
    ['9'.repeat(18), 'NGN'],
    ['1,500.00', 'NGN'],
    ['0x10', 'NGN'],
    [null, 'NGN'],
    [{}, 'NGN'],
    [1, 'DOGE'],
    [1, 'toString'],
    [1, null],
  ])('does not read %s %s', (value, currency) => {
    expect(listedMoney(value, currency)).toBe(null);
  });

  it('are owed only as balances', () => {
    expect(listedBalance(-1.5, 'GHS')).toEqual({ amountMinor: -150n, currency: 'GHS' });
  });

  it('say what the text says, or nothing', () => {
    const decimals = fc.tuple(fc.nat(), fc.nat({ max: 99 }));
    fc.assert(
      fc.property(decimals, ([whole, cents]) => {
        const text = `${whole}.${String(cents).padStart(2, '0')}`;
        const read = listedMoney(Number(text), 'NGN');
        expect(read && toDecimalText(read)).toBe(text);
      }),
    );
  });

  it('never throw, and are within what a database takes', () => {
    fc.assert(
      fc.property(fc.anything(), fc.oneof(fc.anything(), fc.constant('NGN')), (value, currency) => {
        const read = listedBalance(value, currency);
        if (read === null) return;
        expect(isCurrency(read.currency)).toBe(true);
        expect(BigInt.asIntN(63, read.amountMinor)).toBe(read.amountMinor);
      }),
    );
  });
});

describe('names and times of lists', () => {
  it('are short, printable, and of our time', () => {
    expect(plainName('MNFY|11|2026')).toBe('MNFY|11|2026');
    for (const odd of [null, '', 'a\u0000b', 'ü', 'x'.repeat(256), 'a\nb'])
      expect(plainName(odd)).toBe(null);
    for (const odd of [null, '', 'yesterday', '1969-01-01T00:00:00Z', '+275760-01-01T00:00:00Z'])
      expect(listedTime(odd)).toBe(null);
    expect(listedTime('2026-01-05T10:15:16.000Z')).toBe(1_767_608_116_000);
  });
});
