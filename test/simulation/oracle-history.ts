// Where the PSPs' histories are read: what was done there without us is known here too, each once, and a mismatch is
// listed where the two sides differ and nowhere else.
import type { DisputeSeen, Line } from './books.ts';
import type { Json, Sight } from './oracle.ts';
import { linesOfRow } from './owners.ts';

/** What was given back of a payment of ours in the PSP's dashboard: known, and listed instead of believed. */
export function givenByHand({ mismatches }: Sight): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const one of [...mismatches.values()].flat())
    if (isGivenByHand(one))
      sums.set(one.payment_id, (sums.get(one.payment_id) ?? 0) + Number(one.theirs.amount));
  return sums;
}

function isGivenByHand({ kind, what, payment_id, theirs }: Json): boolean {
  return kind === 'refunds' && what === 'status' && payment_id && theirs.state === 'refunded';
}

export function wrongInHistory(sight: Sight, ownerOf: (line: Line) => string | null): string[] {
  const { mismatches, lines, ledger, disputes } = sight;
  const wrong: string[] = [];
  const paidTwice = new Set(lines.filter(({ charges }) => charges > 1).map(ownerOf));
  for (const one of [...mismatches.values()].flat()) {
    // How much it comes to is checked with the sums.
    if (isGivenByHand(one)) continue;
    if (one.what === 'second_charge' && paidTwice.has(one.payment_id)) continue;
    const { payment_id: id, provider, kind, psp_reference: name, what, ours, theirs } = one;
    const sides = `${JSON.stringify(ours)} here, ${JSON.stringify(theirs)} there`;
    wrong.push(`${id || name}: ${kind} ${name} of ${provider} are listed: ${what}, ${sides}`);
  }
  for (const [shop, rows] of ledger) {
    if (!mismatches.has(shop)) continue;
    for (const row of rows) wrong.push(...wrongInDispute(row, linesOfRow(row, sight), disputes));
  }
  return wrong;
}

function wrongInDispute(row: Json, lines: readonly Line[], disputes: readonly DisputeSeen[]) {
  const of = disputes.filter((one) =>
    lines.some(({ account, own }) => account === one.account && own.includes(one.of)),
  );
  const [dispute] = of;
  // What was given back is told by the later of the two.
  const fits = (status: string) =>
    status === row.status || lines.some(({ refunded }) => refunded > 0);
  if (!dispute || fits(dispute.status)) return [];
  return [`${row.reference}: its dispute is ${dispute.status}, the ledger has ${row.status}`];
}
