// What merchants change while payments are under way: a connection is switched off and on again, a key is rolled. What
// was begun before goes on: it is asked about, given back and told with what the server knows.
import type { Dice } from './dice.ts';
import type { Shop } from './shop.ts';

export interface Upheaval {
  readonly do: 'switch_off' | 'roll_key';
  readonly afterMs: number;
  /** When it is switched on again. */
  readonly forMs: number;
  /** Which of the accounts. */
  readonly account: number;
}

const MINUTE = 60_000;

export function upheavalsOf(dice: Dice, shop: Shop): Upheaval[] {
  return Array.from({ length: dice.pick([0, 0, 1, 2]) }, () => ({
    do: dice.pick(['switch_off', 'roll_key'] as const),
    afterMs: dice.between(0, 6 * MINUTE),
    forMs: dice.between(1_000, 5 * MINUTE),
    account: dice.between(0, shop.accounts.length - 1),
  }));
}

export async function unsettle(shop: Shop, upheaval: Upheaval): Promise<void> {
  await shop.sleep(upheaval.afterMs);
  if (upheaval.do === 'roll_key') return shop.rollKey();
  const { id } = shop.accounts[upheaval.account]!;
  const turn = (status: string) => shop.change('PATCH', `/v1/connections/${id}/status`, { status });
  await turn('inactive');
  await shop.sleep(upheaval.forMs);
  await turn('active');
}
