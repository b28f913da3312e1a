// The ledger view equals the PSPs' books to the minor unit, whatever API the money was moved through.
import { wrongInRecords } from './bookkeeping.ts';
import { type Account, type Line, NOTHING, sumBy } from './books.ts';
import type { Json, Sight } from './oracle.ts';
import { givenByHand } from './oracle-history.ts';
import { connectorOf, linesOfRow } from './owners.ts';

/** Statuses in which money has moved; what is left of it is the amount (api/formance.md section 8). */
const DISPUTED = ['DISPUTE', 'DISPUTE_WON', 'DISPUTE_LOST'];
const MOVED = new Set(['SUCCEEDED', 'REFUNDED', 'REFUND_REVERSED', 'CAPTURE', ...DISPUTED]);

export function wrongInLedger(sight: Sight, ownerOf: (line: Line) => string | null): string[] {
  const { ledger, lines } = sight;
  const byHand = givenByHand(sight);
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
      const of = linesOfRow(row, sight);
      for (const line of of) {
        if (seen.has(line))
          wrong.push(`${line.reference}: is in the ledger twice, also as ${row.reference}`);
        seen.add(line);
      }
      const owner = of[0] ? ownerOf(of[0]) : null;
      wrong.push(...wrongInRow(row, of, byHand.get(owner ?? '') ?? 0));
    }
    for (const line of lines)
      if (isOf(shop.accounts, line) && !seen.has(line) && line.charged + line.paidOut > 0)
        wrong.push(
          `${line.paymentId ?? line.reference}: moved at ${line.account.provider} and is not in the ledger`,
        );
  }
  return wrong;
}

/** `listed`: what was given back by hand, and is a mismatch. */
function wrongInRow(row: Json, lines: readonly Line[], listed: number): string[] {
  const { type, status, amount, initialAmount, asset, reference } = row;
  const booked = sumBy(lines, () => '').get('') ?? NOTHING;
  const { charged, refunded, paidOut, authorized } = booked;
  const left = type === 'PAYOUT' ? paidOut : charged - refunded + listed;
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
