// Who calls: a merchant is an e-mail and an API key. The key itself is never sent, so SticPay has to know it: from saved
// sandbox credentials, or it is the placeholder that the published examples use, which works for every e-mail.
import type { Books } from '../books.ts';
import { refuse, sameText, signatureOf, signTypeOf, type Texts } from './wire.ts';

const EXAMPLE_KEY = 'your_api_key_here';

export interface Merchant {
  /** The key of its books: `merchant@example.com:<API key>`. */
  readonly key: string;
  readonly email: string;
  readonly apiKey: string;
}

export function endpointOfSticpay({ merchantEmail, apiKey }: Readonly<Record<string, string>>) {
  return merchantEmail && apiKey ? { key: `${merchantEmail}:${apiKey}`, secret: null } : null;
}

export function merchantOf(key: string): Merchant {
  const at = key.indexOf(':', key.indexOf('@'));
  return { key, email: key.slice(0, at), apiKey: key.slice(at + 1) };
}

/** The merchant whose key fits the signature of these fields; else 809, as SticPay says. */
export function signedBy(books: Books, fields: Texts, emailField: string, names: string[][]) {
  const email = fields[emailField];
  if (email === undefined || !/^[^\s@:]+@[^\s@:]+$/.test(email)) throw refuse(300);
  const given = (fields.sign ?? '').toLowerCase();
  const type = signTypeOf(fields);
  const known = books.keys().filter((key) => key.startsWith(`${email}:`));
  for (const key of new Set([...known, `${email}:${EXAMPLE_KEY}`])) {
    const merchant = merchantOf(key);
    const fits = names.some((order) =>
      sameText(signatureOf(fields, order, type, merchant.apiKey), given),
    );
    if (fits) return merchant;
  }
  throw refuse(809);
}
