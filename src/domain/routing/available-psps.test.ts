import { describe, expect, it } from 'vitest';
import { calm, connection, type Market, providers, request, rule } from '../../../test/market.ts';
import { availablePsps } from './available-psps.ts';
import { compileRouting } from './compile.ts';

const paystack = connection('paystack', {
  capabilities: { methods: ['card', 'momo'], countries: ['GH'] },
});
const second = connection('second', {
  capabilities: { methods: ['bank'], countries: ['GH', 'NG'] },
  createdAt: 1,
});
const stripe = connection('stripe', { provider: 'stripe', capabilities: {}, createdAt: 2 });
const all = [stripe, second, paystack];

function offered({ connections, rules = [], asked }: Market) {
  return availablePsps(
    compileRouting(connections, rules, providers),
    request({ method: null, ...asked }),
    calm,
  );
}

describe('availablePsps', () => {
  it('lists each provider once with what its connections can do together', () => {
    expect(offered({ connections: all })).toEqual([
      {
        provider: 'paystack',
        name: 'Paystack',
        methods: ['bank_transfer', 'card', 'mobile_money'],
        countries: ['GH', 'NG'],
      },
      { provider: 'stripe', name: 'Stripe', methods: ['apple_pay', 'card'] },
    ]);
  });

  it('shows only the method that the payment names', () => {
    const psps = offered({ connections: all, asked: { method: 'card' } });
    expect(psps.map(({ provider, methods }) => [provider, methods])).toEqual([
      ['paystack', ['card']],
      ['stripe', ['card']],
    ]);
  });

  it('leaves out what cannot take the payment or is not allowed', () => {
    expect(offered({ connections: [{ ...paystack, status: 'inactive' }] })).toEqual([]);
    const psps = offered({ connections: all, asked: { allowedProviders: ['stripe'] } });
    expect(psps.map(({ provider }) => provider)).toEqual(['stripe']);
  });

  it('offers a method only with providers that a choice of it would go to', () => {
    const rules = [rule('rr', 'stripe', { methods: ['card'], fallbackToDefault: false })];
    const psps = offered({ connections: all, rules });
    expect(psps.map(({ provider, methods }) => [provider, methods])).toEqual([
      ['paystack', ['bank_transfer', 'mobile_money']],
      ['stripe', ['apple_pay', 'card']],
    ]);
  });

  it('offers for manual capture only methods that can be authorised', () => {
    const psps = offered({ connections: all, asked: { operation: 'authorize' } });
    expect(psps).toEqual([{ provider: 'stripe', name: 'Stripe', methods: ['card'] }]);
  });

  it('puts preferred providers first', () => {
    const psps = offered({ connections: all, asked: { prefer: ['stripe'] } });
    expect(psps.map(({ provider }) => provider)).toEqual(['stripe', 'paystack']);
  });
});
