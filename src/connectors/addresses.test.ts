import { describe, expect, it } from 'vitest';
import { providerAddresses } from './addresses.ts';

const own = { url: () => 'http://127.0.0.1:8081', publicUrl: () => 'https://pay.example.com' };

describe('where the calls of a provider go', () => {
  it('sandbox connections go to the simulators, as seen from here and from a browser', () => {
    const addresses = providerAddresses({ overrides: {}, simulators: own });
    expect(addresses.baseUrl('stripe', 'sandbox')).toBe('http://127.0.0.1:8081/simulators/stripe');
    expect(addresses.simulatorOf('stripe', 'sandbox')).toBe(
      'https://pay.example.com/simulators/stripe',
    );
  });

  it('live connections never go to a simulator', () => {
    const addresses = providerAddresses({ overrides: {}, simulators: own });
    expect(addresses.baseUrl('paystack', 'live')).toBe('https://api.paystack.co');
    expect(addresses.simulatorOf('paystack', 'live')).toBeNull();
  });

  it('a sandbox connection stays away from the PSP while the simulators stand in', () => {
    const addresses = providerAddresses({ overrides: {}, simulators: own });
    expect(addresses.baseUrl('hubtel', 'sandbox')).toBe('http://127.0.0.1:8081/simulators/hubtel');
  });

  it("sandbox connections go to the PSP's own hosts when the simulators do not stand in", () => {
    const addresses = providerAddresses({ overrides: {}, simulators: null });
    expect(addresses.baseUrl('stripe', 'sandbox')).toBe('https://api.stripe.com');
    expect(addresses.simulatorOf('stripe', 'sandbox')).toBeNull();
  });

  it('further hosts of a PSP are reached by name; one base URL of ours stands for all', () => {
    const live = providerAddresses({ overrides: {}, simulators: own });
    expect(live.baseUrl('hubtel', 'live', 'rmsc')).toBe('https://rmsc.hubtel.com');
    expect(() => live.baseUrl('hubtel', 'live', 'other')).toThrow('hubtel has no host other');
    const url = 'http://127.0.0.1:8081/simulators/hubtel';
    expect(live.baseUrl('hubtel', 'sandbox', 'rmsc')).toBe(url);
    const overrides = { hubtel: 'http://recorder:9000' };
    const recorded = providerAddresses({ overrides, simulators: own });
    expect(recorded.baseUrl('hubtel', 'live', 'rmsc')).toBe('http://recorder:9000');
  });

  it('a sandbox connection of a PSP that has no sandbox never reaches it', () => {
    const addresses = providerAddresses({ overrides: {}, simulators: null });
    expect(addresses.baseUrl('hubtel', 'sandbox')).toBeNull();
    expect(addresses.baseUrl('hubtel', 'sandbox', 'rmsc')).toBeNull();
  });

  it('an override comes first, in either mode', () => {
    const overrides = { stripe: 'http://recorder:9000' };
    const addresses = providerAddresses({ overrides, simulators: own });
    for (const mode of ['sandbox', 'live'] as const) {
      expect(addresses.baseUrl('stripe', mode)).toBe('http://recorder:9000');
      expect(addresses.simulatorOf('stripe', mode)).toBeNull();
    }
  });

  it('an override is never taken from what every object has', () => {
    const addresses = providerAddresses({ overrides: {}, simulators: null });
    expect(() => addresses.baseUrl('constructor', 'live')).toThrow('no provider constructor');
  });
});
