import { describe, expect, it } from 'vitest';
import { checkOutcome } from './check-outcome.ts';
import { redactorOf } from './redact.ts';

const redact = redactorOf(['sk_test_secret']);
const check = (value: unknown) => checkOutcome(value, redact);
const success = { kind: 'succeeded', what: 'captured', amountMinor: 100n, currency: 'GHS' };

describe('an outcome that makes sense', () => {
  it.each([
    success,
    { kind: 'pending' },
    { kind: 'pending', message: 'wait' },
    { kind: 'requires_action', action: { type: 'client' }, clientToken: 'pi_1_secret_2' },
    { kind: 'requires_action', action: { type: 'redirect', url: 'https://psp.example/pay' } },
    { kind: 'requires_action', action: { type: 'wait', message: '' } },
    { kind: 'requires_action', action: { type: 'submit', field: 'otp', message: 'OTP' } },
    { kind: 'requires_action', action: { type: 'ussd', code: '*737#', message: 'Dial' } },
    { kind: 'requires_action', action: { type: 'qr', imageUrl: null, text: '0002' } },
    { kind: 'declined', decline: { code: 'do_not_honor', message: 'no', pspCode: '05' } },
    {
      kind: 'declined',
      decline: { code: 'merchant_config', message: 'no', pspCode: null, fallbackOverride: 'never' },
    },
    { kind: 'not_sent', reason: 'ECONNREFUSED' },
    { kind: 'unknown', reason: 'reset', notFound: true },
    { ...success, pspReference: 'r', pspState: { a: 'b' }, feeMinor: 1n, feeCurrency: 'GHS' },
  ])('passes as it is: %o', (outcome) => {
    expect(check(outcome)).toEqual(outcome);
  });

  it('loses members that nobody knows', () => {
    expect(check({ ...success, card: { number: '4084' } })).toEqual(success);
  });

  it('has its texts shortened, and rid of credentials and of what Postgres refuses', () => {
    const message = `Invalid key: sk_test_secret\u0000\ud800 ${'x'.repeat(1000)}`;
    const outcome = check({
      kind: 'declined',
      decline: { code: 'auth_failed', message, pspCode: message },
    });
    if (outcome.kind !== 'declined') throw new Error('declined expected');
    expect(outcome.decline.message).toHaveLength(499);
    expect(outcome.decline.message).toMatch(/^Invalid key: \[redacted\]\ufffd x/);
    expect(outcome.decline.pspCode).not.toContain('sk_test_secret');
  });

  it('keeps its conclusion when the fee cannot be read', () => {
    expect(check({ ...success, feeMinor: -1n, feeCurrency: 'GHS' })).toEqual(success);
    expect(check({ ...success, feeMinor: 1, feeCurrency: 'GHS' })).toEqual(success);
    expect(check({ ...success, feeMinor: 1n, feeCurrency: null })).toEqual(success);
  });
});

describe('an outcome that makes no sense is refused', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a list', []],
    ['a word', 'succeeded'],
    ['an unknown kind', { kind: 'refused' }],
    ['a negative amount', { ...success, amountMinor: -1n }],
    ['a number as amount', { ...success, amountMinor: 100 }],
    ['more than a bigint column holds', { ...success, amountMinor: 1n << 63n }],
    ['a lower-case currency', { ...success, currency: 'ghs' }],
    ['no currency', { ...success, currency: null }],
    ['an unknown what', { ...success, what: 'charged' }],
    [
      'an unknown decline',
      { kind: 'declined', decline: { code: 'nope', message: '', pspCode: null } },
    ],
    [
      'a decline named like an inherited member',
      { kind: 'declined', decline: { code: 'constructor', message: '', pspCode: null } },
    ],
    [
      'a decline without message',
      { kind: 'declined', decline: { code: 'do_not_honor', pspCode: null } },
    ],
    ['an unknown action', { kind: 'requires_action', action: { type: 'dance' } }],
    [
      'a script as redirect',
      { kind: 'requires_action', action: { type: 'redirect', url: 'javascript:alert(1)' } },
    ],
    ['a relative redirect', { kind: 'requires_action', action: { type: 'redirect', url: '/pay' } }],
    [
      'an unknown field',
      { kind: 'requires_action', action: { type: 'submit', field: 'pan', message: '' } },
    ],
    ['a number as reference', { ...success, pspReference: 7 }],
    ['a reference with NUL', { ...success, pspReference: 'a\u0000' }],
    ['an endless reference', { ...success, pspReference: 'x'.repeat(513) }],
    ['a number in the state', { ...success, pspState: { a: 1 } }],
    [
      'an endless state',
      {
        ...success,
        pspState: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`k${i}`, ''])),
      },
    ],
  ])('%s', (_, value) => {
    expect(() => check(value)).toThrow();
  });
});
