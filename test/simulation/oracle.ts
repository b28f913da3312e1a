// What must be true, judged by the PSPs' books and by what the merchants were told. It never reads our tables: our side
// of the story is what the API says.
import { type DisputeSeen, type Line, NOTHING, sumBy } from './books.ts';
import { wrongAcross } from './oracle-across.ts';
import { givenByHand, wrongInHistory } from './oracle-history.ts';
import { wrongInLedger } from './oracle-ledger.ts';
import { wrongInPayouts } from './oracle-payouts.ts';
import { isRead, owners } from './owners.ts';
import type { Shop, Told } from './shop.ts';

// biome-ignore lint/suspicious/noExplicitAny: as the API shows it
export type Json = any;

export interface EventSeen {
  readonly id: string;
  readonly sequence: number;
  readonly paymentId: string;
}

export interface Sight {
  /** By shop: what the feed of its events says. */
  readonly events: ReadonlyMap<Shop, readonly EventSeen[]>;
  /** Of the PSPs' books. */
  readonly lines: readonly Line[];
  readonly disputes: readonly DisputeSeen[];
  /** Ids of payments and payouts. */
  readonly ofShop: ReadonlyMap<Shop, readonly string[]>;
  /** By shop: the transactions of the Connxt API, to the end of its pages. */
  readonly transactions: ReadonlyMap<Shop, readonly Json[]>;
  /** By the reference of the attempt: the transaction of the Connxt API. */
  readonly txnIds: ReadonlyMap<string, string>;
  /** By id. */
  readonly payments: ReadonlyMap<string, Json>;
  readonly payouts: ReadonlyMap<string, Json>;
  readonly refunds: ReadonlyMap<string, readonly Json[]>;
  /** By shop: the payments of the Formance API, to the end of its pages. */
  readonly ledger: ReadonlyMap<Shop, readonly Json[]>;
  /** By shop whose PSPs' histories are read: where they differ from what we know. */
  readonly mismatches: ReadonlyMap<Shop, readonly Json[]>;
}

/** At any moment: what can never be excused by work that is still to be done. */
export function wrongInBooks(
  lines: readonly Line[],
  amounts: ReadonlyMap<string, number>,
): string[] {
  const wrong: string[] = [];
  for (const { reference, refunded, charged, payouts } of lines) {
    if (refunded > charged) wrong.push(`${reference}: refunded ${refunded} of ${charged} (F9)`);
    if (payouts > 1) wrong.push(`${reference}: paid out ${payouts} times (F2)`);
  }
  const booked = sumBy(lines, ({ paymentId }) => paymentId);
  for (const [id, { charged, paidOut }] of booked) {
    const amount = amounts.get(id);
    if (amount !== undefined && charged + paidOut > amount)
      wrong.push(`${id}: moved ${charged + paidOut} of ${amount}`);
  }
  return wrong;
}

const DUPLICATE: ReadonlySet<string | null> = new Set(['duplicate_capture']);
const PAID_TOO_MUCH: ReadonlySet<string | null> = new Set([...DUPLICATE, 'amount_mismatch']);
const OPEN = new Set(['pending', 'requires_action']);
/** What the customer may still do at the PSP does not keep the payment from its end. */
const UNDER_WAY = new Set(['ready', 'sent', 'unknown']);

/** At rest: nothing is left to do, and both sides tell the same story to the cent. */
export function wrongAtRest(sight: Sight, shops: readonly Shop[]): string[] {
  const { lines, payments, refunds } = sight;
  const wrong: string[] = [];
  const ownerOf = owners(sight);
  const books = sumBy(lines, ownerOf);
  const byHand = givenByHand(sight);
  for (const line of lines) wrong.push(...wronglyOwned(line, ownerOf(line)));
  const recorded = new Set(shops.flatMap((shop) => shop.recorded.map(({ about }) => about.name)));
  for (const [id, view] of payments) {
    // What was recorded moved elsewhere (oracle-ledger.ts).
    if (recorded.has(view.reference)) continue;
    const say = (what: string) => wrong.push(`${id}: ${what}`);
    const booked = books.get(id) ?? NOTHING;
    if (OPEN.has(view.status)) say(`is ${view.status} for ever (promise 7)`);
    for (const { attempt_id, status } of view.route)
      if (UNDER_WAY.has(status)) say(`attempt ${attempt_id} is ${status} for ever (promise 7)`);
    // To merchants a payout that was read of is a payment too.
    const moved = booked.charged + (isRead(sight, id) ? booked.paidOut : 0);
    if (view.captured_amount !== moved)
      say(`captured ${view.captured_amount}, but the PSPs charged ${moved} (conservation)`);
    if (view.refunded_amount + (byHand.get(id) ?? 0) !== booked.refunded)
      say(
        `refunded ${view.refunded_amount}, but the PSPs gave back ${booked.refunded} (conservation)`,
      );
    // A customer who pays into one account twice is no second attempt.
    const expected = booked.most > view.amount ? PAID_TOO_MUCH : DUPLICATE;
    if (booked.charged - booked.refunded > view.amount && !expected.has(view.conflict))
      say(`holds more than ${view.amount}, and no conflict was raised (F4)`);
    if ((view.status === 'authorized') !== booked.authorized > 0 && view.captured_amount === 0)
      say(`is ${view.status}, but ${booked.authorized} is held at the PSPs`);
    for (const refund of refunds.get(id) ?? [])
      if (refund.status === 'pending') say(`refund ${refund.id} is pending for ever`);
    // What was read has no refunds of ours.
    if (isRead(sight, id)) continue;
    const settled = (refunds.get(id) ?? []).filter(({ status }) => status === 'succeeded');
    const sum = settled.reduce((total, { amount }) => total + amount, 0);
    if (sum !== view.refunded_amount)
      say(`its refunds come to ${sum}, it says ${view.refunded_amount}`);
  }
  wrong.push(...wrongInPayouts(sight, books, ownerOf, shops), ...wrongInLedger(sight, ownerOf));
  wrong.push(...wrongInHistory(sight, ownerOf), ...wrongAcross(sight));
  for (const shop of shops) {
    wrong.push(...wronglyTold(shop.told, sight));
    wrong.push(...twice(shop.told, payments));
    wrong.push(...unheard(shop, sight.events.get(shop) ?? []));
  }
  return wrong;
}

/** Money that moved is of somebody, and of whom the PSP says it is. */
function wronglyOwned({ reference, paymentId, account, ...sums }: Line, owner: string | null) {
  const what = `${paymentId ?? reference}: at ${account.provider}`;
  const moved = sums.charged + sums.paidOut + sums.authorized;
  if (owner === null)
    return moved > 0 ? [`${what} ${moved} moved for a payment that nobody knows`] : [];
  return paymentId === null || paymentId === owner ? [] : [`${what} we say that it is ${owner}`];
}

/** Promise 2 and F1: what was acknowledged is there, and is what it was. */
function wronglyTold(told: readonly Told[], { payments, refunds }: Sight): string[] {
  const wrong: string[] = [];
  for (const { what, answer, about } of told) {
    if (answer === null) continue;
    const { status, body } = answer;
    if (status === 500) wrong.push(`${about.name}: ${what} was answered 500 ${answer.text}`);
    if (status >= 300) continue;
    if (what === 'refund') {
      const kept = (refunds.get(body.payment_id) ?? []).find(({ id }) => id === body.id);
      if (!kept) wrong.push(`${body.payment_id}: refund ${body.id} was acknowledged and is lost`);
      else if (kept.amount !== body.amount)
        wrong.push(`${body.payment_id}: refund ${body.id} changed its amount`);
      continue;
    }
    const kept = payments.get(body.id);
    if (!kept) wrong.push(`${body.id}: ${what} was acknowledged and is lost`);
    else if (kept.reference !== about.name || kept.amount !== about.amount)
      wrong.push(`${body.id}: is another payment than was acknowledged`);
  }
  return wrong;
}

/** F1: one key, one payment. */
function twice(told: readonly Told[], payments: ReadonlyMap<string, Json>): string[] {
  const byReference = Map.groupBy(payments.values(), ({ reference }) => reference as string);
  const keyed = new Set(
    told
      .filter(({ what, key }) => what === 'create' && key !== null)
      .map(({ about }) => about.name),
  );
  return [...keyed].flatMap((name) => {
    const made = byReference.get(name) ?? [];
    return made.length > 1
      ? [`${made[0].id}: ${made.length} payments were made of ${name} (F1)`]
      : [];
  });
}

/** F13, F14: every event came at least once, as the feed has it, and a payment's are numbered without a gap. */
function unheard(shop: Shop, events: readonly EventSeen[]): string[] {
  const wrong: string[] = [];
  for (const { id, paymentId, sequence } of events) {
    const heard = shop.heard.get(id);
    if (!heard) wrong.push(`${paymentId}: event ${id} never came to its endpoint (F13)`);
    else if (heard.sequence !== sequence)
      wrong.push(`${paymentId}: event ${id} has two numbers (F14)`);
  }
  if (shop.heard.size > events.length)
    wrong.push(`${shop.name}: ${shop.heard.size} events came, the feed has ${events.length}`);
  for (const [id, of] of Map.groupBy(events, ({ paymentId }) => paymentId)) {
    const numbers = of.map(({ sequence }) => sequence);
    if (numbers.some((number, index) => number !== index + 1))
      wrong.push(`${id}: its events are numbered ${numbers.join(', ')} (F14)`);
  }
  return wrong;
}
