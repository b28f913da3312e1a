// The books of Dummypay: accounts, and what moved between them. The account `main` is given a million of every currency
// that it is asked for; every other has what came to it.
import { type Parts, PspError } from '../simulator.ts';

export interface Account {
  readonly id: string;
  readonly isOwn: boolean;
  readonly createdMs: number;
}

export interface Moved {
  readonly id: string;
  readonly type: 'PAYOUT' | 'TRANSFER';
  readonly once: string;
  readonly amount: string;
  /** `ZAR/2`. */
  readonly currency: string;
  readonly source: string;
  readonly destination: string;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly status: 'PENDING' | 'SUCCEEDED' | 'FAILED';
  readonly createdMs: number;
  readonly updatedMs: number;
}

export type Order = Omit<Moved, 'id' | 'status' | 'createdMs' | 'updatedMs'>;
export type Ledger = ReturnType<typeof createLedger>;

const MAIN = 'main';
const OPENING_MINOR = 100_000_000n;
const SETTLES_MS = 1_500;

export function refuse(status: number, Title: string, Detail: string): PspError {
  return new PspError(status, { Title, Detail });
}

export function createLedger({ books, ports, schedule }: Parts) {
  const accounts = books.collection<Account>('accounts');
  const moved = books.collection<Moved>('moved');
  const byKey = books.collection<{ id: string }>('_idempotency');
  const now = () => ports.clock.nowMs();

  schedule.task('settle', (key, id) => {
    const one = moved.get(key, id);
    if (one?.status !== 'PENDING' || one.destination.includes('stuck')) return;
    const status = one.destination.includes('fail') ? 'FAILED' : 'SUCCEEDED';
    moved.put(key, id, { ...one, status, updatedMs: now() });
  });

  function open(key: string, id: string, isOwn: boolean): void {
    if (!accounts.get(key, id)) accounts.put(key, id, { id, isOwn, createdMs: now() });
  }

  /** By currency. What is under way has left its account. */
  function balancesOf(key: string, account: string): Map<string, bigint> {
    const sums = new Map<string, bigint>(account === MAIN ? [['USD/2', OPENING_MINOR]] : []);
    const add = (currency: string, minor: bigint) => {
      const before = sums.get(currency) ?? (account === MAIN ? OPENING_MINOR : 0n);
      sums.set(currency, before + minor);
    };
    for (const { status, source, destination, currency, amount } of moved.list(key)) {
      if (source === account) add(currency, status === 'FAILED' ? 0n : -BigInt(amount));
      if (destination === account && status === 'SUCCEEDED') add(currency, BigInt(amount));
    }
    return sums;
  }

  function move(key: string, order: Order): Moved {
    const known = byKey.get(key, order.once);
    if (known) return repeated(moved.get(key, known.id)!, order);
    const { type, source, destination, currency, amount } = order;
    open(key, source, true);
    const opening = source === MAIN ? OPENING_MINOR : 0n;
    const left = balancesOf(key, source).get(currency) ?? opening;
    if (BigInt(amount) > left) throw refuse(400, 'INSUFFICIENT_FUNDS', `${source} has ${left}`);
    open(key, destination, type === 'TRANSFER');
    const id = `dp_${ports.random.bytes(10).toString('hex')}`;
    const at = { createdMs: now(), updatedMs: now() };
    byKey.put(key, order.once, { id });
    schedule.after(SETTLES_MS, key, 'settle', id);
    return moved.put(key, id, { ...order, ...at, id, status: 'PENDING' });
  }

  return {
    moved,
    move,
    balancesOf,
    now,
    accounts: (key: string) => {
      open(key, MAIN, true);
      return accounts.list(key);
    },
  };
}

function repeated(known: Moved, order: Order): Moved {
  const same =
    known.type === order.type &&
    known.amount === order.amount &&
    known.currency === order.currency &&
    known.source === order.source &&
    known.destination === order.destination;
  if (same) return known;
  throw refuse(422, 'IDEMPOTENCY_KEY_REUSED', 'the key was used for something else');
}
