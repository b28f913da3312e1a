import { describe, expect, it } from 'vitest';
import { connection, planOf } from '../../../test/market.ts';
import type { Connection } from '../connection/connection.ts';
import { type Health, healthLimits, noHealth } from '../connection/health.ts';
import type { PlanRequest } from './request.ts';

const failing: Health = { ...noHealth, status: 'unhealthy', score: 0.1, tier: 2, lastCallAtMs: 0 };
const open: Health = { ...failing, breaker: 'open' };

/** Two connections, the older one called `old`, the newer `new`. */
function order(
  older: Partial<Connection>,
  newer: Partial<Connection>,
  asked: Partial<PlanRequest> = {},
  health: Record<string, Health> = {},
  nowMs = 0,
) {
  const { candidates, considered } = planOf({
    connections: [connection('old', older), connection('new', { createdAt: 1, ...newer })],
    asked,
    circumstances: { health: new Map(Object.entries(health)), nowMs },
  });
  return { ids: candidates.map(({ connectionId }) => connectionId), considered };
}

const newFirst = ['new', 'old'];
const oldFirst = ['old', 'new'];

describe('default routing', () => {
  it('puts the older of two equal connections first', () => {
    expect(order({}, {}).ids).toEqual(oldFirst);
  });

  it.each<[string, string, Partial<Connection>, Partial<Connection>, Partial<PlanRequest>?]>([
    ['puts fallback_only last', 'fallback_only', { routingHints: { fallback_only: true } }, {}],
    [
      'puts the provider that the request prefers first',
      'prefer',
      {},
      { provider: 'stripe' },
      { prefer: ['Stripe'] },
    ],
    [
      'follows the order of the preferred providers',
      'prefer',
      {},
      { provider: 'stripe' },
      { prefer: ['hubtel', 'stripe', 'paystack'] },
    ],
    [
      'puts a connection that prefers the country first',
      'country_preference',
      {},
      { routingHints: { country_preference: ['NG', 'GH'] } },
    ],
    [
      'compares the places in the country preference',
      'country_preference',
      { routingHints: { country_preference: ['NG', 'GH'] } },
      { routingHints: { country_preference: ['GH', 'NG'] } },
    ],
    [
      'ranks by method bias, in either vocabulary',
      'method_bias',
      { routingHints: { method_bias: { card: 'tertiary' } } },
      { routingHints: { method_bias: { card: 'medium' } } },
    ],
    [
      'puts a bias below neutral behind a connection without one',
      'method_bias',
      { routingHints: { method_bias: { card: 'low' } } },
      {},
    ],
    [
      'puts the cheaper first',
      'fee',
      { feeStructure: { percentage: 1.95, fixed: 1 } },
      { feeStructure: { percentage: 1.95 } },
    ],
    [
      'does not take an unstated fee for a fee of nothing',
      'fee',
      { feeStructure: { percentage: 0, fixed: 0 } },
      { feeStructure: { percentage: 9 } },
    ],
    ['puts the label primary first', 'label', {}, { labels: ['x', 'primary'] }],
    ['puts the label fallback last', 'label', { labels: ['fallback'] }, {}],
    [
      'ends with the published order of the country',
      'published_order',
      { provider: 'flutterwave' },
      { provider: 'hubtel' },
    ],
    [
      'puts a provider outside the published order behind it',
      'published_order',
      { provider: 'stripe' },
      { provider: 'paystack' },
    ],
  ])('%s', (_, reason, older, newer, asked) => {
    const { ids, considered } = order(older, newer, asked);
    expect(ids).toEqual(newFirst);
    expect(considered.map((one) => one.reason)).toEqual([reason, reason]);
  });

  it('has a published order of its own for mobile money', () => {
    const momo = { capabilities: { methods: ['momo'] } };
    const { ids } = order(
      { ...momo, provider: 'paystack' },
      { ...momo, provider: 'hubtel' },
      { method: 'mobile_money' },
    );
    expect(ids).toEqual(newFirst);
  });

  it('puts the unhealthy behind the healthy, but keeps it', () => {
    expect(order({}, {}, {}, { old: failing }).ids).toEqual(newFirst);
  });

  it.each<[string, Partial<Connection>, Partial<Connection>, Partial<PlanRequest>?]>([
    [
      'fallback_only outranks the request',
      { provider: 'stripe', routingHints: { fallback_only: true } },
      {},
      { prefer: ['stripe'] },
    ],
    [
      'the request outranks hints',
      { routingHints: { country_preference: ['GH'] } },
      { provider: 'stripe' },
      { prefer: ['stripe'] },
    ],
    [
      'the country outranks the method',
      { routingHints: { method_bias: { card: 'high' } } },
      { routingHints: { country_preference: ['GH'] } },
    ],
    [
      'the method outranks the fee',
      { feeStructure: { fixed: 1 } },
      { feeStructure: { fixed: 2 }, routingHints: { method_bias: { card: 'high' } } },
    ],
    [
      'the fee outranks labels',
      { feeStructure: { fixed: 2 }, labels: ['primary'] },
      { feeStructure: { fixed: 1 } },
    ],
    [
      'labels outrank the published order',
      { provider: 'paystack' },
      { provider: 'hubtel', labels: ['primary'] },
    ],
  ])('%s', (_, older, newer, asked) => {
    expect(order(older, newer, asked).ids).toEqual(newFirst);
  });

  it('lets the method outrank health, and health the fee', () => {
    const primary = { routingHints: { method_bias: { card: 'primary' } } };
    expect(order(primary, {}, {}, { old: failing }).ids).toEqual(oldFirst);
    const cheap = { feeStructure: { fixed: 1 } };
    expect(order(cheap, {}, {}, { old: failing }).ids).toEqual(newFirst);
  });

  it('puts an open breaker last, even behind fallback_only, but keeps it', () => {
    const newer = { routingHints: { fallback_only: true } };
    const { ids, considered } = order({}, newer, {}, { old: open });
    expect(ids).toEqual(newFirst);
    expect(considered[1]?.reason).toBe('breaker_open');
  });

  it('sends a probe to a half-open breaker once it has rested long enough', () => {
    const half: Health = { ...failing, tier: 0, breaker: 'half_open' };
    const at = (intervals: number) =>
      order({}, {}, {}, { old: half }, intervals * healthLimits.probeIntervalMs).ids;
    expect(at(1)).toEqual(newFirst);
    expect(at(2)).toEqual(oldFirst);
  });

  it('ignores country and method hints for a payment that names neither', () => {
    const hints = { country_preference: ['GH'], method_bias: { card: 'primary' } };
    expect(order({}, { routingHints: hints }, { country: null, method: null }).ids).toEqual(
      oldFirst,
    );
  });
});
