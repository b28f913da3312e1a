// Our providers under Formance's names (api/formance.md section 9). The v1 API knows eleven, and its clients throw on
// any other; v3 takes any word, so there a provider has our own name.

const V1_NAMES: Readonly<Record<string, string>> = {
  stripe: 'STRIPE',
  dummypay: 'DUMMY-PAY',
  wise: 'WISE',
  modulr: 'MODULR',
  currencycloud: 'CURRENCY-CLOUD',
  bankingcircle: 'BANKING-CIRCLE',
  mangopay: 'MANGOPAY',
  moneycorp: 'MONEYCORP',
  atlar: 'ATLAR',
  adyen: 'ADYEN',
  generic: 'GENERIC',
};

/** Null: v1 has no name for it. */
export function v1ProviderOf(provider: string): string | null {
  return V1_NAMES[provider] ?? null;
}

/** From any spelling of a provider (`STRIPE`, `DUMMY-PAY`, `Dummypay`, `paystack`) to our word. */
export function providerOfWord(word: string): string {
  const upper = word.toUpperCase();
  const known = Object.entries(V1_NAMES).find(([, name]) => name === upper);
  return known?.[0] ?? word.toLowerCase();
}
