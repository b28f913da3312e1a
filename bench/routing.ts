// How long one routing decision takes with 100 rules and 50 connections, in batches, beside a control of the same
// number of rounds that reads one small JSON text each.
import { manifestOf, providers } from '../src/connectors/registry.ts';
import type { Connection } from '../src/domain/connection/connection.ts';
import { compileRouting } from '../src/domain/routing/compile.ts';
import { plan } from '../src/domain/routing/plan.ts';
import type { PlanRequest } from '../src/domain/routing/request.ts';
import type { RoutingRule } from '../src/domain/routing/rule.ts';
import { type Finding, finding } from './report.ts';
import { median } from './statistics.ts';

const COUNTRIES = ['GH', 'NG', 'KE', 'ZA', 'CI'];
const CURRENCIES = ['GHS', 'NGN', 'KES', 'ZAR', 'XOF'];
const METHODS = ['card', 'mobile_money', 'bank_transfer', 'ussd'] as const;
const CONTROL_TEXT = '{"amount":5000,"currency":"GHS","method":"card","country":"GH"}';

export function benchRouting(quick: boolean): Finding[] {
  const [batches, decisions] = quick ? [9, 500] : [41, 2_000];
  const facts = new Map(
    providers().flatMap((provider) => {
      const manifest = manifestOf(provider);
      return manifest ? [[provider, manifest] as const] : [];
    }),
  );
  const compiled = compileRouting(fiftyConnections(), hundredRules(), facts);
  const requests = Array.from({ length: 100 }, (_, index) => request(index));
  const ours: number[] = [];
  const control: number[] = [];
  let seen = 0;
  for (let batch = 0; batch < batches; batch += 1) {
    ours.push(
      perRoundUs(decisions, (round) => {
        const asked = requests[round % requests.length]!;
        const { candidates } = plan(compiled, asked, { health: new Map(), nowMs: 0, seed: 'pay' });
        seen += candidates.length;
      }),
    );
    control.push(
      perRoundUs(decisions, () => {
        seen += JSON.parse(CONTROL_TEXT).amount;
      }),
    );
  }
  if (seen === 0) throw new Error('nothing was decided');
  return [
    finding(
      {
        part: 'routing',
        what: '100 rules, 50 connections',
        unit: 'µs',
        value: median(ours),
        control: {
          name: 'JSON.parse of a small body',
          value: median(control),
        },
      },
      { of: 'measured', atMost: 100 },
    ),
  ];
}

function perRoundUs(rounds: number, work: (round: number) => void): number {
  const startedMs = performance.now();
  for (let round = 0; round < rounds; round += 1) work(round);
  return ((performance.now() - startedMs) * 1000) / rounds;
}

/** Every connection can take some payments and not others; half have wishes and fees. */
function fiftyConnections(): Connection[] {
  return Array.from({ length: 50 }, (_, index) => ({
    id: `con_${index}`,
    provider: index % 3 === 0 ? 'stripe' : 'paystack',
    mode: 'sandbox',
    status: 'active',
    canCharge: true,
    createdAt: index,
    capabilities: {
      methods: METHODS.filter((_method, at) => (index + at) % 3 !== 0),
      countries: COUNTRIES.filter((_country, at) => (index + at) % 4 !== 0),
    },
    routingHints:
      index % 2 === 0
        ? {
            country_preference: [COUNTRIES[index % 5]!],
            method_bias: { card: 'high' },
          }
        : {},
    labels: index % 10 === 0 ? ['primary'] : [],
    feeStructure:
      index % 2 === 0
        ? {
            percentage: 1.5 + index / 100,
            fixed: 10,
          }
        : null,
  }));
}

/** Most look at the country and method, some at amount, currency or metadata; few match a given payment. */
function hundredRules(): RoutingRule[] {
  return Array.from({ length: 100 }, (_, index) => ({
    id: `rr_${index}`,
    name: `Rule ${index}`,
    priority: 100 - index,
    enabled: true,
    countries: [COUNTRIES[index % 5]!],
    methods: [METHODS[index % 4]!],
    connectionId: `con_${index % 50}`,
    fallbackToDefault: index % 10 !== 0,
    createdAt: index,
    conditions:
      index < 90
        ? {
            amount_min: 100_000 * (1 + (index % 7)),
            metadata: { tier: `tier-${index}` },
          }
        : null,
    split:
      index % 5 === 0
        ? [
            {
              connection_id: `con_${(index + 7) % 50}`,
              weight: 30,
            },
          ]
        : null,
  }));
}

function request(index: number): PlanRequest {
  return {
    mode: 'sandbox',
    operation: 'charge',
    amountMinor: BigInt(5_000 + index * 10_000),
    currency: CURRENCIES[index % 5]!,
    country: COUNTRIES[index % 5]!,
    method: METHODS[index % 4]!,
    bin: null,
    customerId: `cus_${index}`,
    metadata: { tier: `tier-${index}` },
    allowedProviders: [],
    prefer: [],
    forcedConnectionId: null,
  };
}
