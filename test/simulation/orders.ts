// What the shops of a world sell, and what they and their customers do then. Drawn before anything happens.
import type { Button } from './customers.ts';
import type { Dice } from './dice.ts';
import { issuerOf, type Market, type Way } from './markets.ts';

export type Step =
  /** The customer does what the payment asks for: on a page, on the phone, at the bank. */
  | { readonly do: 'pay'; readonly outcome: Button; readonly page: 'first' | 'latest' }
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
export const CHARGE_FAULTS = [
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
export const WEBHOOK_FAULTS = [
  'webhook_lost',
  'webhook_twice',
  'webhook_reordered',
  'webhook_forged',
  'webhook_early',
  'webhook_aged',
];

/** What a shop has to sell with. */
export interface Stand {
  readonly name: string;
  readonly markets: readonly Market[];
  readonly accounts: readonly { readonly provider: string }[];
}

export function ordersOf(dice: Dice, stand: Stand, count: number): Order[] {
  return Array.from({ length: count }, (_, index) =>
    orderOf(dice.fork(`order ${index}`), stand, index),
  );
}

function orderOf(dice: Dice, stand: Stand, index: number): Order {
  const name = `${stand.name}-${index}`;
  const market = dice.pick(stand.markets);
  const providers = new Set(stand.accounts.map(({ provider }) => provider));
  const amount = market.amount(dice);
  const phone = market.phone(dice);
  const way = dice.pick(market.ways);
  const simulate = wishes(dice, [...providers]);
  const { country, currency } = market;
  const metadata = {
    order: name,
    customer_email: 'ama@example.com',
    ...(simulate === '' ? {} : { simulate }),
  };
  const base = {
    amount,
    currency,
    country,
    reference: name,
    customer_id: 'ama@example.com',
    metadata,
  };
  return {
    name,
    amount,
    phone,
    key: dice.chance(0.85) ? `key-${name}` : null,
    body: { ...base, ...wayOf(way, market, phone, [...providers], dice) },
    startsAfterMs: dice.between(0, 5 * MINUTE),
    steps: stepsOf(dice, way),
  };
}

function wayOf(
  way: Way,
  { tokens, network, country }: Market,
  phone: string,
  providers: readonly string[],
  dice: Dice,
): object {
  const policy = { prefer: [dice.pick(providers)] };
  const page = { method: 'card', return_url: 'https://shop.example/back', policy };
  const usable = tokens.filter((token) => providers.includes(issuerOf(token)));
  switch (way) {
    case 'page':
      return page;
    case 'phone':
      return { method: 'mobile_money', payment_method: { phone, network }, policy };
    case 'account':
      return country === 'KE'
        ? { method: 'mobile_money', policy: { prefer: ['mpesa'] } }
        : { method: 'bank_transfer', payment_method: {}, policy };
    case 'code':
      return { method: 'ussd', payment_method: { bank_code: '058' }, policy };
    default: {
      if (usable.length === 0) return page;
      const token = dice.pick(usable);
      return {
        method: 'card',
        payment_method: { token },
        policy: { allowed_providers: [issuerOf(token)] },
        ...(way === 'manual' ? { capture_method: 'manual' } : {}),
      };
    }
  }
}

/** `metadata.simulate`: what the PSP does with this payment in particular. */
function wishes(dice: Dice, providers: readonly string[]): string {
  const list: string[] = [];
  const at = () => (dice.chance(0.5) ? '' : `${dice.pick(providers)}=`);
  if (dice.chance(0.2)) list.push(`${at()}decline:${dice.pick(REASONS)}`);
  if (dice.chance(0.15)) list.push(`${at()}${dice.pick(CHARGE_FAULTS)}`);
  if (dice.chance(0.15)) list.push(`late_success:${dice.wait(4 * MINUTE)}`);
  if (dice.chance(0.3)) list.push(`${at()}${dice.pick(WEBHOOK_FAULTS)}`);
  for (const operation of ['refund', 'capture', 'void'])
    if (dice.chance(0.15)) list.push(`${operation}.${dice.pick(CHARGE_FAULTS)}`);
  return list.join(',');
}

function stepsOf(dice: Dice, way: Way): Order['steps'] {
  const steps: (Step & { afterMs: number })[] = [];
  const soon = () => (dice.chance(0.2) ? 0 : dice.wait(20 * SECOND));
  const outcome = () => dice.pick(['success', 'success', 'success', 'failure', 'cancel'] as const);
  const page = () => dice.pick(['first', 'latest'] as const);
  if (way !== 'token' && way !== 'manual') {
    if (dice.chance(0.15)) steps.push({ do: 'return', afterMs: soon() });
    if (dice.chance(0.85))
      steps.push({ do: 'pay', outcome: outcome(), page: 'first', afterMs: soon() });
    if (dice.chance(0.15))
      steps.push({ do: 'pay', outcome: 'success', page: page(), afterMs: soon() });
    if (dice.chance(0.1))
      steps.push({
        do: 'pay',
        outcome: 'success',
        page: page(),
        afterMs: dice.between(HOUR / 2, 3 * HOUR),
      });
    // A second page beside the first, and both are paid.
    if (dice.chance(0.15))
      steps.push(
        { do: 'retry', afterMs: soon() },
        { do: 'pay', outcome: 'success', page: 'latest', afterMs: soon() },
        { do: 'pay', outcome: 'success', page: 'first', afterMs: soon() },
      );
  }
  if (way === 'manual' && dice.chance(0.85)) {
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
