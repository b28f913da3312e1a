// What shops sell: a mix of the ways a payment goes, and what the shop or its customer does next.
import type { Dice } from './dice.ts';

export type Step =
  /** The customer pays on the PSP's page. */
  | 'press'
  /** The customer approves the prompt on the phone. */
  | 'approve'
  | 'capture'
  | 'capture_part'
  | 'cancel'
  | 'refund_part'
  /** Two refunds of 60 % at once: one of them is too many (F9). */
  | 'refund_race';

export interface Order {
  readonly number: number;
  readonly kind: string;
  readonly amount: number;
  /** The Idempotency-Key; null: an old client that sends none. */
  readonly key: string | null;
  readonly body: Readonly<Record<string, unknown>>;
  readonly phone: string;
  readonly steps: readonly Step[];
}

/** Connections of the shop. `first` is one of Stripe's, too: what names no connection goes there. */
export interface Accounts {
  readonly first: string;
  readonly stripe: string;
  readonly paystack: string;
}

export interface Kind {
  readonly name: string;
  readonly weight: number;
  readonly body: (accounts: Accounts, order: { readonly phone: string }) => Record<string, unknown>;
  readonly steps?: readonly Step[];
}

const AUTHORIZED = { payment_method_id: 'pm_card_visa', capture_method: 'manual' };
const PAGE = { return_url: 'https://shop.example/back' };
const slowly = { simulate: 'latency:200' };

export const KINDS: readonly Kind[] = [
  {
    name: 'Stripe card',
    weight: 5,
    body: ({ stripe }) => ({ connection_id: stripe, payment_method_id: 'pm_card_visa' }),
  },
  {
    name: 'slow Stripe card',
    weight: 4,
    body: ({ stripe }) => ({
      connection_id: stripe,
      payment_method_id: 'pm_card_visa',
      metadata: slowly,
    }),
    steps: ['refund_part'],
  },
  {
    name: 'Stripe card, refunds at once',
    weight: 4,
    body: ({ stripe }) => ({ connection_id: stripe, payment_method_id: 'pm_card_visa' }),
    steps: ['refund_race'],
  },
  {
    name: 'declined, then taken by the next connection',
    weight: 6,
    body: () => ({
      payment_method_id: 'pm_card_visa',
      policy: { allowed_providers: ['stripe'] },
    }),
  },
  {
    name: 'declined for good',
    weight: 2,
    body: ({ stripe }) => ({
      connection_id: stripe,
      payment_method_id: 'pm_card_chargeDeclinedLostCard',
    }),
  },
  {
    name: 'Paystack saved card',
    weight: 5,
    body: ({ paystack }) => ({
      connection_id: paystack,
      payment_method: { token: 'AUTH_success' },
      metadata: { ...slowly, customer_email: 'ama@example.com' },
    }),
    steps: ['refund_part'],
  },
  {
    name: 'Paystack page',
    weight: 4,
    body: ({ paystack }) => ({ connection_id: paystack, ...PAGE }),
    steps: ['press'],
  },
  {
    name: 'Paystack page that nobody pays',
    weight: 1,
    body: ({ paystack }) => ({ connection_id: paystack, ...PAGE }),
  },
  {
    name: 'page of the next PSP after a decline',
    weight: 2,
    body: () => ({
      ...PAGE,
      policy: { prefer: ['paystack'] },
      metadata: { simulate: 'paystack=decline:do_not_honor' },
    }),
    steps: ['press'],
  },
  {
    name: 'mobile money',
    weight: 4,
    body: ({ paystack }, { phone }) => ({
      connection_id: paystack,
      method: 'mobile_money',
      payment_method: { phone, network: 'mtn' },
    }),
    steps: ['approve'],
  },
  {
    name: 'captured later',
    weight: 2,
    body: ({ stripe }) => ({ connection_id: stripe, ...AUTHORIZED }),
    steps: ['capture', 'refund_race'],
  },
  {
    name: 'captured in part',
    weight: 2,
    body: ({ stripe }) => ({ connection_id: stripe, ...AUTHORIZED, metadata: slowly }),
    steps: ['capture_part'],
  },
  {
    name: 'authorised, then canceled',
    weight: 2,
    body: ({ stripe }) => ({ connection_id: stripe, ...AUTHORIZED }),
    steps: ['cancel'],
  },
];

/** Orders `first` to `first + count - 1`. Seven of ten shops send an Idempotency-Key. */
export function ordersOf(
  dice: Dice,
  accounts: Accounts,
  first: number,
  count: number,
  kinds: readonly Kind[] = KINDS,
): Order[] {
  return Array.from({ length: count }, (_, index) => {
    const number = first + index;
    const kind = dice.pick(kinds);
    const phone = `055${String(1_000_000 + number)}`;
    const amount = 1_000 + dice.below(9_000);
    return {
      number,
      kind: kind.name,
      amount,
      key: dice.happens(0.7) ? `order-${number}` : null,
      phone,
      steps: kind.steps ?? [],
      body: {
        amount,
        currency: 'GHS',
        method: 'card',
        country: 'GH',
        reference: `order-${number}`,
        customer_id: 'ama@example.com',
        ...kind.body(accounts, { phone }),
      },
    };
  });
}
