// F20: amounts are whole minor units from the request to the PSP's books and back, in every currency: nothing is
// rounded, and what a PSP cannot hold is refused before anything is sent. What a PSP says in a form that is no amount
// of that currency is not believed.
// Mutations: send UGX unscaled (stripe/amount.ts); give HUF no decimals, as custom has it (kernel/currency.ts).
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Call, ChargeInput } from '../../src/connectors/contract.ts';
import { connectorOf } from '../../src/connectors/registry.ts';
import { runOperation } from '../../src/connectors/run.ts';
import { plainCall } from '../../src/connectors/testing.ts';
import type { PspRequest, Transmission } from '../../src/connectors/transport.ts';
import type { Outcome } from '../../src/domain/attempt/outcome.ts';
import { allCurrencies, exponentOf } from '../../src/kernel/currency.ts';
import { openScene, PROVIDERS, type Provider, type Scene } from './scene.ts';
import { GOOD_CARD } from './shop.ts';

const REFERENCE = '019b76daa80075309ad7c94e2f11aabb';

function input(amountMinor: bigint, currency: string, provider: Provider): ChargeInput {
  const token = GOOD_CARD[provider];
  return {
    reference: REFERENCE,
    amount: { amountMinor, currency },
    method: 'card',
    country: null,
    captureMethod: 'automatic',
    customer: { id: null, email: 'ama@example.com', name: null, phone: null },
    instrument: { token, phone: null, network: null, bankCode: null, accountNumber: null },
    description: null,
    returnUrl: 'https://pay.example/r',
    cancelUrl: 'https://pay.example/c',
    presentation: 'client',
    metadata: {},
    saveInstrument: false,
    expiresAtMs: 1_767_229_200_000,
  };
}

/** Decimals of the amount on the wire, told here a second time (psp/paystack.md section 6, psp/stripe.md section 6). */
const WIRE_DECIMALS: Readonly<Record<Provider, (currency: string) => number>> = {
  paystack: () => 2,
  stripe: (currency) =>
    /BIF|CLP|DJF|GNF|JPY|KMF|KRW|MGA|PYG|RWF|VND|VUV|XAF|XOF|XPF/.test(currency)
      ? 0
      : /BHD|JOD|KWD|OMR|TND/.test(currency)
        ? 3
        : 2,
};

function amountOnWire(provider: Provider, body: string): bigint {
  const text =
    provider === 'paystack'
      ? String(JSON.parse(body).amount)
      : (new URLSearchParams(body).get('amount') ?? '');
  expect(text).toMatch(/^\d+$/);
  return BigInt(text);
}

/** An honest answer about `amount`, in the PSP's words. */
function answer(provider: Provider, amount: unknown, currency: string): Transmission {
  const json =
    provider === 'paystack'
      ? {
          status: true,
          message: 'ok',
          data: { reference: REFERENCE, status: 'success', amount, currency, domain: 'test' },
        }
      : {
          id: 'pi_1',
          object: 'payment_intent',
          status: 'succeeded',
          livemode: false,
          amount,
          amount_received: amount,
          currency: currency.toLowerCase(),
          metadata: { reference: REFERENCE },
        };
  return { sent: 'replied', status: 200, headers: {}, text: JSON.stringify(json) };
}

async function charge(
  provider: Provider,
  amountMinor: bigint,
  currency: string,
  reply: (request: PspRequest) => Transmission,
): Promise<{ outcome: Outcome; sent: PspRequest[] }> {
  const sent: PspRequest[] = [];
  const call: Call = {
    ...plainCall,
    credentials: { secret_key: 'sk_test_x' },
    mode: 'sandbox',
    nowMs: 1_767_225_600_000,
    send: async (request) => {
      sent.push(request);
      return reply(request);
    },
  };
  const wanted = input(amountMinor, currency, provider);
  const invoke = (guarded: Call) => connectorOf(provider)!.charge(wanted, guarded);
  const { outcome } = await runOperation('charge', invoke, call, true);
  return { outcome, sent };
}

const anyCurrency = fc.constantFrom(...allCurrencies());
const anyAmount = fc.oneof(
  fc.bigInt(1n, 10_000n),
  fc.bigInt(1n, 99_999_999n),
  fc.bigInt(1n, 9_007_199_254_740_991n),
);

describe.each(PROVIDERS)('%s', (provider) => {
  it('charges exactly what was asked for, in every currency, or nothing', async () => {
    await fc.assert(
      fc.asyncProperty(anyCurrency, anyAmount, async (currency, amountMinor) => {
        const { outcome, sent } = await charge(provider, amountMinor, currency, ({ body }) =>
          answer(provider, Number(amountOnWire(provider, body ?? '')), currency),
        );
        if (sent.length === 0) {
          expect(outcome.kind).toBe('declined');
          return;
        }
        const wire = amountOnWire(provider, sent[0]!.body ?? '');
        // The same value in a common unit: no division anywhere.
        const decimals = WIRE_DECIMALS[provider](currency);
        expect(wire * 10n ** BigInt(exponentOf(currency))).toBe(
          amountMinor * 10n ** BigInt(decimals),
        );
        expect(outcome).toMatchObject({ kind: 'succeeded', amountMinor, currency });
      }),
      { numRuns: 1_500 },
    );
  });

  it('believes no amount that is not one', async () => {
    const strange = fc.oneof(
      fc.double(),
      fc.integer({ max: -1 }),
      fc.string(),
      fc.constantFrom(
        null,
        true,
        [],
        {},
        '1e3',
        '10.5',
        '0x10',
        ' 5 ',
        '-5',
        '٥',
        1e21,
        Number.MAX_VALUE,
      ),
    );
    await fc.assert(
      fc.asyncProperty(strange, fc.constantFrom('NGN', 'USD', 'ZAR'), async (amount, currency) => {
        const { outcome } = await charge(provider, 5_000n, currency, () =>
          answer(provider, amount, currency),
        );
        const { kind } = outcome;
        if (kind === 'unknown') return;
        expect(kind).toBe('succeeded');
        // Then it is a whole number, spelled as one (Paystack's strings, with or without `.0`).
        const text = String(amount).trim();
        expect(text).toMatch(/^\d+(\.0+)?$/);
        expect(outcome).toMatchObject({ amountMinor: BigInt(text.split('.')[0]!) });
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('through the whole server', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene();
  });
  afterAll(() => scene?.close());

  it.each([
    ['paystack', 'NGN', 'NG', 123_456],
    ['paystack', 'GHS', 'GH', 999],
    ['paystack', 'KES', 'KE', 30_050],
    ['paystack', 'XOF', 'CI', 5_001],
    ['stripe', 'USD', 'US', 1_099],
    ['stripe', 'JPY', 'JP', 5_001],
    ['stripe', 'KWD', 'KW', 12_340],
    ['stripe', 'UGX', 'UG', 50_001],
    ['stripe', 'ISK', 'IS', 5_001],
    ['stripe', 'HUF', 'HU', 17_501],
    ['stripe', 'XOF', 'CI', 5_001],
  ] as const)(
    '%s takes and gives back %s to the last unit',
    async (provider, currency, country, amount) => {
      const shop = await scene.shop(provider);
      const { status, body } = await shop.pay({ amount, currency, country });
      expect([status, body.status, body.captured_amount]).toEqual([201, 'succeeded', amount]);
      const part = amount - 1 - (currency === 'KWD' ? 9 : 0);
      expect((await shop.post(`/payments/${body.id}/refund`, { amount: part })).status).toBe(201);
      expect((await shop.post(`/payments/${body.id}/refund`)).body.amount).toBe(amount - part);
      await scene.rest({ shop, id: body.id });
      expect(scene.money(body.id)).toMatchObject({ charged: amount, refunded: amount });
      expect((await shop.get(`/payments/${body.id}`)).body.status).toBe('refunded');
    },
  );

  it('refuses what is no amount, before a payment exists', async () => {
    const shop = await scene.shop('stripe');
    for (const amount of [0, -1, 1.5, '100', null, 1e300, 9_007_199_254_740_992, [], {}, true]) {
      const { status, body } = await shop.pay({ amount });
      expect([amount, status, body.code]).toEqual([amount, 400, 'invalid_amount']);
    }
    for (const currency of ['', 'XXX', 'US', 'USDT', 5, null]) {
      const { status, body } = await shop.pay({ currency });
      expect([currency, status, body.code]).toEqual([currency, 400, 'invalid_currency']);
    }
    expect((await shop.get('/payments')).body).toEqual([]);
  });

  it('refuses a fraction that the currency does not have at the PSP', async () => {
    const shop = await scene.shop('stripe');
    // Three decimals, of which Stripe holds two: nothing is sent.
    const { status, body } = await shop.pay({ amount: 12_345, currency: 'KWD', country: 'KW' });
    expect([status, body.status]).toEqual([201, 'failed']);
    expect(shop.psp.callsOf(shop.firstKey, 'charge')).toEqual([]);
  });
});
