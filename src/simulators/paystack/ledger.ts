// The transactions of the books: made, moved on, ended. Every change of a transaction's status happens here, so that
// no path can charge twice. Statuses are Paystack's words (psp/paystack.md sections 2.2 and 3).
import type { Collection } from '../books.ts';
import type { Parts } from '../simulator.ts';
import { feeOf, formatAmount } from './currencies.ts';
import { type ChargeFields, metadataField } from './fields.ts';
import { type Instrument, type RefundFate, type Step, signatureOf } from './instruments.ts';
import { textOfReason } from './reasons.ts';
import { BUSINESS, type Domain, type Fields, type Merchant, refuse } from './wire.ts';

export type Status =
  | 'abandoned' // made, and nobody has paid yet
  | 'ongoing'
  | 'pending'
  | 'success'
  | 'failed'
  | 'timeout'
  | 'reversed';

export interface Transaction {
  readonly id: number;
  readonly domain: Domain;
  readonly reference: string;
  readonly status: Status;
  /** Charged, in subunits. */
  readonly amount: number;
  readonly requestedAmount: number;
  readonly currency: string;
  readonly email: string;
  readonly metadata: Fields | string | null;
  readonly callbackUrl: string | null;
  readonly ipAddress: string;
  /** The page's name in URLs: who knows it may pay. */
  readonly accessCode: string;
  readonly channel: string;
  readonly instrument: Instrument;
  /** What the payer still has to do, in order, and what `GET /charge` tells about the first. */
  readonly steps: readonly Step[];
  readonly facts: Fields;
  /** Reason why it fails when the payer has done all that; null: it succeeds. */
  readonly end: string | null;
  readonly fate: RefundFate;
  /** It succeeds only so long after the payer paid. */
  readonly lateMs: number | null;
  readonly disputed: boolean;
  readonly authorizationCode: string | null;
  readonly gatewayResponse: string;
  readonly message: string | null;
  readonly fees: number | null;
  readonly createdMs: number;
  readonly paidMs: number | null;
  readonly history: readonly { readonly text: string; readonly atMs: number }[];
}

export interface Customer {
  readonly id: number;
  readonly customer_code: string;
  readonly email: string;
}

export interface Authorization extends Instrument {
  readonly authorization_code: string;
  readonly signature: string;
  readonly email: string;
  readonly fate: RefundFate;
}

export type Opening = ChargeFields &
  Partial<
    Pick<
      Transaction,
      'steps' | 'end' | 'fate' | 'lateMs' | 'disputed' | 'authorizationCode' | 'facts'
    >
  > & { readonly instrument: Instrument; readonly direct: boolean };

const FINAL: readonly Status[] = ['success', 'failed', 'timeout', 'reversed'];

/** The payer has so long for a prompt on the phone (psp/paystack.md section 2.2). */
const PROMPT_MS = 180_000;

export type Ledger = ReturnType<typeof createLedger>;

/** `onSuccess` sends the webhook; it is called once per transaction. */
export function createLedger(
  parts: Parts,
  onSuccess: (key: string, transaction: Transaction) => void,
) {
  const { books, ports, schedule, phone } = parts;
  const transactions: Collection<Transaction> = books.collection('transactions');
  const customers: Collection<Customer> = books.collection('customers');
  const authorizations: Collection<Authorization> = books.collection('authorizations');
  const saved = books.collection<{ code: string }>('_saved_instruments');
  const pages = books.collection<{ key: string; reference: string }>('_pages');
  const now = () => ports.clock.nowMs();
  const token = (bytes: number) => ports.random.bytes(bytes).toString('hex');

  schedule.task('late_success', (key, reference) => {
    const transaction = transactions.get(key, reference);
    if (transaction && !isFinal(transaction)) book(key, transaction);
  });
  schedule.task('payer_timeout', (key, reference) => {
    const transaction = transactions.get(key, reference);
    // Once the payer has acted it is no longer his time that runs.
    if (transaction?.status !== 'ongoing') return;
    const message = textOfReason('payer_timeout');
    change(key, transaction, { status: 'timeout', message, gatewayResponse: message, steps: [] });
  });

  function change(key: string, old: Transaction, changes: Partial<Transaction>): Transaction {
    const text = changes.status && changes.status !== old.status ? changes.status : null;
    const history = text ? [...old.history, { text, atMs: now() }] : old.history;
    const changed = transactions.put(key, old.reference, { ...old, ...changes, history });
    if (isFinal(changed)) phone.close(key, old.reference);
    return changed;
  }

  function open({ key, domain }: Merchant, { direct, ...fields }: Opening): Transaction {
    const reference = fields.reference ?? `T${token(8)}`;
    if (transactions.get(key, reference)) throw duplicateReference();
    const transaction: Transaction = {
      steps: [],
      facts: {},
      end: null,
      fate: 'processed',
      lateMs: null,
      disputed: false,
      authorizationCode: null,
      ...fields,
      id: books.next('transaction', 9_000_000_001),
      domain,
      reference,
      status: direct ? 'ongoing' : 'abandoned',
      requestedAmount: fields.amount,
      accessCode: token(8),
      channel: fields.instrument.channel,
      gatewayResponse: direct ? 'Pending' : 'The transaction was not completed',
      message: null,
      fees: null,
      createdMs: now(),
      paidMs: null,
      history: [{ text: 'created', atMs: now() }],
    };
    pages.put('', transaction.accessCode, { key, reference });
    return transactions.put(key, reference, transaction);
  }

  /** The payer did the last thing that was asked of him, or nothing was asked. */
  function complete(key: string, transaction: Transaction): Transaction {
    if (isFinal(transaction) || transaction.status === 'pending') return transaction;
    if (transaction.end !== null) return fail(key, transaction, transaction.end);
    if (transaction.lateMs === null) return book(key, transaction);
    schedule.after(transaction.lateMs, key, 'late_success', transaction.reference);
    return change(key, transaction, { status: 'pending', steps: [], message: 'Processing' });
  }

  function book(key: string, transaction: Transaction): Transaction {
    const { amount, currency, email, instrument } = transaction;
    const code = transaction.authorizationCode ?? authorize(key, email, instrument, transaction);
    const booked = change(key, transaction, {
      status: 'success',
      steps: [],
      message: null,
      gatewayResponse: transaction.channel === 'card' ? 'Successful' : 'Approved',
      fees: feeOf(amount, currency),
      paidMs: now(),
      authorizationCode: code,
    });
    onSuccess(key, booked);
    return booked;
  }

  function fail(key: string, transaction: Transaction, reason: string | null): Transaction {
    if (isFinal(transaction)) return transaction;
    const text = textOfReason(reason);
    return change(key, transaction, {
      status: 'failed',
      steps: [],
      message: text,
      gatewayResponse: text,
    });
  }

  /** The first step is done. What follows it, or the end. */
  function advance(key: string, transaction: Transaction): Transaction {
    const steps = transaction.steps.slice(1);
    if (steps.length === 0) return complete(key, transaction);
    return change(key, transaction, { steps, facts: {} });
  }

  /** Asks on the payer's phone; the answer comes back through the simulator's answerPrompt. */
  function prompt(key: string, transaction: Transaction, number: string): void {
    const { amount, currency, reference } = transaction;
    const view = { merchant: BUSINESS, amount: formatAmount(amount, currency), reference };
    phone.ask(key, { phone: number, subject: reference, ...view });
    expire(key, reference, PROMPT_MS);
  }

  function expire(key: string, reference: string, ms: number): void {
    schedule.after(ms, key, 'payer_timeout', reference);
  }

  function customerOf(key: string, email: string): Customer {
    const known = customers.get(key, email);
    if (known) return known;
    const id = books.next('customer', 7_001);
    return customers.put(key, email, { id, customer_code: `CUS_${token(8)}`, email });
  }

  /** The same instrument of the same customer keeps its code. */
  function authorize(
    key: string,
    email: string,
    instrument: Instrument,
    { fate }: Pick<Transaction, 'fate'>,
  ): string {
    const signature = signatureOf(instrument);
    const lookup = `${email} ${signature} ${fate}`;
    const known = saved.get(key, lookup);
    if (known) return known.code;
    const code = `AUTH_${token(5)}`;
    const fields = { ...instrument, authorization_code: code, signature, email, fate };
    authorizations.put(key, code, fields);
    return saved.put(key, lookup, { code }).code;
  }

  return {
    transactions,
    authorizations,
    open,
    change,
    complete,
    fail,
    advance,
    prompt,
    expire,
    customerOf,
    authorize,
    find: (key: string, reference: string) => transactions.get(key, reference),
    /** By Paystack's id or our reference. */
    findAny: (key: string, text: string) =>
      transactions.get(key, text) ??
      transactions.list(key).find((transaction) => String(transaction.id) === text),
    /** Another name of a payment page: the number of an account or USSD code that belongs to one transaction. */
    alias: (name: string, key: string, reference: string) =>
      void pages.put('', name, { key, reference }),
    onPage: (name: string) => {
      const page = pages.get('', name);
      const transaction = page && transactions.get(page.key, page.reference);
      return transaction && { key: page.key, transaction };
    },
  };
}

export function isFinal({ status }: Pick<Transaction, 'status'>): boolean {
  return FINAL.includes(status);
}

export function simulateOf({ metadata }: Pick<Transaction, 'metadata'>): string | null {
  return metadataField(metadata, 'simulate');
}

export function duplicateReference() {
  return refuse(400, 'Duplicate Transaction Reference', {
    code: 'duplicate_reference',
    nextStep: 'Use a reference that was not used for a previous transaction',
  });
}
