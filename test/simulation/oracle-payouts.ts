// What must be true of money that goes out: paid once, what was asked for, to whom it was asked for, and told as it is.
import { type Booked, isSameAccount, type Line, NOTHING } from './books.ts';
import type { Json, Sight } from './oracle.ts';
import type { Shop, Told } from './shop.ts';

const PAID = new Set(['succeeded']);
const OPEN = new Set(['processing']);

export function wrongInPayouts(
  { payouts, lines }: Sight,
  booked: ReadonlyMap<string, Booked>,
  ownerOf: (line: Line) => string | null,
  shops: readonly Shop[],
): string[] {
  const wrong: string[] = [];
  for (const [id, view] of payouts) {
    const say = (what: string) => wrong.push(`${id}: ${what}`);
    const { paidOut, payouts: times } = booked.get(id) ?? NOTHING;
    const expected = PAID.has(view.status) ? view.amount : 0;
    if (times > 1) say(`was paid out ${times} times (F2)`);
    if (paidOut !== expected)
      say(`is ${view.status} over ${view.amount}, but the PSPs paid out ${paidOut} (conservation)`);
    if (OPEN.has(view.status)) say(`is ${view.status} for ever (promise 7)`);
    if (view.status === 'pending' && !view.requires_confirmation)
      say('waits for nobody and is not sent (promise 7)');
  }
  const asked = new Map(
    shops.flatMap(({ paidOut }) => paidOut).map(({ about }) => [about.name, about.account ?? null]),
  );
  for (const line of lines) {
    const view = payouts.get(ownerOf(line) ?? '');
    if (view && line.payouts > 0 && !isPaidTo(line.payee, asked.get(view.metadata.order) ?? null))
      wrong.push(`${view.id}: was asked to pay somebody else than ${line.payee}`);
  }
  for (const { paidOut } of shops) {
    wrong.push(...wronglyTold(paidOut, payouts));
    wrong.push(...twice(paidOut, payouts));
  }
  return wrong;
}

function isPaidTo(payee: string | null, asked: string | null): boolean {
  return payee === null || asked === null ? payee === asked : isSameAccount(payee, asked);
}

function wronglyTold(told: readonly Told[], payouts: ReadonlyMap<string, Json>): string[] {
  const wrong: string[] = [];
  for (const { what, answer, about } of told) {
    if (answer === null) continue;
    const { status, body } = answer;
    if (status === 500) wrong.push(`${about.name}: ${what} was answered 500 ${answer.text}`);
    if (status >= 300) continue;
    const kept = payouts.get(body.id);
    if (!kept) wrong.push(`${body.id}: ${what} was acknowledged and is lost`);
    else if (kept.metadata.order !== about.name || kept.amount !== about.amount)
      wrong.push(`${body.id}: is another payout than was acknowledged`);
    else if (body.status === 'canceled' && kept.status !== 'canceled')
      wrong.push(`${body.id}: was canceled, and is ${kept.status}`);
  }
  return wrong;
}

/** F1: one key, one payout. */
function twice(told: readonly Told[], payouts: ReadonlyMap<string, Json>): string[] {
  const byOrder = Map.groupBy(payouts.values(), ({ metadata }) => metadata.order as string);
  return [...new Set(told.map(({ about }) => about.name))].flatMap((name) => {
    const made = byOrder.get(name) ?? [];
    return made.length > 1
      ? [`${made[0].id}: ${made.length} payouts were made of ${name} (F1)`]
      : [];
  });
}
