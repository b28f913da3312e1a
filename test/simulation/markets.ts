// The countries that a world's merchants sell in: who takes payments there, how customers pay, and who is paid out to.
import type { Dice } from './dice.ts';

export type Way = 'token' | 'manual' | 'page' | 'phone' | 'account' | 'code';

export interface Market {
  readonly country: string;
  readonly currency: string;
  /** Whom a merchant here may have an account with; each name is an account. */
  readonly providers: readonly string[];
  /** Always there. */
  readonly first: readonly string[];
  readonly ways: readonly Way[];
  readonly amount: (dice: Dice) => number;
  /** A customer's number; some of them have a fate at the PSP. */
  readonly phone: (dice: Dice) => string;
  readonly network: string;
  readonly tokens: readonly string[];
}

const digits = (dice: Dice, count: number) =>
  String(dice.between(0, 10 ** count - 1)).padStart(count, '0');

export const SOUTH_AFRICA: Market = {
  country: 'ZA',
  currency: 'ZAR',
  // Two at Stripe: a card token can go to the next connection only there.
  first: ['stripe', 'stripe', 'paystack'],
  providers: ['paystack', 'flutterwave'],
  ways: ['token', 'token', 'page', 'page', 'manual'],
  amount: (dice) => dice.between(1_000, 9_999),
  phone: (dice) => `+2782${digits(dice, 7)}`,
  network: '',
  tokens: [
    'pm_card_visa',
    'pm_card_visa',
    'AUTH_success',
    'AUTH_success',
    'pm_card_chargeDeclined',
  ],
};

const GHANA: Market = {
  country: 'GH',
  currency: 'GHS',
  first: ['hubtel'],
  providers: ['paystack', 'flutterwave', 'hubtel', 'stripe'],
  ways: ['phone', 'phone', 'page'],
  amount: (dice) => dice.between(1_000, 9_999),
  // Of the simulator of Hubtel: no money, a wrong PIN, a callback that is lost.
  phone: (dice) =>
    dice.chance(0.25)
      ? `+23355${digits(dice, 3)}${dice.pick(['0001', '0002', '0004'])}`
      : `+23355${digits(dice, 3)}${dice.between(1_000, 9_999)}`,
  network: 'mtn',
  tokens: ['flw-t1nf-success'],
};

const KENYA: Market = {
  country: 'KE',
  currency: 'KES',
  first: ['mpesa'],
  providers: ['flutterwave', 'mpesa', 'paystack'],
  ways: ['phone', 'phone', 'phone', 'account', 'page'],
  // Whole shillings: M-Pesa knows no cents.
  amount: (dice) => 100 * dice.between(10, 99),
  // Of the simulator of M-Pesa: no money, a reversal that fails, a callback and a reply that are lost.
  phone: (dice) =>
    dice.chance(0.3)
      ? `+254712${digits(dice, 3)}${dice.pick(['001', '902', '998', '999'])}`
      : `+254712${digits(dice, 3)}${dice.between(100, 899)}`,
  network: 'mpesa',
  tokens: [],
};

const NIGERIA: Market = {
  country: 'NG',
  currency: 'NGN',
  first: ['monnify'],
  providers: ['flutterwave', 'monnify', 'paystack'],
  ways: ['page', 'page', 'account', 'code', 'token'],
  // Less than 100 naira is taken by Monnify, and not given back.
  amount: (dice) => dice.between(30_000, 99_999),
  phone: (dice) => `+23480${digits(dice, 8)}`,
  network: '',
  tokens: ['MNFY_success', 'flw-t1nf-success', 'flw-t1nf-3ds', 'MNFY_decline_do_not_honor'],
};

const MARKETS = [SOUTH_AFRICA, GHANA, KENYA, NIGERIA];

/** The PSP that a saved card's token is of. */
export function issuerOf(token: string): string {
  if (token.startsWith('pm_')) return 'stripe';
  if (token.startsWith('AUTH_')) return 'paystack';
  return token.startsWith('MNFY_') ? 'monnify' : 'flutterwave';
}

/** Where one merchant sells. */
export function drawMarkets(dice: Dice): Market[] {
  const count = dice.pick([1, 1, 2]);
  const first = dice.pick([SOUTH_AFRICA, ...MARKETS]);
  const second = dice.pick(MARKETS);
  return count === 1 || first === second ? [first] : [first, second];
}

/** The accounts that a merchant opens for them. */
export function drawProviders(markets: readonly Market[], dice: Dice): string[] {
  return markets.flatMap(({ first, providers }) => [
    ...first,
    ...providers.filter(() => dice.chance(0.4)),
  ]);
}
