// The masks of bank details as the Formance API has them (api/formance.md section 5): of an account number or IBAN the
// first and last four characters stay, of a BIC the first two and last three. Short ones show nothing but their length.

export function maskNumber(text: string): string {
  return mask(text, 4, 4);
}

export function maskBic(text: string): string {
  return mask(text, 2, 3);
}

function mask(text: string, first: number, last: number): string {
  const characters = [...text];
  const hidden = characters.length - first - last;
  if (hidden <= 0) return '*'.repeat(characters.length);
  const [head, tail] = [characters.slice(0, first), characters.slice(-last)];
  return `${head.join('')}${'*'.repeat(hidden)}${tail.join('')}`;
}
