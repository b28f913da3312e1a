// Where the demo can play. Without a country it shows cards and their fallback; with one, how people pay there.

/** Cards: Paystack declines, Stripe takes over. */
export interface Market {
  readonly country: string;
  readonly name: string;
  readonly currency: string;
  /** Minor units. */
  readonly amount: number;
  /** A quarter. */
  readonly refund: number;
}

export const cards: Market = {
  country: 'GH',
  name: 'Ghana',
  currency: 'GHS',
  amount: 20_000,
  refund: 5_000,
};

/** One PSP of a country, and the way of paying that is at home there. */
export interface LocalWay {
  readonly provider: string;
  readonly name: string;
  /** The credential that names the books of its simulator. */
  readonly bookKey: string;
  credentials(random: string): Readonly<Record<string, string>>;
  readonly intent: Readonly<Record<string, unknown>>;
  /** What the customer does: answers his phone, or pays into an account. */
  readonly customer: 'phone' | 'account';
  /** The phone that is asked, as he knows it. */
  readonly phone: string;
  /** The PSP's page of an account that it has issued. */
  readonly accountPage: string;
  /** Null: whole payments only. */
  readonly refund: number | null;
}

export interface Country {
  readonly country: string;
  readonly name: string;
  readonly currency: string;
  readonly amount: number;
  readonly ways: readonly [LocalWay, ...LocalWay[]];
}

const byPhone = (phone: string) => ({
  customer: 'phone' as const,
  phone,
  accountPage: '',
  refund: null,
  intent: { method: 'mobile_money', phone },
});

export const countries: Readonly<Record<string, Country>> = {
  KE: {
    country: 'KE',
    name: 'Kenya',
    currency: 'KES',
    amount: 250_000,
    ways: [
      {
        ...byPhone('+254712345678'),
        provider: 'mpesa',
        name: 'M-PESA, an STK push',
        bookKey: 'consumer_key',
        credentials: (random) => ({
          consumer_key: `demo-key-${random}`,
          consumer_secret: `demo-secret-${random}`,
          passkey: `demo-passkey-${random}`,
          business_short_code: '600000',
          initiator_name: 'demo',
          security_credential: `demo-credential-${random}`,
        }),
      },
    ],
  },
  GH: {
    country: 'GH',
    name: 'Ghana',
    currency: 'GHS',
    amount: 20_000,
    ways: [
      {
        ...byPhone('+233244123987'),
        provider: 'hubtel',
        name: 'Hubtel, a mobile money prompt',
        bookKey: 'client_id',
        credentials: (random) => ({
          client_id: `demo-id-${random}`,
          client_secret: `demo-key-${random}`,
          merchant_account: '11684',
          prepaid_deposit_id: '10002',
          ip_whitelisted: 'true',
        }),
      },
    ],
  },
  NG: {
    country: 'NG',
    name: 'Nigeria',
    currency: 'NGN',
    amount: 2_500_000,
    ways: [
      {
        provider: 'monnify',
        name: 'Monnify, a bank transfer to an account of his own',
        bookKey: 'api_key',
        credentials: (random) => ({
          api_key: `MK_TEST_${random.toUpperCase()}`,
          secret_key: `DEMO${random.toUpperCase()}`,
          contract_code: '5867418298',
        }),
        intent: { method: 'bank_transfer', payment_method: {} },
        customer: 'account',
        phone: '',
        accountPage: '/simulators/monnify/checkout',
        refund: 625_000,
      },
    ],
  },
};
