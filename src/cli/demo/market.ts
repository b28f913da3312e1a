// Where the demo can play: countries that Paystack serves.

export interface Market {
  readonly country: string;
  readonly name: string;
  readonly currency: string;
  /** Minor units. */
  readonly amount: number;
  /** A quarter. */
  readonly refund: number;
}

export const countries = {
  GH: { country: 'GH', name: 'Ghana', currency: 'GHS', amount: 20_000, refund: 5_000 },
  NG: { country: 'NG', name: 'Nigeria', currency: 'NGN', amount: 2_500_000, refund: 625_000 },
  KE: { country: 'KE', name: 'Kenya', currency: 'KES', amount: 250_000, refund: 62_500 },
  ZA: { country: 'ZA', name: 'South Africa', currency: 'ZAR', amount: 40_000, refund: 10_000 },
} as const satisfies Record<string, Market>;
