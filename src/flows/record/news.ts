// What is new in what is said of a payment that the ledger has. Pure.
import { type Face, movesAmounts } from '../../domain/ledger/adjust.ts';
import { compareInstants } from '../../domain/ledger/instant.ts';
import type { Attempt } from '../../domain/payment/payment.ts';
import type { Recorded } from '../../store/ledger.ts';
import { adjusted, keyOf, type Said, type SaidAdjustment } from './said.ts';

export interface News {
  readonly face: Face;
  readonly added: readonly SaidAdjustment[];
  /** What differs from what is stored, by its wire name. */
  readonly differences: Readonly<Record<string, unknown>>;
  /** Money may hide behind a difference: somebody has to look. */
  readonly doubtful: boolean;
}

type Known = Pick<SaidAdjustment, 'reference' | 'createdAt' | 'status' | 'amountMinor'>;

export function newsOf(recorded: Recorded, attempt: Attempt, said: Said): News {
  const { entry } = recorded;
  const known = knownAdjustments(recorded);
  const told = toldAdjustments(said);
  const twinOf = (one: Known) => known.find((other) => keyOf(other) === keyOf(one));
  const isForeign = said.unit !== entry.unit;
  // What we did ourselves is known here better than anybody can tell.
  const takes = ({ status }: Known) => entry.recorded && !(isForeign && movesAmounts(status));
  const added = told.filter((one) => !twinOf(one) && takes(one));
  const left = told.filter((one) => {
    const twin = twinOf(one);
    return twin ? twin.amountMinor !== one.amountMinor : !takes(one);
  });
  const before: Face = {
    initialMinor: attempt.amountMinor,
    amountMinor: attempt.ledgerMinor,
    status: attempt.ledgerStatus,
    statusAt:
      known
        .map(({ createdAt }) => createdAt)
        .sort(compareInstants)
        .at(-1) ?? entry.createdAt,
  };
  return {
    face: adjusted(before, added),
    added,
    differences: differencesOf(recorded, said, left),
    doubtful: entry.recorded && left.some(({ status }) => movesAmounts(status)),
  };
}

/** With the one that the payment itself stands for. */
function knownAdjustments({ entry, adjustments }: Recorded): Known[] {
  const { reference, createdAt, openedStatus: status, initialMinor: amountMinor } = entry;
  const opened = status === null ? [] : [{ reference, createdAt, status, amountMinor }];
  return [
    ...opened,
    ...adjustments.map((one) => ({ ...one, reference: one.reference ?? reference })),
  ];
}

function toldAdjustments({ reference, createdAt, status, amountMinor, adjustments }: Said) {
  if (status === null) return adjustments;
  return [{ reference, createdAt, status, amountMinor, evidence: {} }];
}

/** Fields that are frozen at first sight, and adjustments that were not taken. */
function differencesOf({ entry }: Recorded, said: Said, left: readonly SaidAdjustment[]) {
  const differs = <T>(name: string, theirs: T, ours: T) =>
    theirs === ours ? {} : { [name]: theirs };
  return {
    ...differs('asset', said.unit, entry.unit),
    ...differs('scheme', said.scheme, entry.scheme ?? 'unknown'),
    ...differs('sourceAccountID', said.sourceAccount, entry.sourceAccount),
    ...differs('destinationAccountID', said.destinationAccount, entry.destinationAccount),
    ...(left.length === 0 ? {} : { adjustments: left }),
  };
}
