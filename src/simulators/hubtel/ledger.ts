// The books of Hubtel: orders and the tries to pay them, refunds, payouts and the prepaid account they are made from. Every
// movement of money is written here, so that no path can charge twice.
import type { Collection } from '../books.ts';
import type { Fault, PspOperation } from '../faults.ts';
import type { Parts } from '../simulator.ts';
import { BUSINESS, cedis, type Fields, refuse } from './wire.ts';

export interface Try {
  readonly success: boolean;
  readonly description: string;
  readonly atMs: number;
}

export interface Order {
  readonly reference: string;
  readonly pos: string;
  readonly kind: 'page' | 'direct';
  /** Names the page: who knows it may pay. */
  readonly checkoutId: string;
  readonly transactionId: string;
  readonly orderId: string;
  /** Asked for, in pesewas. */
  readonly amount: number;
  /** Of a page it stands on top of the amount, of a prompt it is taken from it. */
  readonly fee: number;
  readonly phone: string | null;
  readonly channel: string;
  readonly callbackUrl: string;
  readonly returnUrl: string | null;
  readonly cancelUrl: string | null;
  readonly status: 'Unpaid' | 'Paid' | 'Refunded';
  readonly refund: { readonly callbackUrl: string } | null;
  readonly tries: readonly Try[];
  readonly createdMs: number;
  readonly paidMs: number | null;
}

export interface Payout {
  readonly reference: string;
  readonly transactionId: string;
  readonly amount: number;
  readonly channel: string;
  readonly account: string;
  readonly callbackUrl: string;
  readonly status: 'pending' | 'success' | 'failed';
  readonly fate: 'success' | 'failed' | 'stuck';
  readonly createdMs: number;
}

/** The result normally comes within 30 s; a prompt that nobody answers ends by itself. */
const PROMPT_MS = 300_000;
const MAGIC_MS = 3_000;
const LATER_MS = 2_000;
const PREPAID = 50_000_000;

export type Ledger = ReturnType<typeof createLedger>;

export function createLedger(parts: Parts) {
  const { books, ports, schedule, phone: phones, webhooks } = parts;
  const orders: Collection<Order> = books.collection('orders');
  const payouts: Collection<Payout> = books.collection('payouts');
  const pages = books.collection<{ readonly key: string; readonly reference: string }>('_pages');
  const now = () => ports.clock.nowMs();

  const open = (key: string, reference: string) => {
    const order = orders.get(key, reference);
    return order?.status === 'Unpaid' && !isOver(order) ? order : null;
  };
  schedule.task('answer', (key, reference) => {
    const order = open(key, reference);
    if (order) conclude(key, order);
  });
  schedule.task('expire', (key, reference) => {
    const order = open(key, reference);
    if (order) fail(key, order, 'USSD session timeout');
  });
  schedule.task('refund', (key, reference) => {
    const order = orders.get(key, reference);
    if (order?.refund && order.status === 'Paid') refunded(key, order, order.refund.callbackUrl);
  });
  schedule.task('payout', (key, reference) => {
    const payout = payouts.get(key, reference);
    if (payout?.status === 'pending' && payout.fate !== 'stuck') paidOut(key, payout, payout.fate);
  });

  /** Never the same for two things of whatever kind: a refund names an order or a transaction. */
  function newId(): string {
    return books.next('id', 1).toString(16).padStart(32, '0');
  }

  function tell(
    key: string,
    url: string,
    body: object,
    about: { event: string; operation: PspOperation; reference: string; amount: number },
    faults: readonly Fault[] = [],
  ): void {
    const { event, operation, reference, amount } = about;
    webhooks.send({
      key,
      event,
      url,
      body: JSON.stringify(body),
      sign: () => ({}),
      faults,
      operation,
      reference,
      amount: String(cedis(amount)),
      simulate: null,
    });
  }

  function place(key: string, order: Order): Order {
    if (orders.get(key, order.reference))
      throw refuse(400, '4000', 'ClientReference already exists');
    pages.put('', order.checkoutId, { key, reference: order.reference });
    return orders.put(key, order.reference, order);
  }

  /** A USSD prompt on the payer's phone. */
  function prompt(key: string, order: Order): void {
    const { phone = '', amount, reference } = order;
    const view = { merchant: BUSINESS, amount: `GHS ${cedis(amount).toFixed(2)}`, reference };
    phones.ask(key, { phone: phone ?? '', subject: reference, ...view });
    const ending = phone?.slice(-4) ?? '';
    if (['0000', '0001', '0002', '0004', '0005'].includes(ending))
      schedule.after(MAGIC_MS, key, 'answer', reference);
    else if (ending !== '0003') schedule.after(PROMPT_MS, key, 'expire', reference);
  }

  /** The payer has entered his PIN: what comes of it is the magic of his number. */
  function conclude(key: string, order: Order): void {
    const ending = order.phone?.slice(-4) ?? '';
    if (ending === '0001') fail(key, order, 'Insufficient funds in the wallet');
    else if (ending === '0002') fail(key, order, 'Wrong PIN entered by the customer');
    else pay(key, order);
  }

  function pay(key: string, order: Order): Order {
    if (order.status !== 'Unpaid') return order;
    phones.close(key, order.reference);
    const description = 'The mobile money payment has been approved';
    const tries = [...order.tries, { success: true, description, atMs: now() }];
    const paid = orders.put(key, order.reference, {
      ...order,
      status: 'Paid' as const,
      tries,
      paidMs: now(),
    });
    callBack(key, paid, '0000', description);
    return paid;
  }

  function fail(key: string, order: Order, description: string): Order {
    if (order.status !== 'Unpaid') return order;
    phones.close(key, order.reference);
    const tries = [...order.tries, { success: false, description, atMs: now() }];
    const failed = orders.put(key, order.reference, { ...order, tries });
    callBack(key, failed, '2001', description);
    return failed;
  }

  function callBack(key: string, order: Order, code: string, description: string): void {
    const { reference, amount, phone } = order;
    const lost: Fault[] = phone?.endsWith('0004') ? [{ name: 'webhook_lost', argument: null }] : [];
    const body =
      order.kind === 'page'
        ? pageCallback(order, code, description)
        : promptCallback(order, code, description, now());
    const about = { event: 'payment', operation: 'charge', reference, amount } as const;
    tell(key, order.callbackUrl, body, about, lost);
  }

  function refund(key: string, order: Order, callbackUrl: string): void {
    orders.put(key, order.reference, { ...order, refund: { callbackUrl } });
    schedule.after(LATER_MS, key, 'refund', order.reference);
  }

  function refunded(key: string, order: Order, callbackUrl: string): void {
    const { reference, amount, orderId } = orders.put(key, order.reference, {
      ...order,
      status: 'Refunded' as const,
    });
    const data = {
      amount: cedis(amount),
      charges: cedis(order.fee),
      orderId,
      externalTransactionId: newId(),
    };
    const body = { responseCode: '0000', message: 'Successful', data };
    const about = { event: 'refund', operation: 'refund', reference, amount } as const;
    tell(key, callbackUrl, body, about);
  }

  function prepaidOf(key: string): number {
    const gone = payouts.list(key).filter(({ status }) => status !== 'failed');
    return gone.reduce((left, { amount }) => left - amount, PREPAID);
  }

  function payOut(key: string, payout: Payout): Payout {
    if (payouts.get(key, payout.reference))
      throw refuse(400, '4000', 'ClientReference already exists');
    if (payout.amount > prepaidOf(key))
      throw refuse(400, '4075', 'Prepaid balance is insufficient');
    schedule.after(LATER_MS, key, 'payout', payout.reference);
    return payouts.put(key, payout.reference, payout);
  }

  function paidOut(key: string, payout: Payout, fate: 'success' | 'failed'): void {
    const { reference, amount, callbackUrl } = payouts.put(key, payout.reference, {
      ...payout,
      status: fate,
    });
    const code = fate === 'success' ? '0000' : '2001';
    const body = { ResponseCode: code, Data: payoutData(payout, fate, newId()) };
    const about = { event: 'payout', operation: 'payout', reference, amount } as const;
    tell(key, callbackUrl, body, about);
  }

  return {
    orders,
    payouts,
    now,
    newId,
    place,
    prompt,
    conclude,
    pay,
    fail,
    refund,
    payOut,
    prepaidOf,
    onPage: (checkoutId: string) => {
      const page = pages.get('', checkoutId);
      const order = page && orders.get(page.key, page.reference);
      return order && { key: page.key, order };
    },
  };
}

/** A prompt has one try; a page stays open. */
function isOver({ kind, tries }: Order): boolean {
  return kind === 'direct' && tries.length > 0;
}

function pageCallback(order: Order, code: string, description: string): object {
  const { checkoutId, orderId, reference, amount, phone } = order;
  const status = code === '0000' ? 'Success' : 'Failed';
  return {
    ResponseCode: code,
    Status: status,
    Data: {
      CheckoutId: checkoutId,
      SalesInvoiceId: orderId,
      ClientReference: reference,
      Status: status,
      Amount: cedis(amount),
      CustomerPhoneNumber: phone ?? '233240000001',
      PaymentDetails: {
        MobileMoneyNumber: phone ?? '233240000001',
        PaymentType: 'mobilemoney',
        Channel: order.channel,
      },
      Description: description,
    },
  };
}

function promptCallback(order: Order, code: string, description: string, atMs: number): object {
  const paid = code === '0000';
  return {
    ResponseCode: code,
    Message: paid ? 'success' : 'failed',
    Data: {
      ...promptData(order),
      Description: paid ? description : 'FAILED',
      ExternalTransactionId: '1000000001',
      OrderId: order.orderId,
      PaymentDate: new Date(atMs).toISOString().replace('Z', '0000Z'),
    },
  };
}

export function promptData({ transactionId, reference, amount, fee }: Order): Fields {
  return {
    TransactionId: transactionId,
    Description: 'Payment',
    ClientReference: reference,
    Amount: cedis(amount),
    Charges: cedis(fee),
    AmountAfterCharges: cedis(amount),
    AmountCharged: cedis(amount + fee),
    DeliveryFee: 0,
  };
}

export function payoutData(payout: Payout, status: string, externalId: string): Fields {
  return {
    AmountDebited: status === 'success' ? cedis(payout.amount) : 0,
    TransactionId: payout.transactionId,
    Description: status === 'failed' ? 'FAILED' : 'Your request has been accepted',
    ClientReference: payout.reference,
    ExternalTransactionId: status === 'success' ? externalId : '',
    Amount: cedis(payout.amount),
    Charges: 0,
    Meta: null,
    RecipientName: null,
  };
}
