// What holds of every plan, whatever the configuration.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connection, providers, request, rule } from '../../../test/market.ts';
import type { Connection } from '../connection/connection.ts';
import { type HealthBucket, healthOf } from '../connection/health.ts';
import { compileRouting } from './compile.ts';
import { plan, type RoutePlan } from './plan.ts';
import type { Circumstances } from './rank.ts';
import type { PlanRequest } from './request.ts';
import type { RoutingRule } from './rule.ts';

const ids = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6'];
const id = fc.constantFrom(...ids);
const provider = fc.constantFrom(...providers.keys(), 'nopay');
const country = fc.constantFrom('GH', 'NG', 'KE');
const method = fc.constantFrom('card', 'momo', 'bank', 'apple_pay');
const few = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 3 });

const hints = fc.record({
  country_preference: few(country),
  method_bias: fc.dictionary(method, fc.constantFrom('primary', 'low', 'fallback')),
  fallback_only: fc.boolean(),
});
const fees = fc.record({
  percentage: fc.double({ min: 0, max: 5, noNaN: true }),
  fixed: fc.nat({ max: 50 }),
});
const anyConnection = fc
  .record({
    id,
    provider,
    status: fc.constantFrom('active', 'active', 'inactive'),
    capabilities: fc.record({ methods: few(method), countries: few(country) }),
    routingHints: hints,
    labels: few(fc.constantFrom('primary', 'fallback', 'x')),
    feeStructure: fc.option(fees),
    canCharge: fc.constantFrom(true, true, true, false),
    createdAt: fc.nat({ max: 2 }),
  })
  .map((change) => connection(change.id, change as Partial<Connection>));

const share = fc.record({ connection_id: id, weight: fc.nat({ max: 9 }) });
const anyRule = fc
  .record({
    id: fc.constantFrom('r1', 'r2', 'r3', 'r4'),
    countries: fc.array(country, { minLength: 1, maxLength: 3 }),
    methods: few(method),
    connectionId: id,
    priority: fc.integer({ min: -1, max: 1 }),
    fallbackToDefault: fc.boolean(),
    enabled: fc.constantFrom(true, true, false),
    createdAt: fc.nat({ max: 2 }),
    connections: fc.option(few(id)),
    split: fc.option(fc.uniqueArray(share, { selector: (arm) => arm.connection_id, maxLength: 3 })),
  })
  .map((change) => rule(change.id, change.connectionId, change));

const anyRequest: fc.Arbitrary<PlanRequest> = fc
  .record({
    amountMinor: fc.constantFrom(1n, 5000n, 2_000_000n),
    currency: fc.constantFrom('GHS', 'GHS', 'USD'),
    method: fc.option(method),
    country: fc.option(country),
    operation: fc.constantFrom('charge' as const, 'charge' as const, 'authorize' as const),
    allowedProviders: fc.constantFrom([], [], ['paystack', 'stripe']),
    prefer: few(provider),
    forcedConnectionId: fc.oneof(
      { weight: 5, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: id },
    ),
  })
  .map(request);

const bucket: fc.Arbitrary<HealthBucket> = fc
  .tuple(fc.nat({ max: 3 }), fc.nat({ max: 20 }), fc.nat({ max: 9 }))
  .map(([minute, succeeded, failed]) => ({
    startMs: minute * 60_000,
    succeeded,
    failed,
    failedInARow: failed,
    lastCallAtMs: minute * 60_000,
  }));

const market = fc
  .record({
    connections: fc.uniqueArray(anyConnection, { selector: (one) => one.id, maxLength: 6 }),
    rules: fc.uniqueArray(anyRule, { selector: (one) => one.id, maxLength: 4 }),
    asked: anyRequest,
    seed: fc.string(),
    nowMs: fc.nat({ max: 300_000 }),
    buckets: fc.dictionary(id, fc.array(bucket, { maxLength: 3 })),
  })
  .map(({ buckets, seed, nowMs, ...rest }) => {
    const health = Object.entries(buckets).map(([of, all]) => [of, healthOf(all, nowMs)] as const);
    return { ...rest, circumstances: { health: new Map(health), nowMs, seed } };
  });

interface Case {
  connections: readonly Connection[];
  rules: readonly RoutingRule[];
  asked: PlanRequest;
  circumstances: Circumstances;
}

const made = ({ connections, rules, asked, circumstances }: Case): RoutePlan =>
  plan(compileRouting(connections, rules, providers), asked, circumstances);
const route = (of: RoutePlan) => of.candidates.map(({ connectionId }) => connectionId);

function always(what: (given: Case) => void): void {
  fc.assert(fc.property(market, what), { numRuns: 500 });
}

describe('every plan', () => {
  it('lists each connection exactly once: the candidates in their order, then the dropped', () => {
    always((given) => {
      const result = made(given);
      const listed = result.considered.map(({ connectionId }) => connectionId);
      expect([...listed].sort()).toEqual(given.connections.map((one) => one.id).sort());
      expect(listed.slice(0, result.candidates.length)).toEqual(route(result));
    });
  });

  it('never has a dropped connection among its candidates, and chooses the first', () => {
    always((given) => {
      const { candidates, considered } = made(given);
      const verdicts = considered.map(({ verdict }) => verdict);
      expect(verdicts.filter((verdict) => verdict !== 'dropped')).toHaveLength(candidates.length);
      expect(verdicts.indexOf('chosen')).toBe(candidates.length > 0 ? 0 : -1);
      for (const { reason, detail } of considered) {
        expect(reason).toMatch(/^[a-z_]+$/);
        expect(detail).toMatch(/^[A-Z].*\.$/);
        expect(detail).not.toMatch(/undefined|null|NaN/);
      }
    });
  });

  it('is the same whatever the order of connections and rules', () => {
    always((given) => {
      const { connections, rules } = given;
      const turned = {
        ...given,
        connections: connections.toReversed(),
        rules: rules.toReversed(),
      };
      expect(made(turned)).toEqual(made(given));
    });
  });

  it('is the same when it is made again, and survives being stored as JSON', () => {
    always((given) => {
      const result = made(given);
      expect(made(given)).toEqual(result);
      expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    });
  });

  it('stays with the connections of a rule that has fallback_to_default false', () => {
    always((given) => {
      const result = made(given);
      if (result.fallbackToDefault || result.ruleId === null) return;
      const found = given.rules.find((one) => one.id === result.ruleId);
      const own = [
        found?.connectionId,
        ...(found?.connections ?? []),
        ...(found?.split ?? []).map((arm) => arm.connection_id),
      ];
      for (const one of route(result)) expect(own).toContain(one);
    });
  });

  it('has every capable connection when default routing may add them', () => {
    always((given) => {
      const result = made(given);
      if (!result.fallbackToDefault) return;
      expect(route(result).sort()).toEqual(route(made({ ...given, rules: [] })).sort());
    });
  });

  it('only changes its order by what the request prefers', () => {
    always((given) => {
      const indifferent = made({ ...given, asked: { ...given.asked, prefer: [] } });
      expect(route(made(given)).sort()).toEqual(route(indifferent).sort());
    });
  });

  it('only changes its order by health', () => {
    always((given) => {
      const circumstances = { ...given.circumstances, health: new Map() };
      expect(route(made({ ...given, circumstances })).sort()).toEqual(route(made(given)).sort());
    });
  });

  it('has no other candidate than a forced connection', () => {
    always((given) => {
      const forced = given.asked.forcedConnectionId;
      const others = route(made(given)).filter((one) => one !== forced);
      expect(forced === null ? [] : others).toEqual([]);
    });
  });
});
