// The orders of the books: payments at the page, withdrawals, refunds of payments. Every change happens here, so that
// no path can book twice.
import type { Parts } from '../simulator.ts';
import type { SendCallback } from './callback.ts';
import { magicOf } from './magic.ts';
import type { Merchant } from './merchants.ts';
import { type SignType, timeText } from './wire.ts';

export type Status = 'pending' | 'approved' | 'rejected';

export interface Order {
  readonly kind: 'payment' | 'withdrawal';
  readonly orderNo: string;
  readonly orderTime: string;
  /** As it was signed: `12.00`. */
  readonly amount: string;
  readonly currency: string;
  readonly amountMinor: string;
  readonly version: string;
  readonly signType: SignType;
  readonly callbackUrl: string;
  readonly successUrl: string | null;
  readonly failureUrl: string | null;
  readonly referrerUrl: string | null;
  readonly extra: string | null;
  /** Of a withdrawal: the payee. */
  readonly customer: string | null;
  readonly token: string;
  /** Null: nobody paid, so SticPay knows of no transaction. */
  readonly status: Status | null;
  readonly transactionCode: string | null;
  readonly transactionTime: string | null;
  readonly refunded: boolean;
  readonly lateMs: number | null;
  readonly createdMs: number;
}

/** The link lives five minutes. */
const LINK_MS = 300_000;
/** From a callback about a pending transfer to its approval. */
const PROCESSING_MS = 3_000;

export type Orders = ReturnType<typeof createOrders>;

export function createOrders({ books, ports, schedule }: Parts, sendCallback: SendCallback) {
  const orders = books.collection<Order>('orders');
  const pages = books.collection<{ key: string; orderNo: string }>('_pages');
  const codes = books.collection<{ orderNo: string }>('_codes');
  const now = () => ports.clock.nowMs();

  schedule.task('approve', (key, orderNo) => {
    const order = orders.get(key, orderNo);
    if (order?.status === 'pending') approve(key, order);
  });

  function open(
    { key }: Merchant,
    fields: Omit<
      Order,
      'token' | 'status' | 'transactionCode' | 'transactionTime' | 'refunded' | 'createdMs'
    >,
  ): Order {
    const order: Order = {
      ...fields,
      token: ports.random.bytes(24).toString('hex'),
      status: null,
      transactionCode: null,
      transactionTime: null,
      refunded: false,
      createdMs: now(),
    };
    pages.put('', order.token, { key, orderNo: order.orderNo });
    return orders.put(key, order.orderNo, order);
  }

  /** A transaction came to be: from now on the order is known to detail. */
  function transact(key: string, order: Order, status: Status): Order {
    const transactionCode = `STP${books.next('transaction', 10_000_001)}`;
    codes.put(key, transactionCode, { orderNo: order.orderNo });
    const transactionTime = timeText(now());
    const changed = { ...order, status, transactionCode, transactionTime };
    return orders.put(key, order.orderNo, changed);
  }

  function approve(key: string, order: Order): Order {
    const approved = orders.put(key, order.orderNo, { ...order, status: 'approved' as const });
    sendCallback(key, approved);
    return approved;
  }

  /** The payer confirmed on the page. */
  function pay(key: string, order: Order): Order {
    if (order.status !== null) return order;
    const { status = 'approved' } = magicOf(order.amount);
    const waits = order.lateMs !== null || status === 'pending';
    const made = transact(key, order, waits ? 'pending' : status);
    if (waits) schedule.after(order.lateMs ?? PROCESSING_MS, key, 'approve', order.orderNo);
    sendCallback(key, made);
    return made;
  }

  return {
    orders,
    open,
    pay,
    /** The payer's wallet refused: a transaction all the same. */
    reject: (key: string, order: Order) => {
      if (order.status !== null) return order;
      const rejected = transact(key, order, 'rejected');
      sendCallback(key, rejected);
      return rejected;
    },
    /** Executed at once, without a page or a callback. */
    execute: (key: string, order: Order) => transact(key, order, 'approved'),
    refund: (key: string, order: Order) =>
      orders.put(key, order.orderNo, { ...order, refunded: true }),
    isOpen: ({ createdMs }: Order) => now() - createdMs <= LINK_MS,
    find: (key: string, orderNo: string) => orders.get(key, orderNo),
    byCode: (key: string, code: string) => {
      const known = codes.get(key, code);
      return known && orders.get(key, known.orderNo);
    },
    onPage: (token: string) => {
      const page = pages.get('', token);
      const order = page && orders.get(page.key, page.orderNo);
      return order && { key: page.key, order };
    },
  };
}
