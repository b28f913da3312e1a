import { describe, expect, it } from 'vitest';
import { connection, type Market, planOf, routeOf, rule } from '../../../test/market.ts';
import type { Connection } from '../connection/connection.ts';
import { type Health, noHealth } from '../connection/health.ts';
import type { PlanRequest } from './request.ts';
import type { RoutingRule } from './rule.ts';

const paystack = connection('paystack');
const stripe = connection('stripe', { provider: 'stripe', createdAt: 1 });
const both = [paystack, stripe];

describe('a connection is dropped', () => {
  it.each<[string, Partial<Connection>, Partial<PlanRequest>, string]>([
    ['when it is inactive', { status: 'inactive' }, {}, 'inactive'],
    ['when it is of the other mode', { mode: 'live' }, {}, 'wrong_mode'],
    ['when its connector is not installed', { provider: 'nopay' }, {}, 'connector_missing'],
    ['when it only records', { canCharge: false }, {}, 'cannot_charge'],
    ['when it does not take the method', {}, { method: 'mobile_money' }, 'method_not_supported'],
    ['when it is not for the country', {}, { country: 'NG' }, 'country_not_supported'],
    ['when it does not take the currency', {}, { currency: 'USD' }, 'currency_not_supported'],
    ['when the amount is below its minimum', {}, { amountMinor: 99n }, 'amount_too_small'],
    ['when the amount is above its maximum', {}, { amountMinor: 1_000_001n }, 'amount_too_large'],
    ['when it has no manual capture', {}, { operation: 'authorize' }, 'operation_not_supported'],
    ['when it has no payouts', {}, { operation: 'payout' }, 'operation_not_supported'],
    [
      'when the provider is not allowed',
      {},
      { allowedProviders: ['stripe'] },
      'provider_not_allowed',
    ],
    ['when another is forced', {}, { forcedConnectionId: 'x' }, 'not_the_forced_connection'],
    [
      'when it cannot authorise in the currency',
      { provider: 'stripe', capabilities: {} },
      { operation: 'authorize', currency: 'EUR' },
      'manual_capture_not_supported',
    ],
    [
      'when it cannot authorise the method',
      { provider: 'stripe', capabilities: {} },
      { operation: 'authorize', method: 'apple_pay' },
      'manual_capture_not_supported',
    ],
  ])('%s', (_, change, asked, reason) => {
    const plan = planOf({ connections: [connection('con', change)], asked });
    expect(plan.candidates).toEqual([]);
    expect(plan.considered).toMatchObject([{ connectionId: 'con', verdict: 'dropped', reason }]);
    expect(plan.considered[0]?.detail).toMatch(/^[A-Z].*\.$/);
  });

  it('for a wanted and impossible amount with the bound in its sentence', () => {
    const { considered } = planOf({ connections: [paystack], asked: { amountMinor: 1n } });
    expect(considered[0]?.detail).toBe('Takes at least 1.00 GHS.');
  });
});

describe('a connection is kept', () => {
  it.each<[string, Partial<Connection>, Partial<PlanRequest>]>([
    ['by the alias of the method', { capabilities: { methods: ['momo'] } }, { method: 'mpesa' }],
    ['for any method when none is asked for', {}, { method: null }],
    ['for an empty method as for none', {}, { method: '' }],
    ['for any country when none is given', {}, { country: null }],
    ['for a country and currency in lower case', {}, { country: 'gh', currency: 'ghs' }],
    ['at exactly its minimum', {}, { amountMinor: 100n }],
    ['at exactly its maximum', {}, { amountMinor: 1_000_000n }],
    [
      'with what its manifest can when it declares nothing',
      { capabilities: {} },
      { country: 'NG' },
    ],
    ['by an allowed provider in any case', {}, { allowedProviders: ['PayStack'] }],
    ['for manual capture when it can', { provider: 'stripe' }, { operation: 'authorize' }],
    [
      'for manual capture without a method',
      { provider: 'stripe' },
      { operation: 'authorize', method: null },
    ],
  ])('%s', (_, change, asked) => {
    expect(routeOf({ connections: [connection('con', change)], asked })).toEqual(['con']);
  });

  it('Stripe and Paystack connections for cards in Ghana both take a Ghanaian card', () => {
    expect(routeOf({ connections: both })).toEqual(['paystack', 'stripe']);
  });
});

describe('a forced connection', () => {
  it('is the only one, whatever the rules say, and nothing falls back', () => {
    const plan = planOf({
      connections: both,
      rules: [rule('rr', 'paystack')],
      asked: { forcedConnectionId: 'stripe' },
    });
    expect(plan.candidates).toEqual([
      { connectionId: 'stripe', provider: 'stripe', source: 'forced', mayFallBackTo: false },
    ]);
    expect(plan).toMatchObject({ rules: [], ruleId: null, fallbackToDefault: false });
    expect(plan.considered.map(({ reason }) => reason)).toEqual([
      'forced',
      'not_the_forced_connection',
    ]);
  });

  it.each<[string, Partial<PlanRequest>]>([
    ['does not exist', { forcedConnectionId: 'none' }],
    ['cannot do it', { forcedConnectionId: 'stripe', method: 'mobile_money' }],
    ['is not allowed', { forcedConnectionId: 'stripe', allowedProviders: ['paystack'] }],
  ])('leaves no candidates when it %s', (_, asked) => {
    expect(routeOf({ connections: both, asked })).toEqual([]);
  });
});

describe.each([
  ['paystack', 'stripe'],
  ['stripe', 'paystack'],
])('with rules for %s before %s', (top, other) => {
  const off = both.map((one) => (one.id === top ? { ...one, status: 'inactive' as const } : one));

  it.each<[string, Partial<RoutingRule>[]]>([
    [
      'the matching rule of highest priority heads the route',
      [
        { priority: 1, connectionId: other },
        { priority: 10, connectionId: top },
        { priority: 5, connectionId: other },
      ],
    ],
    [
      'of two rules of one priority the older decides',
      [
        { createdAt: 2, connectionId: other },
        { createdAt: 1, connectionId: top },
      ],
    ],
    ['a rule with methods [] matches every method', [{ methods: [], connectionId: top }]],
    [
      'a disabled rule is passed over',
      [{ priority: 10, enabled: false, connectionId: other }, { connectionId: top }],
    ],
    [
      'a rule for another method is passed over',
      [
        { priority: 10, methods: ['momo'], connectionId: other },
        { methods: ['card'], connectionId: top },
      ],
    ],
    [
      'a rule for another country is passed over',
      [
        { priority: 10, countries: ['NG', 'KE'], connectionId: other },
        { countries: ['NG', 'GH'], connectionId: top },
      ],
    ],
    [
      'a rule whose condition fails is passed over',
      [
        { priority: 10, conditions: { amount_min: 9_999 }, connectionId: other },
        { connectionId: top },
      ],
    ],
  ])('%s', (_, changes) => {
    const rules = changes.map((change, i) => rule(`rr_${i}`, 'x', change));
    expect(routeOf({ connections: both, rules })).toEqual([top, other]);
  });

  it('default routing follows the rule, and each candidate says where it comes from', () => {
    expect(planOf({ connections: both, rules: [rule('rr', top)] }).candidates).toEqual([
      { connectionId: top, provider: top, source: 'rule', ruleId: 'rr', mayFallBackTo: false },
      { connectionId: other, provider: other, source: 'default', mayFallBackTo: true },
    ]);
  });

  it('fallback_to_default false ends the plan with the rule', () => {
    const plan = planOf({
      connections: both,
      rules: [rule('rr', top, { fallbackToDefault: false })],
    });
    expect(plan.candidates.map(({ connectionId }) => connectionId)).toEqual([top]);
    expect(plan.considered[1]).toMatchObject({
      connectionId: other,
      reason: 'rule_without_fallback',
    });
    expect(plan.fallbackToDefault).toBe(false);
  });

  it('default routing takes over when the connection of the rule is inactive', () => {
    const plan = planOf({ connections: off, rules: [rule('rr', top)] });
    expect(plan.candidates).toMatchObject([{ connectionId: other, source: 'default' }]);
    expect(plan.rules).toMatchObject([{ verdict: 'connection_unavailable', reason: 'inactive' }]);
    expect(plan.ruleId).toBe('rr');
  });

  it('nothing takes over with fallback_to_default false, no rule of lower priority either', () => {
    const rules = [
      rule('rr', top, { fallbackToDefault: false, priority: 1 }),
      rule('rr_low', other),
    ];
    expect(routeOf({ connections: off, rules })).toEqual([]);
    expect(routeOf({ connections: both.filter(({ id }) => id !== top), rules })).toEqual([]);
  });

  it('the request may prefer, but the rule still heads', () => {
    expect(
      routeOf({ connections: both, rules: [rule('rr', top)], asked: { prefer: [other] } }),
    ).toEqual([top, other]);
  });

  it('the request may forbid the provider of the rule', () => {
    const plan = planOf({
      connections: both,
      rules: [rule('rr', top)],
      asked: { allowedProviders: [other] },
    });
    expect(plan.candidates.map(({ connectionId }) => connectionId)).toEqual([other]);
    expect(plan.rules[0]?.reason).toBe('provider_not_allowed');
  });
});

describe('a rule with more than one connection', () => {
  const four = ['a', 'b', 'c', 'd'].map((id, createdAt) => connection(id, { createdAt }));

  it('tries them in its order, then default routing', () => {
    const rules = [rule('rr', 'c', { connections: ['b'] })];
    const plan = planOf({ connections: four, rules });
    expect(plan.considered.map(({ connectionId, reason }) => [connectionId, reason])).toEqual([
      ['c', 'rule'],
      ['b', 'rule_order'],
      ['a', 'after_rule'],
      ['d', 'age'],
    ]);
  });

  it('falls back among its own without fallback_to_default', () => {
    const rules = [rule('rr', 'c', { connections: ['b'], fallbackToDefault: false })];
    expect(routeOf({ connections: four, rules })).toEqual(['c', 'b']);
  });

  it('is available when one of them is', () => {
    const rules = [rule('rr', 'gone', { connections: ['b'], fallbackToDefault: false })];
    const plan = planOf({ connections: four, rules });
    expect(plan.candidates).toMatchObject([{ connectionId: 'b', source: 'rule' }]);
    expect(plan.rules[0]?.verdict).toBe('matched');
  });

  it('draws a split by the seed, and each payment keeps its draw', () => {
    const split = [
      { connection_id: 'a', weight: 1 },
      { connection_id: 'b', weight: 3 },
    ];
    const rules = [rule('rr', 'a', { split, fallbackToDefault: false })];
    const heads = Array.from({ length: 400 }, (_, i) => {
      const market = { connections: four, rules, circumstances: { seed: `pay_${i}` } };
      expect(planOf(market)).toEqual(planOf(market));
      return routeOf(market)[0];
    });
    const toB = heads.filter((id) => id === 'b').length;
    expect(toB).toBeGreaterThan(260);
    expect(toB).toBeLessThan(340);
    expect(planOf({ connections: four, rules }).considered[0]?.reason).toBe('rule_split');
  });
});

describe('an open breaker on the connection of a rule', () => {
  const open: Health = { ...noHealth, status: 'unhealthy', score: 0, breaker: 'open' };
  const down = (...ids: string[]) => ({ health: new Map(ids.map((id) => [id, open])) });

  it('counts as not available where default routing may take over', () => {
    const plan = planOf({
      connections: both,
      rules: [rule('rr', 'paystack')],
      circumstances: down('paystack'),
    });
    expect(plan.candidates.map(({ connectionId }) => connectionId)).toEqual(['stripe', 'paystack']);
    expect(plan.rules).toMatchObject([
      { verdict: 'connection_unavailable', reason: 'breaker_open' },
    ]);
  });

  it('is tried all the same where nothing else may or can', () => {
    const only = [rule('rr', 'paystack', { fallbackToDefault: false })];
    const circumstances = down('paystack');
    expect(routeOf({ connections: both, rules: only, circumstances })).toEqual(['paystack']);
    const rules = [rule('rr', 'stripe')];
    const all = down('paystack', 'stripe');
    expect(routeOf({ connections: both, rules, circumstances: all })).toEqual([
      'stripe',
      'paystack',
    ]);
  });

  it('comes after the other connections of the rule', () => {
    const rules = [rule('rr', 'paystack', { connections: ['stripe'], fallbackToDefault: false })];
    expect(routeOf({ connections: both, rules, circumstances: down('paystack') })).toEqual([
      'stripe',
      'paystack',
    ]);
  });
});

function details(market: Market): string[] {
  return planOf(market).considered.map(({ detail }) => detail);
}

describe('the explanation', () => {
  it('lists the rules up to the one that decided', () => {
    const rules = [
      rule('rr_1', 'paystack', { priority: 9, enabled: false }),
      rule('rr_2', 'paystack', { priority: 8, countries: ['NG'] }),
      rule('rr_3', 'stripe', { priority: 7 }),
      rule('rr_4', 'paystack'),
    ];
    expect(planOf({ connections: both, rules }).rules).toEqual([
      { ruleId: 'rr_1', name: 'Rule rr_1', verdict: 'disabled', reason: 'disabled' },
      { ruleId: 'rr_2', name: 'Rule rr_2', verdict: 'not_matched', reason: 'country' },
      { ruleId: 'rr_3', name: 'Rule rr_3', verdict: 'matched', reason: 'matched' },
    ]);
  });

  it('is a sentence per connection', () => {
    const connections = [
      ...both,
      connection('momo', { capabilities: { methods: ['momo'] }, createdAt: 2 }),
      connection('spare', { routingHints: { fallback_only: true }, createdAt: 3 }),
    ];
    const dear = { ...paystack, feeStructure: { percentage: 1.95 } };
    const cheap = { ...stripe, feeStructure: { percentage: 1 } };
    expect(details({ connections })).toEqual([
      'Ahead of stripe, which comes later in the default order for card in GH.',
      'Behind paystack: it comes later in the default order for card in GH.',
      'Behind stripe: it is for fallback only.',
      'Does not take card.',
    ]);
    expect(details({ connections: [dear, cheap] })).toEqual([
      'Ahead of paystack, which is expected to cost 0.98 GHS, not 0.50 GHS.',
      'Behind stripe: it is expected to cost 0.98 GHS, not 0.50 GHS.',
    ]);
    expect(details({ connections: [paystack] })).toEqual([
      'The only connection that can take the payment.',
    ]);
    expect(details({ connections: both, rules: [rule('rr', 'stripe')] })).toEqual([
      'Rule "Rule rr" sends the payment here.',
      'First of default routing, behind rule "Rule rr".',
    ]);
  });

  it('says so when there is nothing to say', () => {
    expect(planOf({ connections: [] })).toEqual({
      candidates: [],
      considered: [],
      rules: [],
      ruleId: null,
      fallbackToDefault: true,
    });
  });
});
