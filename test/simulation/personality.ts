// What is wrong with a merchant's account at a PSP in particular: some of its answers are lost, late or refused.
import type { Account } from './books.ts';
import type { Dice } from './dice.ts';
import { CHARGE_FAULTS, WEBHOOK_FAULTS } from './orders.ts';

const FAULTS = [...CHARGE_FAULTS, ...WEBHOOK_FAULTS];
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
