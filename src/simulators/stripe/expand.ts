// `expand[]=latest_charge.balance_transaction`: references replaced by the objects that they name, and the lists that
// Stripe only shows on request.
import type { Account } from './account.ts';
import { lineItems } from './checkout.ts';
import { invalidRequest } from './errors.ts';
import type { StripeObject } from './objects.ts';
import { listPage, wireNow } from './wire.ts';

type Json = Record<string, unknown>;

/** Replaces ids by their objects along each path; `data.` goes into every row of a list. */
export function expandAll(account: Account, body: Json, paths: readonly string[]): void {
  for (const path of paths) {
    const steps = path.split('.');
    if (steps.length > 5) throw invalidRequest('You cannot expand more than 4 levels', 'expand');
    expandOne(account, body, steps, path);
  }
}

function expandOne(account: Account, body: Json, steps: readonly string[], path: string): void {
  const [step, ...rest] = steps;
  const value = step !== undefined && Object.hasOwn(body, step) ? body[step] : undefined;
  if (step === undefined) return;
  const list = listOf(account, body, step);
  if (list) {
    body[step] = list;
    return;
  }
  if (Array.isArray(value) && step === 'data') {
    for (const row of value) if (isJson(row)) expandOne(account, row, rest, path);
    return;
  }
  if (value === null) return;
  if (isJson(value)) {
    if (rest.length > 0) expandOne(account, value, rest, path);
    return;
  }
  const row = typeof value === 'string' ? findAny(account, value) : undefined;
  if (!row)
    throw invalidRequest(`This property cannot be expanded (${path.slice(0, 100)}).`, 'expand');
  const expanded = wireNow(account, row);
  body[step] = expanded;
  if (rest.length > 0) expandOne(account, expanded, rest, path);
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
    cs: account.sessions,
    txn: account.transactions,
    dp: account.disputes,
    po: account.payouts,
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
