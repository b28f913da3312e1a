// What is wrong with a merchant's account at a PSP in particular: some of its answers are lost, late or refused.
import type { Account } from './books.ts';
import type { Dice } from './dice.ts';

const FAULTS = [
  'rate_limit',
  'unavailable',
  'error_500_before',
  'error_500_after',
  'reply_lost',
  'html_502',
  'truncated_json',
  'empty_body',
  'reset_before',
  'webhook_lost',
  'webhook_twice',
  'webhook_reordered',
  'webhook_forged',
  'webhook_early',
  'webhook_aged',
];
const OPERATIONS = ['charge', 'refund', 'payout', 'payout', 'sync', 'other'];

/** As a simulator's control endpoint takes them. */
export interface Fault {
  readonly provider: string;
  readonly rule: object;
}

export function drawFaults(dice: Dice, accounts: readonly Account[]): Fault[] {
  return accounts.flatMap(({ provider, key }) =>
    Array.from({ length: dice.pick([0, 0, 1, 2, 4]) }, () => ({
      provider,
      rule: {
        key,
        fault: dice.pick(FAULTS),
        match: { operation: dice.pick(OPERATIONS) },
        times: dice.between(1, 3),
      },
    })),
  );
}
