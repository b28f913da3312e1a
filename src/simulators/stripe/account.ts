// One merchant's Stripe account: the books of one secret key, the clock, ids, and the request that is being carried
// out. Made anew for every request, page and planned task; all rules take it as their first argument.
import { createHash } from 'node:crypto';
import type { Books, Collection } from '../books.ts';
import type { Parts } from '../simulator.ts';
import type {
  BalanceTransaction,
  Charge,
  CheckoutSession,
  ConnectedAccount,
  Customer,
  Dispute,
  Intent,
  PaymentMethod,
  Payout,
  Refund,
  StripeEvent,
  StripeObject,
  Transfer,
  TransferReversal,
  WebhookEndpoint,
  Wishes,
} from './objects.ts';

/** What the current request said about itself; events repeat it. */
export interface RequestMark {
  readonly id: string | null;
  readonly idempotencyKey: string | null;
  /** The API version, whose date decides which parameters there are. */
  readonly version: string;
}

export const PINNED_VERSION = '2026-10-28.endive';

export const NO_WISHES: Wishes = { decline: null, lateMs: null, dispute: false };
const NO_REQUEST: RequestMark = { id: null, idempotencyKey: null, version: PINNED_VERSION };

export class Table<T extends StripeObject> {
  readonly #rows: Collection<T>;
  readonly #key: string;

  constructor(books: Books, name: string, key: string) {
    this.#rows = books.collection<T>(name);
    this.#key = key;
  }

  get(id: string): T | undefined {
    return this.#rows.get(this.#key, id);
  }

  put(row: T): T {
    return this.#rows.put(this.#key, row.id, row);
  }

  remove(id: string): void {
    this.#rows.remove(this.#key, id);
  }

  /** In order of creation. */
  list(): T[] {
    return this.#rows.list(this.#key);
  }
}

export class Account {
  readonly parts: Parts;
  readonly key: string;
  readonly livemode: boolean;
  readonly request: RequestMark;
  readonly wishes: Wishes;
  readonly intents: Table<Intent>;
  readonly charges: Table<Charge>;
  readonly methods: Table<PaymentMethod>;
  readonly customers: Table<Customer>;
  readonly refunds: Table<Refund>;
  readonly sessions: Table<CheckoutSession>;
  readonly transactions: Table<BalanceTransaction>;
  readonly disputes: Table<Dispute>;
  readonly payouts: Table<Payout>;
  readonly transfers: Table<Transfer>;
  readonly reversals: Table<TransferReversal>;
  readonly connected: Table<ConnectedAccount>;
  readonly events: Table<StripeEvent>;
  readonly endpoints: Table<WebhookEndpoint>;

  constructor(parts: Parts, key: string, request = NO_REQUEST, wishes = NO_WISHES) {
    this.parts = parts;
    this.key = key;
    this.livemode = isLive(key);
    this.request = request;
    this.wishes = wishes;
    const { books } = parts;
    this.intents = new Table(books, 'payment_intents', key);
    this.charges = new Table(books, 'charges', key);
    this.methods = new Table(books, 'payment_methods', key);
    this.customers = new Table(books, 'customers', key);
    this.refunds = new Table(books, 'refunds', key);
    this.sessions = new Table(books, 'checkout_sessions', key);
    this.transactions = new Table(books, 'balance_transactions', key);
    this.disputes = new Table(books, 'disputes', key);
    this.payouts = new Table(books, 'payouts', key);
    this.transfers = new Table(books, 'transfers', key);
    this.reversals = new Table(books, 'transfer_reversals', key);
    this.connected = new Table(books, 'connected_accounts', key);
    this.events = new Table(books, 'events', key);
    this.endpoints = new Table(books, 'webhook_endpoints', key);
  }

  get id(): string {
    return `acct_1${tagOf(this.key)}`;
  }

  nowS(): number {
    return Math.floor(this.parts.ports.clock.nowMs() / 1000);
  }

  /** As at Stripe, an id carries its account: public pages find the books by it. */
  newId(prefix: string): string {
    const version = prefix.startsWith('cs_') ? 'a1' : '1';
    return `${prefix}_${version}${this.#tag()}${randomText(this.parts, 14)}`;
  }

  newSecret(length: number): string {
    return randomText(this.parts, length);
  }

  #tag(): string {
    const tag = tagOf(this.key);
    const owners = this.parts.books.collection<{ key: string }>('_owners');
    if (!owners.get('', tag)) owners.put('', tag, { key: this.key });
    return tag;
  }
}

/** The account of an object id seen on a public page; null when there is none. */
export function accountOfObject(parts: Parts, id: string, wishes = NO_WISHES): Account | null {
  const tag = /^[a-z_]{2,10}_(?:a1|1)([A-Za-z0-9]{10})[A-Za-z0-9]{14}$/.exec(id)?.[1];
  const owner = tag && parts.books.collection<{ key: string }>('_owners').get('', tag);
  return owner ? new Account(parts, owner.key, NO_REQUEST, wishes) : null;
}

export function isLive(key: string): boolean {
  return /^(?:sk|rk|pk)_live_/.test(key);
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Ten characters that stand for the key and say nothing about it. */
function tagOf(key: string): string {
  return letters(createHash('sha256').update(`stripe account ${key}`).digest().subarray(0, 10));
}

function randomText(parts: Parts, length: number): string {
  return letters(parts.ports.random.bytes(length));
}

function letters(bytes: Buffer): string {
  return [...bytes].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}
