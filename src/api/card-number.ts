// Whether a value is a payment card's number. Switchyard takes tokens only: a card number must not come to rest in the
// database or the log, wherever in a request it stands.

/** Beginnings and lengths of the schemes' numbers (ISO/IEC 7812; the schemes' published ranges). */
const SCHEMES: readonly { readonly begins: RegExp; readonly lengths: readonly number[] }[] = [
  { begins: /^4/, lengths: [13, 16, 18, 19] }, // Visa
  { begins: /^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, lengths: [16] }, // Mastercard
  { begins: /^3[47]/, lengths: [15] }, // American Express
  { begins: /^(30[0-5]|3[689])/, lengths: [14, 16, 17, 18, 19] }, // Diners Club
  { begins: /^(6011|64[4-9]|65)/, lengths: [16, 17, 18, 19] }, // Discover
  { begins: /^(2131|1800)/, lengths: [15] }, // JCB, old
  { begins: /^35(2[89]|[3-8])/, lengths: [16, 17, 18, 19] }, // JCB
  { begins: /^(62|81)/, lengths: [16, 17, 18, 19] }, // UnionPay
  { begins: /^220[0-4]/, lengths: [16, 17, 18, 19] }, // Mir
  { begins: /^(506[01]|507[89]|6500)/, lengths: [16, 18, 19] }, // Verve
  { begins: /^(50|5[6-8]|6[037])/, lengths: [13, 14, 15, 16, 17, 18, 19] }, // Maestro, RuPay
];

const GROUPED = /^\d(?:[ -]?\d){12,18}$/;

export function isCardNumber(value: string | number): boolean {
  const text = String(value).trim();
  if (text.length < 13 || text.length > 40 || !GROUPED.test(text)) return false;
  const digits = text.replaceAll(/[ -]/g, '');
  const plausible = SCHEMES.some(
    ({ begins, lengths }) => lengths.includes(digits.length) && begins.test(digits),
  );
  return plausible && hasCheckDigit(digits);
}

/** Luhn (ISO/IEC 7812-1 annex B). */
function hasCheckDigit(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const counted = i % 2 === 1 ? digit * 2 : digit;
    sum += counted > 9 ? counted - 9 : counted;
  }
  return sum % 10 === 0;
}
