import { describe, expect, it } from 'vitest';
import type { Operation } from './contract.ts';
import { connectorOf, connectors, manifestOf, providers } from './registry.ts';

/** Operations that another verb does. */
const VERBS = { transfer: 'payout', reversal: 'reverse' } as const;
const verbOf = (operation: Operation) =>
  operation === 'transfer' || operation === 'reversal' ? VERBS[operation] : operation;

describe('the registry', () => {
  it('knows the published providers, and the two that only the ledger has', () => {
    expect(providers().sort()).toEqual([
      'dummypay',
      'flutterwave',
      'generic',
      'hubtel',
      'monnify',
      'mpesa',
      'paystack',
      'stripe',
    ]);
    for (const provider of providers()) expect(manifestOf(provider)?.provider).toBe(provider);
  });

  it("has a connector for each, and all but the ledger's two can charge", () => {
    for (const provider of providers()) {
      expect(connectorOf(provider)?.manifest).toBe(manifestOf(provider));
      expect(manifestOf(provider)?.capabilities.operations.includes('charge')).toBe(
        connectors.has(provider),
      );
    }
  });

  it('every declared operation is implemented', () => {
    for (const connector of providers().map((one) => connectorOf(one)!))
      for (const operation of connector.manifest.capabilities.operations)
        expect(
          connector[verbOf(operation)],
          `${connector.manifest.provider} ${operation}`,
        ).toBeTypeOf('function');
  });

  it('the public credential is one of the fields, and every pattern compiles', () => {
    for (const provider of providers()) {
      const { credentials, publicCredential } = manifestOf(provider)!;
      const names = credentials.map(({ name }) => name);
      if (publicCredential !== null) expect(names).toContain(publicCredential);
      for (const { pattern } of credentials)
        for (const source of pattern ? [pattern.sandbox, pattern.live] : [])
          expect(() => new RegExp(source)).not.toThrow();
    }
  });

  it.each(['adyen', '', 'constructor', '__proto__', 'PAYSTACK'])('%j is not a provider', (word) => {
    expect(manifestOf(word)).toBeNull();
    expect(connectorOf(word)).toBeNull();
  });
});
