// What must be true, judged by the PSPs' books and by what the merchants were told. It never reads our tables: our side
// of the story is what the API says.
import type { BooksReport } from '../../src/simulators/control.ts';
import type { Shop, Told } from './shop.ts';

/** Minor units, all PSPs together. */
export interface Booked {
  charged: number;
  refunded: number;
  authorized: number;
  charges: number;
}

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
  readonly books: ReadonlyMap<string, Booked>;
  /** By id. */
  readonly payments: ReadonlyMap<string, Json>;
  readonly refunds: ReadonlyMap<string, readonly Json[]>;
}

const NOTHING: Booked = { charged: 0, refunded: 0, authorized: 0, charges: 0 };

export function readBooks(reports: readonly BooksReport[]): Map<string, Booked> {
  const books = new Map<string, Booked>();
  for (const { references } of reports) {
    for (const line of references) {
      const id = line.payment_id ?? '';
      const sum = books.get(id) ?? { ...NOTHING };
      sum.charged += Number(line.charged);
      sum.refunded += Number(line.refunded);
      sum.authorized += Number(line.authorized);
      sum.charges += line.counts.charged;
      books.set(id, sum);
    }
  }
  return books;
}

/** At any moment: what can never be excused by work that is still to be done. */
export function wrongInBooks(
  books: ReadonlyMap<string, Booked>,
  amounts: ReadonlyMap<string, number>,
): string[] {
  const wrong: string[] = [];
  for (const [id, { refunded, charged }] of books) {
    if (refunded > charged) wrong.push(`${id}: refunded ${refunded} of ${charged} (F9)`);
    const amount = amounts.get(id);
    if (amount !== undefined && charged > amount)
      wrong.push(`${id}: charged ${charged} of ${amount}`);
  }
  return wrong;
}

const OPEN = new Set(['pending', 'requires_action']);
/** What the customer may still do at the PSP does not keep the payment from its end. */
const UNDER_WAY = new Set(['ready', 'sent', 'unknown']);

/** At rest: nothing is left to do, and both sides tell the same story to the cent. */
export function wrongAtRest(sight: Sight, shops: readonly Shop[]): string[] {
  const { books, payments, refunds } = sight;
  const wrong: string[] = [];
  for (const [id, booked] of books)
    if (!payments.has(id))
      wrong.push(
        `${id || '(no payment)'}: ${booked.charged} moved for a payment that nobody knows`,
      );
  for (const [id, view] of payments) {
    const say = (what: string) => wrong.push(`${id}: ${what}`);
    const booked = books.get(id) ?? NOTHING;
    if (OPEN.has(view.status)) say(`is ${view.status} for ever (promise 7)`);
    for (const { attempt_id, status } of view.route)
      if (UNDER_WAY.has(status)) say(`attempt ${attempt_id} is ${status} for ever (promise 7)`);
    if (view.captured_amount !== booked.charged)
      say(
        `captured ${view.captured_amount}, but the PSPs charged ${booked.charged} (conservation)`,
      );
    if (view.refunded_amount !== booked.refunded)
      say(
        `refunded ${view.refunded_amount}, but the PSPs gave back ${booked.refunded} (conservation)`,
      );
    if (booked.charged - booked.refunded > view.amount && view.conflict !== 'duplicate_capture')
      say(`holds more than ${view.amount}, and no conflict was raised (F4)`);
    if ((view.status === 'authorized') !== booked.authorized > 0 && view.captured_amount === 0)
      say(`is ${view.status}, but ${booked.authorized} is held at the PSPs`);
    for (const refund of refunds.get(id) ?? [])
      if (refund.status === 'pending') say(`refund ${refund.id} is pending for ever`);
    const settled = (refunds.get(id) ?? []).filter(({ status }) => status === 'succeeded');
    const sum = settled.reduce((total, { amount }) => total + amount, 0);
    if (sum !== view.refunded_amount)
      say(`its refunds come to ${sum}, it says ${view.refunded_amount}`);
  }
  for (const shop of shops) {
    wrong.push(...wronglyTold(shop.told, sight));
    wrong.push(...twice(shop.told, payments));
    wrong.push(...unheard(shop, sight.events.get(shop) ?? []));
  }
  return wrong;
}

/** Promise 2 and F1: what was acknowledged is there, and is what it was. */
function wronglyTold(told: readonly Told[], { payments, refunds }: Sight): string[] {
  const wrong: string[] = [];
  for (const { what, answer, order } of told) {
    if (answer === null) continue;
    const { status, body } = answer;
    if (status === 500) wrong.push(`${order.name}: ${what} was answered 500 ${answer.text}`);
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
    else if (kept.reference !== order.name || kept.amount !== order.amount)
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
      .map(({ order }) => order.name),
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
