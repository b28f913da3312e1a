import { describe, expect, it } from 'vitest';
import { maskAccountNumber, maskIban } from './bank-details.ts';
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
    ['😀'.repeat(11), '😀😀😀😀***😀😀😀😀'],
    ['1234567890', '**********'],
    ['', ''],
  ])('an IBAN: %s is shown as %s', (iban, shown) => expect(maskIban(iban)).toBe(shown));

  it.each([
    ['0532013000', '05*****000'],
    ['12345678', '12***678'],
    ['1234567', '*******'],
    ['', ''],
  ])('an account number: %s is shown as %s', (number, shown) =>
    expect(maskAccountNumber(number)).toBe(shown),
  );
});
