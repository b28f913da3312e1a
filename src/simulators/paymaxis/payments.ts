// The payments of the books: made, moved on, ended. Every change of a state happens here, so that no path can book
// twice. States are Paymaxis's words (psp/paymaxis.md section 3).
import type { Collection } from '../books.ts';
import type { Parts } from '../simulator.ts';
import { magicOf } from './magic.ts';
import type { Notify } from './notify.ts';
import type { Fields } from './wire.ts';

export type PaymentType = 'DEPOSIT' | 'WITHDRAWAL' | 'REFUND';
export type State = 'CHECKOUT' | 'PENDING' | 'COMPLETED' | 'DECLINED' | 'CANCELLED';

export interface Step {
  readonly id: number;
  readonly operation: string;
  readonly paymentState: State;
  readonly atMs: number;
}

export interface Payment {
  readonly id: string;
  readonly paymentType: PaymentType;
  readonly state: State;
  readonly referenceId: string | null;
  readonly parentPaymentId: string | null;
  /** What was sent to the provider, in ISO minor units. */
  readonly amountMinor: string;
  readonly currency: string;
  /** What the request said, where that is another currency. */
  readonly customerAmountMinor: string | null;
  readonly customerCurrency: string | null;
  readonly paymentMethod: string | null;
  readonly description: string | null;
  readonly returnUrl: string | null;
  readonly webhookUrl: string | null;
  readonly customer: Fields | null;
  readonly billingAddress: Fields | null;
  readonly simulate: string | null;
  readonly paymentId: string | null;
  /** The amount of the request as its JSON number: what magic.ts goes by. */
  readonly asked: string;
  readonly errorCode: string | null;
  readonly externalResultCode: string | null;
  /** It succeeds only so long after the payer paid. */
  readonly lateMs: number | null;
  readonly disputed: boolean;
  readonly createdMs: number;
  readonly updatedMs: number;
  /** Oldest first. */
  readonly steps: readonly Step[];
}

export type Opening = Omit<
  Payment,
  'id' | 'errorCode' | 'externalResultCode' | 'createdMs' | 'updatedMs' | 'steps'
> & { readonly decline: string | null };

const PROCESSING_MS = 1_000;
/** The hosted page stays open so long. */
const PAGE_LIVES_MS = 900_000;

export type Payments = ReturnType<typeof createPayments>;

export function createPayments({ books, ports, schedule }: Parts, notify: Notify) {
  const payments: Collection<Payment> = books.collection('payments');
  const pages = books.collection<{ key: string }>('_pages');
  const now = () => ports.clock.nowMs();

  const later = (task: string, run: (key: string, payment: Payment) => void) =>
    schedule.task(task, (key, id) => {
      const payment = payments.get(key, id);
      if (payment && !isFinal(payment)) run(key, payment);
    });
  later('settle', (key, payment) => settle(key, payment));
  later('late_success', (key, payment) => end(key, payment, 'COMPLETED'));
  later('page_expires', (key, payment) => {
    if (payment.state === 'CHECKOUT') end(key, payment, 'CANCELLED');
  });
  schedule.task('contradict', (key, id) => {
    const payment = payments.get(key, id);
    if (payment) notify(key, { ...payment, state: 'DECLINED', errorCode: '1.01' }, {});
  });

  function open(key: string, { decline, ...fields }: Opening): Payment {
    const id = ports.random.bytes(16).toString('hex');
    const atMs = now();
    const first = step('CREATE_PAYMENT', fields.state, atMs);
    const payment: Payment = {
      ...fields,
      id,
      ...(decline === null ? NOTHING_WRONG : wrong(decline)),
      createdMs: atMs,
      updatedMs: atMs,
      steps: [first, step(fields.paymentType, fields.state, atMs)],
    };
    pages.put('', id, { key });
    payments.put(key, id, payment);
    if (payment.state === 'PENDING') schedule.after(PROCESSING_MS, key, 'settle', id);
    if (payment.state === 'CHECKOUT') schedule.after(PAGE_LIVES_MS, key, 'page_expires', id);
    if (isFinal(payment)) tell(key, payment);
    return payment;
  }

  function settle(key: string, payment: Payment): void {
    if (magicOf(payment.asked).end === 'DECLINED') end(key, payment, 'DECLINED', 'declined');
    else succeed(key, payment);
  }

  /** The payer paid, or the provider is done. */
  function succeed(key: string, payment: Payment): Payment {
    if (isFinal(payment)) return payment;
    if (payment.lateMs === null) return end(key, payment, 'COMPLETED');
    schedule.after(payment.lateMs, key, 'late_success', payment.id);
    return change(key, { ...payment, lateMs: null }, 'PENDING', 'CHECK_STATE');
  }

  function end(key: string, payment: Payment, state: State, reason?: string): Payment {
    if (isFinal(payment)) return payment;
    const { overpaidMinor = 0 } = magicOf(payment.asked);
    const paid =
      state === 'COMPLETED'
        ? { amountMinor: String(BigInt(payment.amountMinor) + BigInt(overpaidMinor)) }
        : {};
    const why = reason === undefined ? NOTHING_WRONG : wrong(reason);
    const ended = change(key, { ...payment, ...paid, ...why }, state, payment.paymentType);
    tell(key, ended);
    return ended;
  }

  function change(key: string, payment: Payment, state: State, operation: string): Payment {
    const atMs = now();
    const steps = [...payment.steps, step(operation, state, atMs)];
    return payments.put(key, payment.id, { ...payment, state, steps, updatedMs: atMs });
  }

  /** A chargeback is seen among the operations only. */
  function tell(key: string, payment: Payment): void {
    const magic = magicOf(payment.asked);
    if (magic.notice !== 'silent') notify(key, payment, magic);
    if (magic.notice === 'thrice') schedule.after(2_000, key, 'contradict', payment.id);
    if (payment.disputed && payment.state === 'COMPLETED')
      change(key, payment, payment.state, 'CHARGEBACK');
  }

  function step(operation: string, paymentState: State, atMs: number): Step {
    return { id: books.next('operation', 50_001), operation, paymentState, atMs };
  }

  return {
    payments,
    open,
    succeed,
    decline: (key: string, payment: Payment) => end(key, payment, 'DECLINED', 'declined'),
    cancel: (key: string, payment: Payment) => end(key, payment, 'CANCELLED'),
    find: (key: string, id: string) => payments.get(key, id),
    newestFirst: (key: string) => payments.list(key).toReversed(),
    /** What a refund may still take of a deposit. */
    leftOf: (key: string, { id, amountMinor }: Payment) =>
      payments
        .list(key)
        .filter(({ parentPaymentId, state }) => parentPaymentId === id && !isRefused(state))
        .reduce((left, refund) => left - BigInt(refund.amountMinor), BigInt(amountMinor)),
    onPage: (id: string) => {
      const page = pages.get('', id);
      const payment = page && payments.get(page.key, id);
      return payment && { key: page.key, payment };
    },
  };
}

const NOTHING_WRONG = { errorCode: null, externalResultCode: null };

/** `1.01` is the one code that is published; the provider's own tells the reason. */
function wrong(reason: string) {
  return { errorCode: '1.01', externalResultCode: reason };
}

function isRefused(state: State): boolean {
  return state === 'DECLINED' || state === 'CANCELLED';
}

export function isFinal({ state }: Pick<Payment, 'state'>): boolean {
  return state === 'COMPLETED' || isRefused(state);
}
