// `expand[]=latest_charge.balance_transaction`: references replaced by the objects that they name, and the lists that
// Stripe only shows on request. Paths are checked before a call is carried out: a typo must not hide a charge.
import type { Account } from './account.ts';
import { lineItems } from './checkout.ts';
import { invalidRequest } from './errors.ts';
import type { StripeObject } from './objects.ts';
import { listPage, wireNow } from './wire.ts';

type Json = Record<string, unknown>;

/** What can be expanded in each object, and what it then is. */
const FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  payment_intent: {
    latest_charge: 'charge',
    payment_method: 'payment_method',
    customer: 'customer',
  },
  charge: {
    balance_transaction: 'balance_transaction',
    customer: 'customer',
    dispute: 'dispute',
    payment_intent: 'payment_intent',
    refunds: 'refund',
  },
  refund: {
    balance_transaction: 'balance_transaction',
    charge: 'charge',
    failure_balance_transaction: 'balance_transaction',
    payment_intent: 'payment_intent',
  },
  'checkout.session': {
    customer: 'customer',
    line_items: 'item',
    payment_intent: 'payment_intent',
  },
  balance_transaction: { source: 'charge' },
  dispute: { charge: 'charge', payment_intent: 'payment_intent' },
  payout: {
    balance_transaction: 'balance_transaction',
    failure_balance_transaction: 'balance_transaction',
  },
  transfer: { balance_transaction: 'balance_transaction' },
  transfer_reversal: { balance_transaction: 'balance_transaction', transfer: 'transfer' },
  payment_method: { customer: 'customer' },
};

const ROOTS: Readonly<Record<string, string>> = {
  payment_intents: 'payment_intent',
  charges: 'charge',
  refunds: 'refund',
  checkout: 'checkout.session',
  balance_transactions: 'balance_transaction',
  disputes: 'dispute',
  payouts: 'payout',
  transfers: 'transfer',
  payment_methods: 'payment_method',
};

/** Throws for a path that leads nowhere in what this URL answers. */
export function checkExpansions(url: string, paths: readonly string[]): void {
  for (const path of paths) {
    const steps = path.split('.').filter((step) => step !== 'data');
    if (steps.length > 4) throw invalidRequest('You cannot expand more than 4 levels', 'expand');
    let type = ROOTS[url.split('/')[2] ?? ''];
    for (const step of steps) {
      const fields: Readonly<Record<string, string>> = FIELDS[type ?? ''] ?? {};
      if (!Object.hasOwn(fields, step)) {
        const shown = path.slice(0, 100);
        throw invalidRequest(`This property cannot be expanded (${shown}).`, 'expand');
      }
      type = fields[step];
    }
  }
}

/** Expands along each path; `data.` goes into every row of a list. */
export function expandAll(account: Account, body: Json, paths: readonly string[]): void {
  for (const path of paths) expandOne(account, body, path.split('.'));
}

function expandOne(account: Account, body: Json, [step, ...rest]: readonly string[]): void {
  if (step === undefined) return;
  const value = listOf(account, body, step) ?? body[step];
  if (Array.isArray(value)) {
    for (const row of value) if (isJson(row)) expandOne(account, row, rest);
    return;
  }
  const found = typeof value === 'string' ? findAny(account, value) : undefined;
  const expanded = found ? wireNow(account, found) : value;
  if (!isJson(expanded)) return;
  body[step] = expanded;
  expandOne(account, expanded, rest);
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function findAny(account: Account, id: string): StripeObject | undefined {
  const tables: Readonly<
    Record<string, { get(id: string): StripeObject | undefined } | undefined>
  > = {
    pi: account.intents,
    ch: account.charges,
    pm: account.methods,
    cus: account.customers,
    re: account.refunds,
    txn: account.transactions,
    dp: account.disputes,
    po: account.payouts,
    tr: account.transfers,
  };
  return tables[id.slice(0, id.indexOf('_'))]?.get(id);
}

function listOf(account: Account, { object, id }: Json, step: string): Json | null {
  if (typeof id !== 'string') return null;
  const session =
    object === 'checkout.session' && step === 'line_items' && account.sessions.get(id);
  if (session) return lineItems(session);
  if (object !== 'charge' || step !== 'refunds') return null;
  const path = `/v1/charges/${id}/refunds`;
  return listPage(account, account.refunds, path, {}, (refund) => refund.charge === id);
}
