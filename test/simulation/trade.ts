// All that one merchant of a world does, drawn from his own dice and begun at once: he sells, pays out, keeps books, takes
// deposits, changes things, and acts at his PSPs by himself.
import { keepBooks, recordingsOf } from './bookkeeping.ts';
import { contested, type Desk, deedsOf, doByHand } from './by-hand.ts';
import type { Dice } from './dice.ts';
import type { Kind } from './kind.ts';
import { ordersOf } from './orders.ts';
import { payOut, payoutsOf } from './payday.ts';
import { type Watch, watch } from './polling.ts';
import type { Answer, Request } from './process.ts';
import type { Shop } from './shop.ts';
import { deposit, depositsOf } from './till.ts';
import { unsettle, upheavalsOf } from './upheavals.ts';

/** Of a merchant's share of the payments, how many more there are of each. */
const PAYOUT_SHARE = 0.25;
const RECORDED_SHARE = 0.3;
const DEPOSITED_SHARE = 0.5;
const BY_HAND_SHARE = 0.6;

export interface TradeParts {
  readonly kind: Kind;
  readonly dice: Dice;
  /** Of payments. */
  readonly share: number;
  readonly request: (request: Request) => Promise<Answer | null>;
  readonly desk: Omit<Desk, 'shop'>;
  readonly watches: readonly Watch[];
  readonly startMs: number;
  /** What can never be excused is looked for now. */
  readonly look: () => void;
}

export function trade(shop: Shop, parts: TradeParts): Promise<unknown> {
  const { kind, dice, request } = parts;
  // Who has accounts of scripts only takes deposits only.
  const share = shop.scripted.length > 0 ? 0 : parts.share;
  const own = dice.fork(shop.name);
  const records = kind.keepsBooks ? Math.ceil(share * RECORDED_SHARE) : 0;
  return Promise.all([
    ...sell(shop, parts, own, share),
    ...payoutsOf(own, shop, Math.ceil(share * PAYOUT_SHARE)).map((one) =>
      payOut(shop, one).then(parts.look),
    ),
    ...(kind.reads ? read(shop, parts) : []),
    ...(kind.deposits ? takeDeposits(shop, parts) : []),
    ...upheavalsOf(dice.fork(`${shop.name} changes`), shop).map((one) => unsettle(shop, one)),
    keepBooks(shop, request, recordingsOf(own, shop, records)),
  ]);
}

function sell(shop: Shop, { kind, dice, look }: TradeParts, own: Dice, share: number) {
  const contests = dice.fork(`${shop.name} disputes`);
  return ordersOf(own, shop, share)
    .map((order) => (kind.reads ? contested(contests, order) : order))
    .map((order) => shop.sell(order).then(look));
}

/** Histories are read, and there is something to read in them that we have not made. */
function read(shop: Shop, { dice, share, request, desk, watches, startMs }: TradeParts) {
  const deeds = deedsOf(dice.fork(`${shop.name} by hand`), shop, Math.ceil(share * BY_HAND_SHARE));
  return [
    ...watches.map((one) => watch(shop, request, one, startMs)),
    ...deeds.map((deed) => doByHand({ ...desk, shop }, deed)),
  ];
}

function takeDeposits(shop: Shop, { dice, share, look }: TradeParts): Promise<void>[] {
  const count = Math.ceil(share * DEPOSITED_SHARE);
  const asked = depositsOf(dice.fork(`${shop.name} deposits`), shop, count);
  return asked.map((one) => deposit(shop, one).then(look));
}
