// What the shops of a world sell, and what they and their customers do then. Drawn before anything happens.
import type { Dice } from './dice.ts';

export type Step =
  | { readonly do: 'press'; readonly outcome: 'success' | 'failure' | 'cancel' }
  | { readonly do: 'approve'; readonly outcome: 'success' | 'failure' | 'cancel' }
  /** The browser comes back without anybody having paid. */
  | { readonly do: 'return' }
  | { readonly do: 'confirm' | 'cancel' | 'retry' | 'capture' | 'repeat' }
  | { readonly do: 'capture_part' | 'refund'; readonly percent: number }
  /** Two refunds at once that are too much together (F9). */
  | { readonly do: 'refund_race'; readonly percent: number };

export interface Order {
  readonly name: string;
  readonly amount: number;
  readonly phone: string;
  /** The Idempotency-Key; null: an old client that sends none. */
  readonly key: string | null;
  readonly body: Readonly<Record<string, unknown>>;
  readonly startsAfterMs: number;
  readonly steps: readonly (Step & { readonly afterMs: number })[];
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const REASONS = ['insufficient_funds', 'do_not_honor', 'expired_card', 'lost_card'];
const CHARGE_FAULTS = [
  'rate_limit',
  'unavailable',
  'error_500_before',
  'error_500_after',
  'reply_lost',
  'html_502',
  'truncated_json',
  'empty_body',
  'reset_before',
];
const WEBHOOK_FAULTS = [
  'webhook_lost',
  'webhook_twice',
  'webhook_reordered',
  'webhook_forged',
  'webhook_early',
  'webhook_aged',
];

export function ordersOf(dice: Dice, shop: string, count: number): Order[] {
  return Array.from({ length: count }, (_, index) =>
    orderOf(dice.fork(`order ${index}`), shop, index),
  );
}

function orderOf(dice: Dice, shop: string, index: number): Order {
  const name = `${shop}-${index}`;
  const amount = dice.between(1_000, 9_999);
  const phone = `+23355${String(1_000_000 + dice.between(0, 8_999_999))}`;
  const kind = dice.pick(['token', 'token', 'page', 'page', 'manual', 'phone'] as const);
  const simulate = wishes(dice);
  const base = {
    amount,
    currency: 'ZAR',
    country: 'ZA',
    method: 'card',
    reference: name,
    customer_id: 'ama@example.com',
    metadata: { ...(simulate === '' ? {} : { simulate }), customer_email: 'ama@example.com' },
  };
  const token = dice.pick([
    'pm_card_visa',
    'pm_card_visa',
    'AUTH_success',
    'AUTH_success',
    'pm_card_chargeDeclined',
  ]);
  const instrument = { payment_method: { token } };
  const only = { policy: { allowed_providers: [token.startsWith('pm_') ? 'stripe' : 'paystack'] } };
  const bodies = {
    token: { ...base, ...instrument, ...only },
    manual: { ...base, ...instrument, ...only, capture_method: 'manual' },
    page: {
      ...base,
      return_url: 'https://shop.example/back',
      policy: { prefer: [dice.pick(['stripe', 'paystack'])] },
    },
    phone: {
      ...base,
      currency: 'GHS',
      country: 'GH',
      method: 'mobile_money',
      payment_method: { phone, network: 'mtn' },
    },
  };
  return {
    name,
    amount,
    phone,
    key: dice.chance(0.85) ? `key-${name}` : null,
    body: bodies[kind],
    startsAfterMs: dice.between(0, 5 * MINUTE),
    steps: stepsOf(dice, kind),
  };
}

/** `metadata.simulate`: what the PSP does with this payment in particular. */
function wishes(dice: Dice): string {
  const list: string[] = [];
  const at = () => dice.pick(['', '', 'stripe=', 'paystack=']);
  if (dice.chance(0.2)) list.push(`${at()}decline:${dice.pick(REASONS)}`);
  if (dice.chance(0.15)) list.push(`${at()}${dice.pick(CHARGE_FAULTS)}`);
  if (dice.chance(0.15)) list.push(`late_success:${dice.wait(4 * MINUTE)}`);
  if (dice.chance(0.3)) list.push(`${at()}${dice.pick(WEBHOOK_FAULTS)}`);
  for (const operation of ['refund', 'capture', 'void'])
    if (dice.chance(0.15)) list.push(`${operation}.${dice.pick(CHARGE_FAULTS)}`);
  return list.join(',');
}

function stepsOf(dice: Dice, kind: 'token' | 'page' | 'manual' | 'phone'): Order['steps'] {
  const steps: (Step & { afterMs: number })[] = [];
  const soon = () => (dice.chance(0.2) ? 0 : dice.wait(20 * SECOND));
  const payer = kind === 'page' ? 'press' : 'approve';
  const outcome = () => dice.pick(['success', 'success', 'success', 'failure', 'cancel'] as const);
  if (kind === 'page' || kind === 'phone') {
    if (dice.chance(0.15)) steps.push({ do: 'return', afterMs: soon() });
    if (dice.chance(0.85)) steps.push({ do: payer, outcome: outcome(), afterMs: soon() });
    if (dice.chance(0.15)) steps.push({ do: payer, outcome: 'success', afterMs: soon() });
    if (dice.chance(0.1))
      steps.push({ do: payer, outcome: 'success', afterMs: dice.between(HOUR / 2, 3 * HOUR) });
  }
  if (kind === 'manual' && dice.chance(0.85)) {
    if (dice.chance(0.4))
      steps.push({ do: 'capture_part', percent: dice.between(10, 90), afterMs: soon() });
    if (dice.chance(0.6)) steps.push({ do: 'capture', afterMs: soon() });
  }
  const more = dice.between(0, 3);
  for (let count = 0; count < more; count += 1) steps.push({ ...another(dice), afterMs: soon() });
  return steps;
}

function another(dice: Dice): Step {
  return dice.pick<Step>([
    { do: 'repeat' },
    { do: 'confirm' },
    { do: 'cancel' },
    { do: 'retry' },
    { do: 'refund', percent: 100 },
    { do: 'refund', percent: dice.between(1, 99) },
    { do: 'refund_race', percent: dice.between(51, 100) },
    { do: 'refund_race', percent: 60 },
  ]);
}
