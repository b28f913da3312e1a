// What no status tells is noted in the history when it changes, so that a payment can be told as it stood at any moment
// (as-of.ts): the conflict, in the reason of the line that brought it, and what a merchant edited, in a line of its own.
import type { Adjustment, Conflict, Payment } from './payment.ts';

const IN = '; in conflict: ';
const OUT = '; not in conflict any more';
const EDITED = 'edited';

/** The lines of a change, the last of which says what became of the conflict. */
export function withConflictNote(
  lines: readonly Adjustment[],
  before: Conflict | null,
  after: Conflict | null,
): readonly Adjustment[] {
  const last = lines.at(-1);
  if (last === undefined || before === after) return lines;
  const note = after === null ? OUT : `${IN}${after}`;
  return [...lines.slice(0, -1), { ...last, reason: `${last.reason}${note}` }];
}

/** A line's reason as it was before. */
export function withoutConflictNote(reason: string): string {
  return reason.split(IN, 1)[0]!.split(OUT, 1)[0]!;
}

/** The conflict after these lines. */
export function notedConflict(lines: readonly Adjustment[]): Conflict | null {
  const last = lines.findLast(({ reason }) => reason.includes(IN) || reason.endsWith(OUT));
  return (last?.reason.split(IN)[1] as Conflict | undefined) ?? null;
}

type Editable = Pick<Payment, 'amountMinor' | 'metadata'>;

/** Keeps what an edited payment was before. */
export function editLine(
  { status, amountMinor, metadata }: Payment,
  createdAt: number,
): Adjustment {
  return {
    attemptId: null,
    operationId: null,
    source: 'merchant',
    reason: EDITED,
    fromStatus: status,
    toStatus: status,
    attemptFrom: null,
    attemptTo: null,
    evidence: { before: { amount: String(amountMinor), metadata } },
    createdAt,
  };
}

/** What was edited after a moment, as it was then. */
export function editedAfter(lines: readonly Adjustment[], atMs: number): Partial<Editable> {
  const edit = lines.find((one) => one.reason === EDITED && one.createdAt > atMs);
  if (!edit) return {};
  const { before } = edit.evidence as {
    before: { amount: string; metadata: Editable['metadata'] };
  };
  return { amountMinor: BigInt(before.amount), metadata: before.metadata };
}
