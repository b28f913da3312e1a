// Payment methods: one canonical word each, and the other words that clients and guides use for them
// (api/reevit.md section 7). Everything is compared through this table; nothing else knows an alias.

export const methods = [
  'card',
  'mobile_money',
  'bank_transfer',
  'ussd',
  'apple_pay',
  'google_pay',
  'qr',
  'eft',
] as const;

export type Method = (typeof methods)[number];

const words = new Map<string, Method>([
  ...methods.map((method) => [method, method] as const),
  ['momo', 'mobile_money'],
  ['mobilemoney', 'mobile_money'],
  ['mpesa', 'mobile_money'],
  ['m_pesa', 'mobile_money'],
  ['bank', 'bank_transfer'],
  ['transfer', 'bank_transfer'],
  ['banktransfer', 'bank_transfer'],
  ['applepay', 'apple_pay'],
  ['googlepay', 'google_pay'],
]);

/**
 * The canonical method of a word, or null for a word that is none. `''` is null too: callers treat it as absent.
 *
 * @example normaliseMethod('Mobile-Money') // 'mobile_money'
 */
export function normaliseMethod(text: string): Method | null {
  return words.get(spelled(text)) ?? null;
}

/** Whether two words mean the same method; words outside the table match only themselves. */
export function methodMatches(a: string, b: string): boolean {
  return methodKey(a) === methodKey(b);
}

/** The canonical method, or for a word outside the table the word in one spelling. */
export function methodKey(text: string): string {
  const word = spelled(text);
  return words.get(word) ?? word;
}

/** Methods that merchants declare are kept as sent, so this judges the form of the word, not its meaning. */
export function methodWordProblem(text: string): string | null {
  return /^[A-Za-z][A-Za-z0-9_ -]{0,39}$/.test(text) ? null : 'is not a payment method';
}

function spelled(text: string): string {
  return text.trim().toLowerCase().replace(/[ -]+/g, '_');
}
