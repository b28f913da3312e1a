// Balance transactions: the ledger of an account, from which its balance is computed (psp/stripe.md section 2.6).
// Charges become available after two days; settlement is in the currency of the charge [SY].
import type { Account } from './account.ts';
import type { Api } from './api.ts';
import { feeOn } from './currencies.ts';
import { noSuch } from './errors.ts';
import type { BalanceTransaction } from './objects.ts';
import { moment, shape, text } from './params.ts';
import { listPage, nothing, paging } from './wire.ts';

const PENDING_S = 2 * 86_400;

interface Entry {
  readonly type: string;
  readonly source: string;
  readonly amount: number;
  readonly currency: string;
  readonly fee?: number;
  readonly pending?: boolean;
  readonly description?: string | null;
}

export function book(account: Account, entry: Entry): BalanceTransaction {
  const { type, source, amount, currency, fee = 0, pending = false, description = null } = entry;
  const created = account.nowS();
  return account.transactions.put({
    id: account.newId('txn'),
    object: 'balance_transaction',
    amount,
    available_on: pending ? created + PENDING_S : created,
    created,
    currency,
    description,
    fee,
    livemode: account.livemode,
    net: amount - fee,
    reporting_category: CATEGORY[type] ?? type,
    source,
    type,
    sim: {},
  });
}

const CATEGORY: Readonly<Record<string, string>> = {
  adjustment: 'dispute',
  payout_cancel: 'payout_reversal',
  payout_failure: 'payout_reversal',
};

/** A charge as it is captured, less Stripe's fee. */
export function bookCharge(
  account: Account,
  charge: { id: string; currency: string; description: string | null },
  amount: number,
  availableAtOnce: boolean,
): BalanceTransaction {
  const { id, currency, description } = charge;
  const fee = feeOn(amount, currency);
  const pending = !availableAtOnce;
  return book(account, { type: 'charge', source: id, amount, currency, fee, pending, description });
}

export function availableIn(account: Account, currency: string): number {
  const now = account.nowS();
  return account.transactions
    .list()
    .filter((entry) => entry.currency === currency && entry.available_on <= now)
    .reduce((sum, { net }) => sum + net, 0);
}

export function ledgerRoutes(api: Api): void {
  api.get('/v1/balance', nothing, (account) => balanceOf(account));
  const listShape = shape(
    {},
    { ...paging, created: moment, currency: text(), payout: text(), source: text(), type: text() },
  );
  api.get('/v1/balance_transactions', listShape, (account, params) => {
    const { created, currency, payout, source, type, ...page } = params;
    return listPage(account, account.transactions, '/v1/balance_transactions', page, (entry) =>
      [
        created?.(entry.created) ?? true,
        currency === undefined || entry.currency === currency.toLowerCase(),
        payout === undefined || entry.source === payout,
        source === undefined || entry.source === source,
        type === undefined || entry.type === type,
      ].every(Boolean),
    );
  });
  for (const path of ['/v1/balance_transactions/:id', '/v1/balance/history/:id']) {
    api.get(path, nothing, (account, _params, id) => {
      const entry = account.transactions.get(id);
      if (!entry) throw noSuch('balance_transaction', id);
      return entry;
    });
  }
}

function balanceOf(account: Account): Record<string, unknown> {
  const now = account.nowS();
  const sums = new Map<string, { available: number; pending: number }>();
  for (const { currency, net, available_on } of account.transactions.list()) {
    const sum = sums.get(currency) ?? { available: 0, pending: 0 };
    sum[available_on <= now ? 'available' : 'pending'] += net;
    sums.set(currency, sum);
  }
  if (sums.size === 0) sums.set('usd', { available: 0, pending: 0 });
  const rows = (which: 'available' | 'pending') =>
    [...sums].map(([currency, sum]) => ({
      amount: sum[which],
      currency,
      source_types: { card: sum[which] },
    }));
  return {
    object: 'balance',
    available: rows('available'),
    livemode: account.livemode,
    pending: rows('pending'),
    refund_and_dispute_prefunding: { available: [], pending: [] },
  };
}
