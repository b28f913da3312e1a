import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPhone } from './phone.ts';

describe('phone numbers', () => {
  it.each([
    ['0551234987', 'GH', '+233551234987'],
    ['+233551234987', null, '+233551234987'],
    ['233551234987', 'GH', '+233551234987'],
    ['00233 55 123 4987', 'KE', '+233551234987'],
    ['+233 (0)55-123-4987', 'GH', '+233551234987'],
    ['0712 345 678', 'KE', '+254712345678'],
    ['254712345678', 'KE', '+254712345678'],
    ['08012345678', 'NG', '+2348012345678'],
  ])('%s in %s is %s', (text, country, e164) => {
    expect(readPhone(text, country)?.e164).toBe(e164);
  });

  it('come apart into calling code and national number', () => {
    expect(readPhone('0551234987', 'GH')).toEqual({
      e164: '+233551234987',
      callingCode: '233',
      national: '551234987',
    });
  });

  it.each([
    ['0551234987', null],
    ['0551234987', 'XX'],
    ['055', 'GH'],
    ['', 'GH'],
    ['call me', 'GH'],
    ['+999123456789', null],
    ['05512349870551234987', 'GH'],
  ])('%j in %s is none', (text, country) => {
    expect(readPhone(text, country)).toBeNull();
  });

  it('of any text are read without a throw, and are digits', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('GH', 'KE', 'NG', null), (text, country) => {
        expect(readPhone(text, country)?.e164 ?? '+1').toMatch(/^\+\d{1,15}$/);
      }),
    );
  });
});
