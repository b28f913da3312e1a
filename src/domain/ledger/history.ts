// What a PSP's own history is read in, and how: each kind of object in sweeps of its own, one after another where an
// object names another. Pure.

export type HistoryKind = 'payments' | 'refunds' | 'payouts' | 'disputes' | 'accounts' | 'balances';

/** What windows are of: when the PSP made an object, or when it last changed it. */
export type HistoryOrder = 'creation' | 'change';

/** The kind whose objects those of this kind name: it is read first. */
const LEADERS: Readonly<Partial<Record<HistoryKind, HistoryKind>>> = {
  refunds: 'payments',
  disputes: 'payments',
  balances: 'accounts',
};

export interface SweptKind {
  readonly kind: HistoryKind;
  /** A sweep of this kind follows each of that one; null: it has a period of its own. */
  readonly leader: HistoryKind | null;
}

export function sweptKinds(kinds: readonly HistoryKind[]): SweptKind[] {
  return kinds.map((kind) => {
    const leader = LEADERS[kind];
    return { kind, leader: leader !== undefined && kinds.includes(leader) ? leader : null };
  });
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** A change shows when it is made; that much is left for clocks and for what is written at the same time. */
const CHANGE_LOOK_BACK_MS = 10 * MINUTE_MS;

/** An object changes after its creation, or shows late. Of a dispute it takes months until it is decided. */
const LOOK_BACK_MS: Readonly<Record<HistoryKind, number>> = {
  payments: DAY_MS,
  refunds: 10 * DAY_MS,
  payouts: 10 * DAY_MS,
  disputes: 120 * DAY_MS,
  accounts: DAY_MS,
  balances: 0,
};

/** Once a day: what is open that long at a PSP stays so. */
const DEEP_LOOK_BACK_MS = 10 * DAY_MS;

export interface Sweep {
  readonly kind: HistoryKind;
  readonly since: number;
  readonly coveredTo: number;
  readonly windowTo: number;
}

/** Where a sweep begins: the same for all its pages. */
export function sweepFrom({ kind, since, coveredTo, windowTo }: Sweep, by: HistoryOrder): number {
  if (by === 'change') return Math.max(since, coveredTo - CHANGE_LOOK_BACK_MS);
  const isFirstOfDay = Math.floor(coveredTo / DAY_MS) < Math.floor(windowTo / DAY_MS);
  const least = isFirstOfDay && kind !== 'balances' ? DEEP_LOOK_BACK_MS : 0;
  return Math.max(since, coveredTo - Math.max(LOOK_BACK_MS[kind], least));
}
