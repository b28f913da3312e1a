import { describe, expect, it } from 'vitest';
import { maskBic, maskNumber } from './bank-details.ts';
import { maskBeneficiary } from './beneficiary.ts';

describe('the mask of', () => {
  it.each([
    ['0001234567', '*******567'],
    ['62000000001', '********001'],
    ['0551234987654', '*********7654'],
    ['12345', '****5'],
    ['12', '**'],
    ['😀😀😀', '**😀'],
    ['', ''],
  ])('a beneficiary: %s is shown as %s', (accountNumber, shown) => {
    const beneficiary = { type: 'bank', name: 'Ama', accountNumber, bankCode: '058' } as const;
    expect(maskBeneficiary(beneficiary)).toEqual({ ...beneficiary, accountNumber: shown });
  });

  it.each([
    ['DE89370400440532013000', 'DE89**************3000'],
    ['0532013000', '0532**3000'],
    ['12345678', '********'],
    ['😀'.repeat(9), '😀😀😀😀*😀😀😀😀'],
    ['', ''],
  ])('a number: %s is shown as %s', (number, shown) => expect(maskNumber(number)).toBe(shown));

  it.each([
    ['COBADEFFXXX', 'CO******XXX'],
    ['COBADEFF', 'CO***EFF'],
  ])('a BIC: %s is shown as %s', (bic, shown) => expect(maskBic(bic)).toBe(shown));
});
