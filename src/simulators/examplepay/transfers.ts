// The books of Example Pay: payments, payouts and refunds are all transfers, which are open, paid or failed.

import { isCurrency } from '../../kernel/currency.ts';
import { parseDecimal, toDecimalText } from '../../kernel/money.ts';
import { type Parts, PspError } from '../simulator.ts';

export type Kind = 'payment' | 'payout' | 'refund';

export interface Transfer {
  readonly id: string;
  readonly kind: Kind;
  readonly reference: string;
  readonly status: 'open' | 'paid' | 'failed';
  readonly amountMinor: string;
  readonly currency: string;
  readonly returnUrl: string | null;
  readonly notifyUrl: string | null;
  readonly note: string | null;
  /** Of a refund: the payment. */
  readonly paymentId: string | null;
  readonly lateMs: number | null;
}

export type Transfers = ReturnType<typeof createTransfers>;

export function createTransfers(
  { books, ports, schedule }: Parts,
  notify: (key: string, transfer: Transfer) => void,
) {
  const transfers = books.collection<Transfer>('transfers');
  const pages = books.collection<{ key: string }>('_pages');
  const byKey = books.collection<{ id: string }>('_idempotency');

  schedule.task('late_success', (key, id) => {
    const transfer = transfers.get(key, id);
    if (transfer?.status === 'open') end(key, transfer, 'paid');
  });

  function open(key: string, fields: Omit<Transfer, 'id' | 'status'>, once: string | null) {
    const known = once === null ? undefined : byKey.get(key, once);
    if (known) return transfers.get(key, known.id)!;
    const id = `ex_${ports.random.bytes(10).toString('hex')}`;
    const transfer = transfers.put(key, id, { ...fields, id, status: 'open' });
    pages.put('', id, { key });
    if (once !== null) byKey.put(key, once, { id });
    return transfer;
  }

  /** Money moves here, once. */
  function end(key: string, transfer: Transfer, status: 'paid' | 'failed'): Transfer {
    const now = transfers.get(key, transfer.id)!;
    if (now.status !== 'open') return now;
    const ended = transfers.put(key, now.id, { ...now, status });
    notify(key, ended);
    return ended;
  }

  return {
    transfers,
    open,
    end,
    /** The payer paid; it may take a while. */
    pay: (key: string, transfer: Transfer) => {
      if (transfer.lateMs === null) return end(key, transfer, 'paid');
      schedule.after(transfer.lateMs, key, 'late_success', transfer.id);
      return transfer;
    },
    find: (key: string, id: string) => transfers.get(key, id),
    leftOf: (key: string, { id, amountMinor }: Transfer) =>
      transfers
        .list(key)
        .filter(({ paymentId, status }) => paymentId === id && status !== 'failed')
        .reduce((left, refund) => left - BigInt(refund.amountMinor), BigInt(amountMinor)),
    onPage: (id: string) => {
      const page = pages.get('', id);
      const transfer = page && transfers.get(page.key, id);
      return transfer && { key: page.key, transfer };
    },
  };
}

export function refuse(status: number, code: string, message: string): PspError {
  return new PspError(status, { code, message });
}

/** Decimal text with the currency's decimals: `"12.00"`. */
export function moneyOf(amount: unknown, currency: unknown) {
  if (typeof currency !== 'string' || !isCurrency(currency))
    throw refuse(422, 'invalid_currency', 'currency must be an ISO 4217 code');
  const minor = typeof amount === 'string' ? parseDecimal(amount, currency) : null;
  if (minor === null || minor <= 0n || toDecimalText({ amountMinor: minor, currency }) !== amount)
    throw refuse(422, 'invalid_amount', 'amount must be text like "12.00"');
  return { amountMinor: String(minor), currency };
}

export function render(transfer: Transfer, pageUrl: string | null): object {
  const { id, kind, reference, status, amountMinor, currency } = transfer;
  const amount = toDecimalText({ amountMinor: BigInt(amountMinor), currency });
  const page = kind === 'payment' && status === 'open' && pageUrl !== null;
  return {
    id,
    kind,
    reference,
    status,
    amount,
    currency,
    ...(page ? { checkout_url: pageUrl } : {}),
  };
}
