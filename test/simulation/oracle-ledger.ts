// The ledger view equals the PSPs' books to the minor unit, whatever API the money was moved through.
import { wrongInRecords } from './bookkeeping.ts';
import { type Account, type Line, NOTHING, sumBy } from './books.ts';
import type { Json, Sight } from './oracle.ts';
import { connectorOf, linesOfRow } from './owners.ts';

/** Statuses in which money has moved; what is left of it is the amount (api/formance.md section 8). */
const MOVED = new Set(['SUCCEEDED', 'REFUNDED', 'REFUND_REVERSED', 'CAPTURE']);

export function wrongInLedger({ ledger, lines }: Sight): string[] {
  const wrong: string[] = [];
  for (const [shop, rows] of ledger) {
    const ids = new Set(rows.map(({ id }) => id));
    if (ids.size < rows.length) wrong.push(`${shop.name}: the ledger lists a payment twice`);
    const seen = new Set<Line>();
    const recorded = new Set(shop.recorded.map(({ about }) => about.name));
    wrong.push(...wrongInRecords(shop, rows));
    for (const row of rows) {
      // It moved elsewhere: no account of ours has it.
      if (recorded.has(row.reference)) continue;
      const of = linesOfRow(row, lines);
      for (const line of of) seen.add(line);
      wrong.push(...wrongInRow(row, of));
    }
    for (const line of lines)
      if (isOf(shop.accounts, line) && !seen.has(line) && line.charged + line.paidOut > 0)
        wrong.push(
          `${line.paymentId ?? line.reference}: moved at ${line.account.provider} and is not in the ledger`,
        );
  }
  return wrong;
}

function wrongInRow(row: Json, lines: readonly Line[]): string[] {
  const { type, status, amount, initialAmount, asset, reference } = row;
  const booked = sumBy(lines, () => '').get('') ?? NOTHING;
  const { charged, refunded, paidOut, authorized } = booked;
  const left = type === 'PAYOUT' ? paidOut : charged - refunded;
  const moved = MOVED.has(status) ? amount : 0;
  const wrong: string[] = [];
  const what = `${reference}: the ledger has ${status} ${amount} of ${initialAmount} ${asset}`;
  if (moved !== left)
    wrong.push(`${what}, ${connectorOf(row).provider} has ${left} (the ledger is the books)`);
  if (status === 'AUTHORISATION' && authorized !== initialAmount)
    wrong.push(`${what}, but ${authorized} is held`);
  for (const { currency } of lines)
    if (!asset.startsWith(currency)) wrong.push(`${what}, but it moved in ${currency}`);
  return wrong;
}

function isOf(accounts: readonly Account[], { account }: Line): boolean {
  return accounts.some(({ id }) => id === account.id);
}
