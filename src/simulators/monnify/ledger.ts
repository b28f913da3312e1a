// The transactions of the books: made, paid, ended (psp/monnify.md sections 2.1, 2.2 and 3). Every change of a status
// happens here. A payment is due in full; what is too little or too much is told apart.
import type { Collection } from '../books.ts';
import { type Fault, faultMs, faultNamed } from '../faults.ts';
import type { Parts } from '../simulator.ts';
import { type Fields, newReference, textOf } from './wire.ts';

export type Status =
  | 'PENDING'
  | 'PAID'
  | 'OVERPAID'
  | 'PARTIALLY_PAID'
  | 'FAILED'
  | 'EXPIRED'
  | 'USER_CANCELLED';

export interface Transaction {
  readonly reference: string;
  readonly paymentReference: string;
  readonly minor: number;
  readonly paidMinor: number;
  readonly status: Status;
  readonly description: string;
  readonly contractCode: string;
  readonly customer: { readonly name: string; readonly email: string };
  readonly metaData: Fields;
  readonly redirectUrl: string | null;
  /** What it was, or is to be, paid with: `CARD`, `ACCOUNT_TRANSFER`, `USSD`. */
  readonly method: string;
  /** Digits of an account or a code that leads to it. */
  readonly number: string | null;
  /** It is paid only so long after the payer paid. */
  readonly lateMs: number | null;
  readonly cardToken: string | null;
  readonly refundsFail: boolean;
  readonly createdMs: number;
  readonly acceptedMs: number | null;
  readonly paidMs: number | null;
}

export type Opening = Omit<
  Transaction,
  'reference' | 'paidMinor' | 'status' | 'number' | 'createdMs' | 'acceptedMs' | 'paidMs'
>;

/** An account lives so long, and so does everything else (section 2.2). */
export const LIFE_S = 2_400;

export type Ledger = ReturnType<typeof createLedger>;

/** `onPaid` sends the webhook; there is none for failures and expiry. */
export function createLedger(parts: Parts, onPaid: (key: string, of: Transaction) => void) {
  const { books, ports, schedule } = parts;
  const transactions: Collection<Transaction> = books.collection('transactions');
  const byReference = books.collection<{ reference: string }>('_transaction_of');
  const places = books.collection<{ key: string; paymentReference: string }>('_places');
  const now = () => ports.clock.nowMs();

  schedule.task('expire', (key, paymentReference) => {
    const transaction = transactions.get(key, paymentReference);
    const waits = transaction?.status === 'PENDING' || transaction?.status === 'PARTIALLY_PAID';
    if (waits && transaction.acceptedMs === null) change(key, transaction, { status: 'EXPIRED' });
  });
  schedule.task('late_success', (key, paymentReference) => {
    const transaction = transactions.get(key, paymentReference);
    if (transaction && isOpen(transaction)) book(key, transaction, transaction.minor);
  });

  function change(key: string, old: Transaction, changes: Partial<Transaction>): Transaction {
    return transactions.put(key, old.paymentReference, { ...old, ...changes });
  }

  function book(key: string, old: Transaction, paidMinor: number): Transaction {
    const { minor } = old;
    const status = paidMinor === minor ? 'PAID' : paidMinor > minor ? 'OVERPAID' : 'PARTIALLY_PAID';
    const booked = change(key, old, { status, paidMinor, paidMs: now() });
    onPaid(key, booked);
    return booked;
  }

  return {
    transactions,
    change,
    open(key: string, fields: Opening): Transaction {
      const reference = newReference(books, 'MNFY|11', now());
      const made = { reference, paidMinor: 0, status: 'PENDING', number: null } as const;
      const times = { createdMs: now(), acceptedMs: null, paidMs: null };
      byReference.put(key, reference, { reference: fields.paymentReference });
      places.put('', reference, { key, paymentReference: fields.paymentReference });
      schedule.after(LIFE_S * 1_000, key, 'expire', fields.paymentReference);
      return transactions.put(key, fields.paymentReference, { ...fields, ...made, ...times });
    },
    /** The payer paid so much, besides what he had paid. */
    pay(key: string, transaction: Transaction, minor: number): Transaction {
      if (!isOpen(transaction) || transaction.acceptedMs !== null) return transaction;
      if (transaction.lateMs === null) return book(key, transaction, transaction.paidMinor + minor);
      schedule.after(transaction.lateMs, key, 'late_success', transaction.paymentReference);
      return change(key, transaction, { acceptedMs: now() });
    },
    end(key: string, transaction: Transaction, status: 'FAILED' | 'USER_CANCELLED'): Transaction {
      const untouched = transaction.status === 'PENDING' && transaction.acceptedMs === null;
      return untouched ? change(key, transaction, { status }) : transaction;
    },
    /** A number to pay into or to dial that belongs to this transaction. */
    place(key: string, transaction: Transaction, method: string): Transaction {
      const number = String(books.next('place', 3_000_000_001));
      places.put('', number, { key, paymentReference: transaction.paymentReference });
      return change(key, transaction, { number, method });
    },
    find: (key: string, paymentReference: string) => transactions.get(key, paymentReference),
    byReference: (key: string, reference: string) => {
      const known = byReference.get(key, reference);
      return known && transactions.get(key, known.reference);
    },
    at: (name: string) => {
      const place = places.get('', name);
      const transaction = place && transactions.get(place.key, place.paymentReference);
      return transaction && { key: place.key, transaction };
    },
  };
}

export function isOpen({ status }: Transaction): boolean {
  return status === 'PENDING' || status === 'PARTIALLY_PAID';
}

export function isPaid({ status }: Transaction): boolean {
  return status === 'PAID' || status === 'OVERPAID';
}

export function simulateOf({ metaData }: Transaction): string | null {
  return textOf(metaData.simulate);
}

/** The faults of one request that are ours to carry out. */
export function wishesOf(faults: readonly Fault[]): {
  readonly decline: string | null;
  readonly lateMs: number | null;
} {
  const late = faultNamed(faults, 'late_success');
  const decline = faultNamed(faults, 'decline');
  return {
    decline: decline ? (decline.argument ?? 'declined') : null,
    lateMs: late ? faultMs(late, 5_000) : null,
  };
}
