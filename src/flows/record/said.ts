// What somebody says of a payment that was made elsewhere: through the Formance API, or as a PSP's history.
import { adjust, type Face } from '../../domain/ledger/adjust.ts';
import { compareInstants } from '../../domain/ledger/instant.ts';
import type { LedgerStatus } from '../../domain/ledger/words.ts';
import { Problem } from '../../kernel/problem.ts';
import type { NaturalKey } from '../../store/ledger.ts';

export interface Said extends NaturalKey {
  readonly provider: string;
  /** RFC 3339 in UTC: see domain/ledger/instant.ts. So are all times here. */
  readonly createdAt: string;
  readonly initialMinor: bigint;
  readonly amountMinor: bigint;
  /** See domain/ledger/asset.ts. */
  readonly unit: string;
  readonly asset: string;
  readonly scheme: string;
  readonly sourceAccount: string | null;
  readonly destinationAccount: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** A status by itself is a snapshot: of a new payment it moves nothing, of a known one it is an adjustment. */
  readonly status: LedgerStatus | null;
  readonly adjustments: readonly SaidAdjustment[];
}

export interface SaidAdjustment {
  readonly reference: string;
  readonly createdAt: string;
  readonly status: LedgerStatus;
  readonly amountMinor: bigint;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** Of one instant in the order in which they were said. */
export function oldestFirst<A extends { readonly createdAt: string }>(adjustments: readonly A[]) {
  return [...adjustments].sort((a, b) => compareInstants(a.createdAt, b.createdAt));
}

/** What names an adjustment among those of its payment (api/formance.md section 8). */
export function keyOf({
  reference,
  createdAt,
  status,
}: Pick<SaidAdjustment, 'reference' | 'createdAt' | 'status'>): string {
  return JSON.stringify([reference, createdAt, status]);
}

/** What is said twice in one breath is said once. Throws a Problem when it is said with two amounts. */
export function saidOnce(said: Said): Said {
  const known = new Map<string, SaidAdjustment>();
  for (const one of said.adjustments) {
    const twin = known.get(keyOf(one));
    if (twin && twin.amountMinor !== one.amountMinor)
      throw new Problem(400, 'VALIDATION', 'Adjustments has two amounts for one adjustment', {
        field: 'adjustments',
      });
    known.set(keyOf(one), twin ?? one);
  }
  return { ...said, adjustments: [...known.values()] };
}

/** Throws a Problem when more would be given back than there is. */
export function adjusted(face: Face, adjustments: readonly SaidAdjustment[]): Face {
  return oldestFirst(adjustments).reduce((current, { status, amountMinor, createdAt }) => {
    const next = adjust(current, { status, amountMinor, at: createdAt });
    if (next !== null) return next;
    throw new Problem(400, 'VALIDATION', 'Amount of the refund is more than what is left', {
      field: 'amount',
    });
  }, face);
}
