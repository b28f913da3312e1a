// A merchant with two connections, and the payments it makes.
import type { HostilePsp } from '../hostile-psp.ts';
import type { Answer, Merchant, Stage } from '../stage.ts';

export type Provider = 'paystack' | 'stripe';
export const PROVIDERS: readonly Provider[] = ['paystack', 'stripe'];

/** What a payment asks for unless it says otherwise: 50.00 rand, which both PSPs charge and authorise. */
export const AMOUNT = 5_000;

/** A card that each PSP charges at once. */
export const GOOD_CARD: Readonly<Record<Provider, string>> = {
  paystack: 'AUTH_success',
  stripe: 'pm_card_visa',
};

/** Sends the customer to the PSP's page instead of charging a card. */
export const PAGE = { payment_method: undefined, return_url: 'https://shop.example/back' };
export const MANUAL = { capture_method: 'manual' };

type Fields = Readonly<Record<string, unknown>>;
type Headers = Record<string, string>;

export interface Shop {
  readonly merchant: Merchant;
  readonly environmentId: string;
  readonly provider: Provider;
  /** The PSP of the first connection. */
  readonly psp: HostilePsp;
  readonly first: string;
  readonly second: string;
  readonly firstKey: string;
  readonly secondKey: string;
  pay(more?: Fields, headers?: Headers): Promise<Answer>;
  post(path: string, json?: unknown, headers?: Headers): Promise<Answer>;
  get(path: string): Promise<Answer>;
}

export async function openShop(
  stage: Stage,
  psps: Readonly<Record<Provider, HostilePsp>>,
  provider: Provider,
  other: Provider,
): Promise<Shop> {
  const merchant = await stage.merchant();
  const first = await merchant.connect(provider);
  const second = await merchant.connect(other, { routing_hints: { fallback_only: true } });
  const post: Shop['post'] = (path, json, headers) => merchant.send('POST', path, json, headers);
  return {
    merchant,
    environmentId: merchant.organization.environments[0]!.id,
    provider,
    psp: psps[provider],
    first,
    second,
    firstKey: merchant.secretKeyOf(first),
    secondKey: merchant.secretKeyOf(second),
    post,
    get: (path) => merchant.send('GET', path),
    pay: (more = {}, headers = {}) =>
      post('/payments/intents', { ...intent(provider), ...more }, headers),
  };
}

export function intent(provider: Provider): Fields {
  return {
    amount: AMOUNT,
    currency: 'ZAR',
    country: 'ZA',
    method: 'card',
    customer_id: 'ama@example.com',
    payment_method: { token: GOOD_CARD[provider] },
  };
}
