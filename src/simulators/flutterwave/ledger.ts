// The transactions of the books: made, moved on, ended. Every change of a transaction's status happens here. One tx_ref
// may have several: every try on a hosted page is one of its own (psp/flutterwave.md section 3).
import type { Collection } from '../books.ts';
import type { Parts } from '../simulator.ts';
import { formatAmount } from './currencies.ts';
import type { ChargeFields } from './fields.ts';
import { textOfReason } from './reasons.ts';
import { BUSINESS, type Fields } from './wire.ts';

export type Status = 'pending' | 'successful' | 'failed';
export type RefundFate = 'completed' | 'pending' | 'failed';

export interface Transaction extends ChargeFields {
  readonly id: number;
  readonly flwRef: string;
  readonly status: Status;
  /** `card`, `mobilemoneygh`, `mpesa`, `bank_transfer`, `ussd`, `account` … */
  readonly paymentType: string;
  readonly authModel: string;
  readonly processorResponse: string;
  /** What the payer has to do next, as Flutterwave says it; null: nothing. */
  readonly authorization: Fields | null;
  /** The page's name in URLs: who knows it may pay. */
  readonly page: string;
  /** The hosted link that it was made on. */
  readonly link: string | null;
  /** Reason why it fails when the payer has done everything; null: it succeeds. */
  readonly end: string | null;
  readonly fate: RefundFate;
  /** It succeeds only so long after the payer paid. */
  readonly lateMs: number | null;
  /** The saved card that it was paid with, or that was saved by it. */
  readonly token: string | null;
  readonly createdMs: number;
  /** When the payer had paid; the money is booked with `successful`. */
  readonly acceptedMs: number | null;
}

export interface SavedCard {
  readonly token: string;
  readonly email: string;
}

export type Opening = ChargeFields &
  Pick<Transaction, 'paymentType' | 'authModel'> &
  Partial<Pick<Transaction, 'authorization' | 'link' | 'end' | 'fate' | 'lateMs' | 'token'>>;

export type Ledger = ReturnType<typeof createLedger>;

/** The payer has so long for a prompt on the phone. */
const PROMPT_MS = 180_000;

/** `onEnd` sends the webhook; it is called once per transaction. */
export function createLedger(parts: Parts, onEnd: (key: string, of: Transaction) => void) {
  const { books, ports, schedule, phone } = parts;
  const transactions: Collection<Transaction> = books.collection('transactions');
  const cards: Collection<SavedCard> = books.collection('saved_cards');
  const byReference = books.collection<{ ids: readonly number[] }>('_transactions_of');
  const pages = books.collection<{ key: string; id: number }>('_pages');
  const now = () => ports.clock.nowMs();
  const token = (bytes: number) => ports.random.bytes(bytes).toString('hex');

  schedule.task('late_success', (key, id) => {
    const transaction = transactions.get(key, id);
    if (transaction?.status === 'pending') book(key, transaction);
  });
  schedule.task('expire', (key, id) => {
    const transaction = transactions.get(key, id);
    const waits = transaction?.status === 'pending' && transaction.acceptedMs === null;
    if (!waits) return;
    fail(
      key,
      transaction,
      transaction.paymentType === 'bank_transfer' ? 'expired' : 'payer_timeout',
    );
  });

  function change(key: string, old: Transaction, changes: Partial<Transaction>): Transaction {
    const changed = transactions.put(key, old.id, { ...old, ...changes });
    if (changed.status !== 'pending') phone.close(key, String(old.id));
    return changed;
  }

  function open(key: string, fields: Opening): Transaction {
    const id = books.next('transaction', 7_000_001);
    const transaction: Transaction = {
      authorization: null,
      link: null,
      end: null,
      fate: 'completed',
      lateMs: null,
      token: null,
      ...fields,
      id,
      flwRef: `FLW-MOCK-${token(8)}`,
      status: 'pending',
      processorResponse: 'Transaction in progress',
      page: token(8),
      createdMs: now(),
      acceptedMs: null,
    };
    const ids = byReference.get(key, fields.txRef)?.ids ?? [];
    byReference.put(key, fields.txRef, { ids: [...ids, id] });
    pages.put('', transaction.page, { key, id });
    return transactions.put(key, id, transaction);
  }

  /** The payer did the last thing that was asked of him, or nothing was asked. */
  function complete(key: string, transaction: Transaction): Transaction {
    if (transaction.status !== 'pending' || transaction.acceptedMs !== null) return transaction;
    if (transaction.end !== null) return fail(key, transaction, transaction.end);
    if (transaction.lateMs === null) return book(key, transaction);
    schedule.after(transaction.lateMs, key, 'late_success', transaction.id);
    return change(key, transaction, { acceptedMs: now(), authorization: null });
  }

  function book(key: string, transaction: Transaction): Transaction {
    const booked = change(key, transaction, {
      status: 'successful',
      authorization: null,
      processorResponse: 'Approved by Financial Institution',
      acceptedMs: transaction.acceptedMs ?? now(),
      token:
        transaction.paymentType === 'card' ? (transaction.token ?? save(key, transaction)) : null,
    });
    onEnd(key, booked);
    return booked;
  }

  function fail(key: string, transaction: Transaction, reason: string | null): Transaction {
    if (transaction.status !== 'pending') return transaction;
    const processorResponse = textOfReason(reason);
    const failed = change(key, transaction, {
      status: 'failed',
      authorization: null,
      processorResponse,
    });
    onEnd(key, failed);
    return failed;
  }

  function save(key: string, { payer }: Transaction): string {
    const name = `flw-t1nf-${token(16)}-m03k`;
    return cards.put(key, name, { token: name, email: payer.email }).token;
  }

  /** Asks on the payer's phone; the answer comes back through the simulator's answerPrompt. */
  function prompt(key: string, transaction: Transaction, number: string): void {
    const { id, minor, currency, txRef } = transaction;
    const view = { merchant: BUSINESS, amount: formatAmount(minor, currency), reference: txRef };
    phone.ask(key, { phone: number, subject: String(id), ...view });
    expire(key, id, PROMPT_MS);
  }

  function expire(key: string, id: number, ms: number): void {
    schedule.after(ms, key, 'expire', id);
  }

  return {
    transactions,
    cards,
    open,
    change,
    complete,
    fail,
    prompt,
    expire,
    find: (key: string, id: string | number) => transactions.get(key, id),
    /** In order of their making. */
    of: (key: string, txRef: string): Transaction[] =>
      (byReference.get(key, txRef)?.ids ?? []).map((id) => transactions.get(key, id)!),
    /** Another name of a payment page: the number of an account or USSD code that belongs to one transaction. */
    alias: (name: string, key: string, id: number) => void pages.put('', name, { key, id }),
    onPage: (name: string) => {
      const page = pages.get('', name);
      const transaction = page && transactions.get(page.key, page.id);
      return transaction && { key: page.key, transaction };
    },
  };
}
