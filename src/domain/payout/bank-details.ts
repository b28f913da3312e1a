// The masks of bank details as the Formance API has them (api/formance.md section 5): of an IBAN the first and last four
// characters stay, of an account number the first two and last three. Short ones show nothing but their length. A BIC is a
// bank's public name, and is shown.

export function maskIban(text: string): string {
  return mask(text, 4, 4);
}

export function maskAccountNumber(text: string): string {
  return mask(text, 2, 3);
}

/** Where fewer would be hidden, all are. */
const HIDDEN_MIN = 3;

function mask(text: string, first: number, last: number): string {
  const characters = [...text];
  const hidden = characters.length - first - last;
  if (hidden < HIDDEN_MIN) return '*'.repeat(characters.length);
  const [head, tail] = [characters.slice(0, first), characters.slice(-last)];
  return `${head.join('')}${'*'.repeat(hidden)}${tail.join('')}`;
}
