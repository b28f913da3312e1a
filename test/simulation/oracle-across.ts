// One record of the money, three ways to read it: the lists of all three APIs, each read to the end of its pages, tell of
// the same things and the same amounts; and whoever repeated a Connxt request was told of one transaction.
import type { Json, Sight } from './oracle.ts';
import type { Shop } from './shop.ts';

const WITHDRAW = 'fat_01jtj2hq14fexta3pcaeaswc62';
const REFUND = 'fat_01k5bqfxa3f6cawws5kyqpdkc9';

export function wrongAcross(sight: Sight): string[] {
  const wrong: string[] = [];
  for (const [shop, transactions] of sight.transactions) {
    const ids = new Set(transactions.map(({ txnId }) => txnId));
    if (ids.size < transactions.length) wrong.push(`${shop.name}: Connxt lists one twice`);
    const reevit = inReevit(sight, shop);
    const connxt = inConnxt(transactions);
    if (reevit.join(', ') !== connxt.join(', '))
      wrong.push(
        `${shop.name}: Connxt lists ${differenceOf(connxt, reevit)} (the lists tell of the same)`,
      );
    wrong.push(...wrongInAttempts(sight, shop), ...wronglyRepeated(shop, transactions));
  }
  return wrong;
}

/** As text, in one order: what it is, the amount in minor units, the currency. */
function inConnxt(transactions: readonly Json[]): string[] {
  return transactions
    .map(({ flowActionId, txnAmount, txnCurrency }) => {
      const what =
        { [WITHDRAW]: 'payout', [REFUND]: 'refund' }[flowActionId as string] ?? 'payment';
      return `${what} ${minorOf(txnAmount, txnCurrency)} ${txnCurrency}`;
    })
    .sort();
}

function minorOf(major: number, currency: string): number {
  return Math.round(currency === 'JPY' ? major : major * 100);
}

function inReevit({ ofShop, payments, payouts, refunds, ledger }: Sight, shop: Shop): string[] {
  const ids = ofShop.get(shop) ?? [];
  // To merchants a payout that was read of is a payment too.
  const readOf = new Set(
    (ledger.get(shop) ?? [])
      .filter(({ type }) => type === 'PAYOUT')
      .map(({ reference }) => reference),
  );
  const payIns = ids.flatMap((id) => {
    const view = payments.get(id);
    if (!view) return [];
    const given = refunds.get(id) ?? [];
    const what = readOf.has(view.reference) ? 'payout' : 'payment';
    return [
      `${what} ${view.amount} ${view.currency}`,
      ...given.map(({ amount }) => `refund ${amount} ${view.currency}`),
    ];
  });
  const paidOut = ids.flatMap((id) => {
    const view = payouts.get(id);
    return view ? [`payout ${view.amount} ${view.currency}`] : [];
  });
  return [...payIns, ...paidOut].sort();
}

/** A payment of the ledger is an attempt. */
function wrongInAttempts({ ofShop, payments, ledger }: Sight, shop: Shop): string[] {
  const views = (ofShop.get(shop) ?? []).flatMap((id) => payments.get(id) ?? []);
  const routes = new Set(views.flatMap(({ route }) => route.map((one: Json) => one.attempt_id)));
  const rows = (ledger.get(shop) ?? []).filter(({ metadata }) => !isPayout(metadata));
  const own = rows.filter(({ type }) => type === 'PAY-IN').length;
  const paidOutElsewhere = rows.length - own;
  return routes.size === rows.length
    ? []
    : [
        `${shop.name}: the ledger has ${own} payments and ${paidOutElsewhere} others, the payments have ${routes.size} attempts`,
      ];
}

/** Of ours: `payday.ts` names it so. */
function isPayout({ order = '' }: Json): boolean {
  return order.includes('-payout-');
}

function differenceOf(these: readonly string[], those: readonly string[]): string {
  const left = [...those];
  const more = these.filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return `${more.join(', ') || 'nothing'} that Reevit does not, and not ${left.join(', ') || 'less'}`;
}

/** F1: one name, one transaction; what was acknowledged is there, and is what it was. */
function wronglyRepeated(shop: Shop, transactions: readonly Json[]): string[] {
  const wrong: string[] = [];
  const known = new Set(transactions.map(({ txnId }) => txnId));
  for (const [what, told] of Map.groupBy(
    shop.deposited,
    (one) => `${one.about.name} ${one.what}`,
  )) {
    const named = new Set<string>();
    for (const { answer } of told) {
      if (answer === null) continue;
      if (answer.status === 500) wrong.push(`${what} was answered 500 ${answer.text}`);
      if (answer.status === 200) named.add(answer.body.data.txnId);
    }
    if (named.size > 1) wrong.push(`${what}: ${named.size} transactions were made of it (F1)`);
    for (const id of named)
      if (!known.has(id)) wrong.push(`${id}: ${what} was acknowledged and is lost`);
  }
  return wrong;
}
