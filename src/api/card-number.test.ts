import { describe, expect, it } from 'vitest';
import { isCardNumber } from './card-number.ts';

describe('a card number', () => {
  // The test numbers that PSPs publish.
  it.each([
    ['Visa', '4242424242424242'],
    ['Visa, 13 digits', '4222222222222'],
    ['Mastercard', '5555555555554444'],
    ['Mastercard, 2-series', '2223003122003222'],
    ['American Express', '378282246310005'],
    ['Discover', '6011111111111117'],
    ['Diners Club', '3056930009020004'],
    ['Diners Club, 14 digits', '36227206271667'],
    ['JCB', '3566002020360505'],
    ['UnionPay', '6200000000000005'],
    ['UnionPay, 19 digits', '6205500000000000004'],
    ['Verve', '5060666666666666666'],
    ['Maestro', '6759649826438453'],
  ])('of %s is seen, however it is written', (_scheme, digits) => {
    expect(isCardNumber(digits)).toBe(true);
    expect(isCardNumber(` ${digits.replaceAll(/(\d{4})(?=\d)/g, '$1 ')} `)).toBe(true);
    expect(isCardNumber(digits.replaceAll(/(\d{4})(?=\d)/g, '$1-'))).toBe(true);
    if (digits.length < 16) expect(isCardNumber(Number(digits))).toBe(true);
  });

  it.each([
    ['a wrong check digit', '4242424242424243'],
    ['a scheme’s wrong length', '55555555555544440'],
    ['a beginning that no scheme has', '1234567812345670'],
    ['a phone number', '+2332412345678'],
    ['a time', '1732182000000'],
    ['words around it', 'order 4242424242424242'],
    ['too many separators', '4242--4242-4242-4242'],
    ['hexadecimal', '019aa5f3b2c47d1e8f00112233445566'],
    ['a token', 'tok_4242424242424242'],
  ])('is not seen in %s', (_what, text) => expect(isCardNumber(text)).toBe(false));
});
