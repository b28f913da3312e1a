// The PSPs' own books of a world, account by account. They know nothing of us: what they hold is what happened.
import type { BooksReport } from '../../src/simulators/control.ts';
import type { SimulatorsHandle } from '../../src/simulators/mount.ts';
import { COUNTERS, type Disputed } from './counters.ts';

/** A merchant's account at a PSP, as the merchant made it: who may look into its books knows its key. */
export interface Account {
  /** The connection's id. */
  readonly id: string;
  readonly provider: string;
  /** What the PSP's books know the account by. */
  readonly key: string;
  /** For whoever acts as the merchant at the PSP; null: the key alone will do. */
  readonly secret: string | null;
  /** Of a PSP that a script describes. */
  readonly targetId?: string;
}

/** All that moved under one reference, in minor units. */
export interface Line {
  readonly account: Account;
  readonly reference: string;
  /** As the PSP was told, where it takes such things. */
  readonly paymentId: string | null;
  readonly currency: string;
  readonly charged: number;
  readonly refunded: number;
  readonly authorized: number;
  readonly paidOut: number;
  readonly charges: number;
  readonly payouts: number;
  /** As the PSP itself calls what moved, where its history can be read. */
  readonly own: readonly string[];
  /** Who was paid, when somebody was; null: the merchant himself. */
  readonly payee: string | null;
}

/** Minor units, all lines of a payment together. */
export interface Booked {
  charged: number;
  refunded: number;
  authorized: number;
  paidOut: number;
  payouts: number;
  /** The most that was charged under one reference. */
  most: number;
}

export const NOTHING: Booked = {
  charged: 0,
  refunded: 0,
  authorized: 0,
  paidOut: 0,
  payouts: 0,
  most: 0,
};

export function readLines(simulators: SimulatorsHandle, accounts: readonly Account[]): Line[] {
  return accounts.flatMap((account) =>
    linesIn(account, simulators.books(account.provider, account.key)),
  );
}

function linesIn(account: Account, { references, objects }: BooksReport): Line[] {
  const ownNames = namesIn(account.provider, objects ?? {});
  return references.map((row) => ({
    ...lineOf(account, row, objects ?? {}),
    own: ownNames(row.reference),
  }));
}

function lineOf(
  account: Account,
  row: BooksReport['references'][number],
  objects: NonNullable<BooksReport['objects']>,
): Omit<Line, 'own'> {
  return {
    account,
    reference: row.reference,
    paymentId: row.payment_id,
    currency: row.currency,
    charged: Number(row.charged),
    refunded: Number(row.refunded),
    authorized: Number(row.authorized),
    paidOut: Number(row.paid_out),
    charges: row.counts.charged,
    payouts: row.counts.paid_out,
    payee: row.counts.paid_out > 0 ? payeeOf(account.provider, row.reference, objects) : null,
  };
}

function namesIn(provider: string, objects: object): (reference: string) => string[] {
  const counter = COUNTERS[provider];
  if (!counter) return () => [];
  const sold = Map.groupBy(counter.sold(objects), ({ reference }) => reference);
  return (reference) => {
    const paidOut = counter.paidOutAs(objects, reference);
    const names = (sold.get(reference) ?? []).map(({ own }) => own);
    return paidOut === null ? names : [...names, paidOut];
  };
}

/** By the account and the PSP's name of the payment. */
export interface DisputeSeen extends Disputed {
  readonly account: Account;
}

export function readDisputes(
  simulators: SimulatorsHandle,
  accounts: readonly Account[],
): DisputeSeen[] {
  return accounts.flatMap((account) => {
    const objects = simulators.books(account.provider, account.key).objects ?? {};
    return (COUNTERS[account.provider]?.disputes(objects) ?? []).map((one) => ({
      ...one,
      account,
    }));
  });
}

export function sumBy(
  lines: readonly Line[],
  ownerOf: (line: Line) => string | null,
): Map<string, Booked> {
  const sums = new Map<string, Booked>();
  for (const line of lines) {
    const owner = ownerOf(line);
    if (owner === null) continue;
    const sum = sums.get(owner) ?? { ...NOTHING };
    sum.charged += line.charged;
    sum.refunded += line.refunded;
    sum.authorized += line.authorized;
    sum.paidOut += line.paidOut;
    sum.payouts += line.payouts;
    sum.most = Math.max(sum.most, line.charged);
    sums.set(owner, sum);
  }
  return sums;
}

/** The last digits of a phone number are the same with and without its country. */
const TELLING_DIGITS = 9;

export function isSameAccount(one: string, other: string): boolean {
  return one.slice(-TELLING_DIGITS) === other.slice(-TELLING_DIGITS);
}

// biome-ignore lint/suspicious/noExplicitAny: objects as each simulator keeps them
type Kept = any;

/** Who was paid under a reference, as the PSP's books have it; null: the merchant himself. */
function payeeOf(provider: string, reference: string, kept: Kept): string | null {
  const find = (rows: readonly Kept[], name: string) => rows.find((row) => row[name] === reference);
  switch (provider) {
    case 'paystack': {
      const code = find(kept.transfers, 'reference').recipientCode;
      return kept.recipients.find((one: Kept) => one.code === code).accountNumber;
    }
    case 'flutterwave':
      return find(kept.transfers, 'reference').accountNumber;
    case 'monnify':
      return find(kept.payouts, 'reference').accountNumber;
    case 'hubtel':
      return find(kept.payouts, 'reference').account;
    case 'mpesa':
      return find(kept.jobs, 'originator').phone;
    default:
      return null;
  }
}
