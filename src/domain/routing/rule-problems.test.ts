import { describe, expect, it } from 'vitest';
import { type RuleParts, ruleProblems } from './rule-problems.ts';

const arm = { connection_id: 'con_1', weight: 1 };

describe('ruleProblems', () => {
  it.each<RuleParts>([
    {},
    { countries: ['GH', 'ng'], methods: ['card', 'momo', 'opay'] },
    { conditions: null, connections: null, split: null },
    { connections: ['con_1'], split: [arm, { connection_id: 'con_2', weight: 0 }] },
    {
      conditions: {
        amount_min: 0,
        amount_max: 10_000,
        currencies: ['GHS'],
        bins: ['408408'],
        customer_ids: ['ama'],
        metadata: { tier: 'gold', n: 1, vip: true },
        time: { days: ['mon'], from: '22:00', to: '06:00' },
      },
    },
    { conditions: { time: { from: null, to: null }, countries: ['GH'] } },
  ])('takes %j', (parts) => {
    expect(ruleProblems(parts)).toEqual([]);
  });

  it.each<[RuleParts, string]>([
    [{ countries: ['GHA'] }, 'countries[0]'],
    [{ countries: ['GH', '1!'] }, 'countries[1]'],
    [{ methods: 'card' }, 'methods'],
    [{ methods: [''] }, 'methods[0]'],
    [{ connections: [''] }, 'connections[0]'],
    [{ conditions: [] }, 'conditions'],
    [{ conditions: { amount_min: 1.5 } }, 'conditions.amount_min'],
    [{ conditions: { amount_max: -1 } }, 'conditions.amount_max'],
    [{ conditions: { amount_max: '5' } }, 'conditions.amount_max'],
    [{ conditions: { amount_min: 2, amount_max: 1 } }, 'conditions.amount_max'],
    [{ conditions: { currencies: ['XXX'] } }, 'conditions.currencies[0]'],
    [{ conditions: { bins: ['4084084084084081'] } }, 'conditions.bins[0]'],
    [{ conditions: { customer_ids: [1] } }, 'conditions.customer_ids[0]'],
    [{ conditions: { metadata: 'gold' } }, 'conditions.metadata'],
    [{ conditions: { metadata: { tier: {} } } }, 'conditions.metadata.tier'],
    [{ conditions: { time: 'always' } }, 'conditions.time'],
    [{ conditions: { time: { days: ['Monday'] } } }, 'conditions.time.days[0]'],
    [{ conditions: { time: { from: '8am' } } }, 'conditions.time.from'],
    [{ conditions: { time: { from: '08:00', to: '08:00' } } }, 'conditions.time.to'],
    [{ split: 'half' }, 'split'],
    [{ split: ['con_1'] }, 'split[0]'],
    [{ split: [{ weight: 1 }] }, 'split[0].connection_id'],
    [{ split: [arm, arm] }, 'split[1].connection_id'],
    [{ split: [{ ...arm, weight: -1 }] }, 'split[0].weight'],
    [{ split: [{ ...arm, weight: Number.NaN }] }, 'split[0].weight'],
    [{ split: [{ ...arm, weight: 0 }] }, 'split'],
    [{ split: Array.from({ length: 21 }, () => arm) }, 'split'],
  ])('refuses %j and names the field', (parts, field) => {
    expect(ruleProblems(parts).map((problem) => problem.field)).toEqual([field]);
  });

  it('bounds the number of metadata keys', () => {
    const metadata = Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`k${i}`, 'v']));
    expect(ruleProblems({ conditions: { metadata } })).toHaveLength(1);
  });
});
