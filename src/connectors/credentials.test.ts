import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Manifest } from './contract.ts';
import { readCredentials } from './credentials.ts';
import { manifest as paystack } from './paystack/manifest.ts';
import { manifestOf } from './registry.ts';

const HEX = '0123456789abcdef0123456789abcdef';
const of = (provider: string): Manifest => manifestOf(provider)!;
const problems = (...args: Parameters<typeof readCredentials>) => {
  const read = readCredentials(...args);
  return 'problems' in read ? read.problems : [];
};
const fields = (...args: Parameters<typeof readCredentials>) =>
  problems(...args).map(({ field }) => field);

describe('documented credentials are taken', () => {
  it.each<[Manifest, Record<string, string>]>([
    [paystack, { secret_key: `sk_test_${HEX}`, public_key: 'pk_test_0a1b2c' }],
    [paystack, { secret_key: `sk_test_${HEX}` }],
    [of('hubtel'), { client_id: 'hubtelclient', client_secret: HEX, merchant_account: '2017123' }],
    [
      of('flutterwave'),
      {
        secret_key: `FLWSECK_TEST-${HEX}-X`,
        public_key: `FLWPUBK_TEST-${HEX}-X`,
        encryption_key: `FLWSECK_TEST${HEX}`,
        secret_hash: HEX,
      },
    ],
    [of('flutterwave'), { secret_key: `FLWSECK_TEST-${HEX}-X` }],
    [
      of('monnify'),
      { api_key: 'MK_TEST_0A1B2C3D4E', secret_key: HEX, contract_code: '5867418298' },
    ],
    [
      of('mpesa'),
      { consumer_key: HEX, consumer_secret: HEX, passkey: HEX, business_short_code: '174379' },
    ],
  ])('$provider', (manifest, given) => {
    expect(readCredentials(manifest, 'sandbox', given)).toEqual({
      credentials: given,
      ignored: [],
    });
  });

  it('of the live mode too', () => {
    const live: [Manifest, Record<string, string>][] = [
      [paystack, { secret_key: `sk_live_${HEX}`, public_key: 'pk_live_0a1b2c' }],
      [of('flutterwave'), { secret_key: `FLWSECK-${HEX}-X` }],
      [of('monnify'), { api_key: 'MK_PROD_0A1B', secret_key: HEX, contract_code: '1' }],
    ];
    for (const [manifest, given] of live)
      expect(readCredentials(manifest, 'live', given)).toMatchObject({ credentials: given });
  });
});

describe('names', () => {
  it('aliases and camelCase are stored under the canonical name', () => {
    expect(readCredentials(paystack, 'sandbox', { secretKey: 'sk_test_1' })).toMatchObject({
      credentials: { secret_key: 'sk_test_1' },
    });
    const hubtel = { clientId: 'hubtelclient', secret: HEX, merchantAccount: '2017123' };
    expect(readCredentials(of('hubtel'), 'live', hubtel)).toMatchObject({
      credentials: { client_id: 'hubtelclient', client_secret: HEX, merchant_account: '2017123' },
    });
    for (const name of ['shortcode', 'short_code', 'shortCode', 'businessShortCode']) {
      const given = { consumerKey: HEX, consumerSecret: HEX, passkey: HEX, [name]: '174379' };
      expect(readCredentials(of('mpesa'), 'sandbox', given)).toMatchObject({
        credentials: { business_short_code: '174379' },
      });
    }
  });

  it('the same value under two names is one value; two values are a problem', () => {
    const same = { secret_key: 'sk_test_1', secretKey: 'sk_test_1' };
    expect(fields(paystack, 'sandbox', same)).toEqual([]);
    expect(fields(paystack, 'sandbox', { ...same, secretKey: 'sk_test_2' })).toEqual([
      'secret_key',
    ]);
  });

  it('fields nobody knows are dropped and named', () => {
    const given = { secret_key: 'sk_test_1', webhook_url: 'https://x.example', retries: 3 };
    expect(readCredentials(paystack, 'sandbox', given)).toEqual({
      credentials: { secret_key: 'sk_test_1' },
      ignored: ['webhook_url', 'retries'],
    });
  });
});

describe('values', () => {
  it('every missing field is named', () => {
    expect(fields(of('mpesa'), 'sandbox', {})).toEqual([
      'consumer_key',
      'consumer_secret',
      'passkey',
      'business_short_code',
    ]);
    expect(problems(paystack, 'live', {})).toEqual([
      { field: 'secret_key', reason: 'is required' },
    ]);
  });

  it('an empty, blank or null value is a missing one', () => {
    for (const secret_key of ['', '  ', null, undefined])
      expect(fields(paystack, 'sandbox', { secret_key })).toEqual(['secret_key']);
    const given = { secret_key: 'sk_test_1', public_key: '' };
    expect(readCredentials(paystack, 'sandbox', given)).toMatchObject({
      credentials: { secret_key: 'sk_test_1' },
    });
  });

  it.each([1, true, {}, [], ['sk_test_1']])('%j is not a credential', (secret_key) => {
    expect(problems(paystack, 'sandbox', { secret_key })).toEqual([
      { field: 'secret_key', reason: 'must be a string' },
    ]);
  });

  it('is trimmed, and has a bounded length', () => {
    expect(readCredentials(paystack, 'sandbox', { secret_key: ' sk_test_1\n' })).toMatchObject({
      credentials: { secret_key: 'sk_test_1' },
    });
    const long = (length: number) => ({ secret_key: `sk_test_${'x'.repeat(length - 8)}` });
    expect(fields(paystack, 'sandbox', long(4096))).toEqual([]);
    expect(fields(paystack, 'sandbox', long(4097))).toEqual(['secret_key']);
  });

  it('may not break out of a header; a certificate may have lines', () => {
    expect(fields(paystack, 'sandbox', { secret_key: 'sk_test_1\r\nX-Evil: 1' })).toEqual([
      'secret_key',
    ]);
    const given = {
      consumer_key: HEX,
      consumer_secret: HEX,
      passkey: HEX,
      business_short_code: '174379',
      certificate: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    };
    expect(fields(of('mpesa'), 'live', given)).toEqual([]);
  });

  it('a key of the other mode is refused and told apart from rubbish', () => {
    expect(problems(paystack, 'live', { secret_key: 'sk_test_1' })[0]?.reason).toBe(
      'is a sandbox value, but the connection is live',
    );
    expect(problems(paystack, 'sandbox', { secret_key: 'hello' })[0]?.reason).toBe(
      'does not look like a sandbox value of this provider',
    );
    expect(fields(of('flutterwave'), 'live', { secret_key: 'FLWSECK_TEST-1-X' })).toEqual([
      'secret_key',
    ]);
  });

  it('no problem ever shows a value', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 12 }),
        fc.constantFrom('sandbox', 'live'),
        (value, mode) => {
          const said = JSON.stringify(
            problems(paystack, mode, { secret_key: value, public_key: value }),
          );
          expect(said).not.toContain(value);
        },
      ),
    );
  });
});
