// For tests: a payment in Ghana, connections and rules that differ from a plain one only where a test says so.
import type { ManifestCapabilities } from '../src/domain/connection/capabilities.ts';
import type { Connection } from '../src/domain/connection/connection.ts';
import { compileRouting, type ProviderFacts } from '../src/domain/routing/compile.ts';
import { plan } from '../src/domain/routing/plan.ts';
import type { Circumstances } from '../src/domain/routing/rank.ts';
import type { PlanRequest } from '../src/domain/routing/request.ts';
import type { RoutingRule } from '../src/domain/routing/rule.ts';

const manifest = (change: Partial<ManifestCapabilities> = {}): ManifestCapabilities => ({
  methods: ['card', 'mobile_money', 'bank_transfer'],
  countries: ['GH', 'NG'],
  currencies: ['GHS', 'NGN'],
  operations: ['charge', 'refund'],
  manualCapture: null,
  minimumMinor: { GHS: 100n },
  maximumMinor: { GHS: 1_000_000n },
  ...change,
});

export const providers: ReadonlyMap<string, ProviderFacts> = new Map([
  ['paystack', { name: 'Paystack', capabilities: manifest() }],
  ['hubtel', { name: 'Hubtel', capabilities: manifest() }],
  ['flutterwave', { name: 'Flutterwave', capabilities: manifest() }],
  ['mpesa', { name: 'M-Pesa', capabilities: manifest({ methods: ['mobile_money'] }) }],
  [
    'stripe',
    {
      name: 'Stripe',
      capabilities: manifest({
        methods: ['card', 'apple_pay'],
        countries: 'any',
        currencies: 'any',
        operations: ['charge', 'authorize', 'refund'],
        manualCapture: { methods: ['card'], currencies: ['GHS', 'USD'] },
      }),
    },
  ],
]);

export function connection(id: string, change: Partial<Connection> = {}): Connection {
  return {
    id,
    provider: 'paystack',
    mode: 'sandbox',
    status: 'active',
    capabilities: { methods: ['card'], countries: ['GH'] },
    routingHints: {},
    labels: [],
    feeStructure: null,
    canCharge: true,
    createdAt: 0,
    ...change,
  };
}

export function rule(id: string, connectionId: string, change: Partial<RoutingRule> = {}) {
  const seed: RoutingRule = {
    id,
    name: `Rule ${id}`,
    countries: ['GH'],
    methods: [],
    connectionId,
    priority: 0,
    fallbackToDefault: true,
    enabled: true,
    createdAt: 0,
  };
  return { ...seed, ...change };
}

export function request(change: Partial<PlanRequest> = {}): PlanRequest {
  return {
    mode: 'sandbox',
    operation: 'charge',
    amountMinor: 5000n,
    currency: 'GHS',
    method: 'card',
    country: 'GH',
    bin: null,
    customerId: null,
    metadata: {},
    allowedProviders: [],
    prefer: [],
    forcedConnectionId: null,
    ...change,
  };
}

export const calm: Circumstances = { health: new Map(), nowMs: 0, seed: 'pay_1' };

export interface Market {
  readonly connections: readonly Connection[];
  readonly rules?: readonly RoutingRule[];
  readonly asked?: Partial<PlanRequest>;
  readonly circumstances?: Partial<Circumstances>;
}

export function planOf({ connections, rules = [], asked, circumstances }: Market) {
  const compiled = compileRouting(connections, rules, providers);
  return plan(compiled, request(asked), { ...calm, ...circumstances });
}

/** The ids of the candidates in their order. */
export function routeOf(market: Market): string[] {
  return planOf(market).candidates.map(({ connectionId }) => connectionId);
}
