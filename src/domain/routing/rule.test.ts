import { describe, expect, it } from 'vitest';
import { request, rule } from '../../../test/market.ts';
import {
  compileRule,
  matches,
  type PaymentFacts,
  type RoutingRule,
  type RuleConditions,
  rulesInOrder,
  targetsOf,
} from './rule.ts';

const monday = Date.parse('2026-01-05T12:00:00Z');

function reasonOf(change: Partial<RoutingRule>, payment: Partial<PaymentFacts> = {}) {
  const { matched, reason } = matches(
    compileRule(rule('rr', 'con', change)),
    request(payment),
    monday,
  );
  expect(matched).toBe(reason === 'matched');
  return reason;
}

describe('a rule with the fields of the seed', () => {
  it.each<[string, Partial<RoutingRule>, Partial<PaymentFacts>, string]>([
    ['matches when the country is listed and methods is empty', {}, {}, 'matched'],
    ['matches one of several countries', { countries: ['NG', 'GH'] }, {}, 'matched'],
    ['matches countries in any case', { countries: ['gh'] }, {}, 'matched'],
    ['matches a listed method', { methods: ['mobile_money', 'card'] }, {}, 'matched'],
    ['matches a method by its alias', { methods: ['momo'] }, { method: 'mobile_money' }, 'matched'],
    ['passes over another country', { countries: ['NG'] }, {}, 'country'],
    ['passes over another method', { methods: ['mobile_money'] }, {}, 'method'],
    ['passes over a payment without a country', {}, { country: null }, 'country'],
    [
      'with methods passes over a payment without one',
      { methods: ['card'] },
      { method: null },
      'method',
    ],
    ['with methods [] takes a payment without one', {}, { method: null }, 'matched'],
  ])('%s', (_, change, payment, reason) => {
    expect(reasonOf(change, payment)).toBe(reason);
  });
});

describe('a condition', () => {
  it.each<[RuleConditions, Partial<PaymentFacts>, string]>([
    [{ amount_min: 5000, amount_max: 5000 }, {}, 'matched'],
    [{ amount_min: 5001 }, {}, 'amount'],
    [{ amount_max: 4999 }, {}, 'amount'],
    [{ amount_max: 0 }, {}, 'amount'],
    [{ currencies: ['ghs'] }, {}, 'matched'],
    [{ currencies: ['USD'] }, {}, 'currency'],
    [{ bins: ['408408'] }, { bin: '40840841' }, 'matched'],
    [{ bins: ['408408'] }, { bin: '408409' }, 'bin'],
    [{ bins: ['408408'] }, {}, 'bin'],
    [{ customer_ids: ['ama'] }, { customerId: 'ama' }, 'matched'],
    [{ customer_ids: ['ama'] }, { customerId: 'kofi' }, 'customer'],
    [{ customer_ids: ['ama'] }, {}, 'customer'],
    [{ metadata: { tier: 'gold', n: 2 } }, { metadata: { tier: 'gold', n: '2', x: 1 } }, 'matched'],
    [{ metadata: { tier: 'gold' } }, { metadata: { tier: 'tin' } }, 'metadata'],
    [{ metadata: { toString: 'x' } }, {}, 'metadata'],
    [{ metadata: { absent: 'undefined' } }, {}, 'metadata'],
    [{ time: { days: ['mon'], from: '09:00', to: '17:00' } }, {}, 'matched'],
    [{ time: { days: ['tue'] } }, {}, 'time'],
    [{ currencies: [], bins: null, customer_ids: [], metadata: {}, time: null }, {}, 'matched'],
    [{ currencies: ['GHS'], amount_min: 9999 }, {}, 'amount'],
  ])('%j for %o: %s', (conditions, payment, reason) => {
    expect(reasonOf({ conditions }, payment)).toBe(reason);
  });

  it('compares amounts beyond what a number holds', () => {
    const conditions = { amount_max: Number.MAX_SAFE_INTEGER };
    const amountMinor = BigInt(Number.MAX_SAFE_INTEGER) + 1n;
    expect(reasonOf({ conditions }, { amountMinor })).toBe('amount');
  });
});

describe('rulesInOrder', () => {
  it('is by priority, highest first, then by age, then by id', () => {
    const rules = [
      rule('d', 'con', { priority: -1 }),
      rule('c', 'con', { createdAt: 2 }),
      rule('b', 'con', { createdAt: 1 }),
      rule('a2', 'con', { priority: 9, createdAt: 5 }),
      rule('a1', 'con', { priority: 9, createdAt: 5 }),
    ];
    expect(rulesInOrder(rules).map(({ id }) => id)).toEqual(['a1', 'a2', 'b', 'c', 'd']);
  });
});

describe('targetsOf', () => {
  it('is connection_id, then the list, each once', () => {
    expect(targetsOf(rule('rr', 'a', { connections: ['b', 'a', 'c'] }), 's')).toEqual([
      'a',
      'b',
      'c',
    ]);
  });

  it('puts a split in front, and never loses connection_id', () => {
    const split = [
      { connection_id: 'b', weight: 1 },
      { connection_id: 'c', weight: 0 },
    ];
    expect(targetsOf(rule('rr', 'a', { split, connections: ['d'] }), 's')).toEqual([
      'b',
      'c',
      'a',
      'd',
    ]);
  });
});
