// Accounts that Stripe knows: the merchant's own, the bank accounts and cards that it is paid out to, and those that
// are connected to it (psp/stripe.md sections 1 and 2.5); and what is on the merchant's own. Reads only.
import { isCurrency } from '../../kernel/currency.ts';
import type { AccountItem, Call, HistoryPage, HistoryQuery, Told } from '../contract.ts';
import { balances } from './balance.ts';
import { asObject, idAt, type Json, listAt, objectAt, plainAt, textAt } from './json.ts';
import { createdMs, listPage, question } from './listed.ts';

/** The cursor of the first page of connected accounts, which follows the merchant's own account. */
const CONNECTED = 'connected';

export async function accounts(query: HistoryQuery, call: Call): Promise<Told<HistoryPage>> {
  const { cursor } = query;
  if (cursor === null) return ownPage(call);
  const read = (row: Json) => itemOf(row, 'EXTERNAL', call.nowMs) ?? 'unreadable';
  return listPage(call, 'accounts', query, cursor === CONNECTED ? null : cursor, read);
}

async function ownPage(call: Call): Promise<Told<HistoryPage>> {
  const answer = await question(call, 'account');
  if (answer.kind !== 'told') return answer;
  const own = itemOf(answer.value, 'INTERNAL', call.nowMs);
  if (own === null) return { kind: 'unreachable', message: 'the account cannot be read' };
  const banks = listAt(objectAt(answer.value, 'external_accounts'), 'data') ?? [];
  const paid = banks.map((row) => bankItem(asObject(row), call.nowMs));
  const items = [...paid.filter((one) => one !== null), own];
  return { kind: 'told', value: { items, unreadable: [], next: CONNECTED } };
}

function itemOf(row: Json, type: AccountItem['type'], nowMs: number): AccountItem | null {
  const reference = idAt({ row }, 'row');
  if (reference === null) return null;
  const profile = textAt(objectAt(row, 'business_profile'), 'name');
  const dashboard = textAt(objectAt(objectAt(row, 'settings'), 'dashboard'), 'display_name');
  const raw = said(row, ['object', 'type', 'country', 'charges_enabled', 'payouts_enabled']);
  return {
    is: 'account',
    reference,
    type,
    name: (dashboard ?? profile ?? '').slice(0, 200),
    defaultUnit: currencyOf(row.default_currency),
    createdAtMs: createdMs(row) ?? nowMs,
    metadata: {},
    raw,
  };
}

/** Of a number Stripe tells the last four digits. */
function bankItem(row: Json | null, nowMs: number): AccountItem | null {
  const reference = row && idAt({ row }, 'row');
  if (!row || reference === null) return null;
  const name = textAt(row, 'account_holder_name') ?? textAt(row, 'bank_name') ?? '';
  return {
    is: 'account',
    reference,
    type: 'EXTERNAL',
    name: name.slice(0, 200),
    defaultUnit: currencyOf(row.currency),
    createdAtMs: nowMs,
    metadata: {},
    raw: said(row, ['object', 'bank_name', 'brand', 'country', 'last4', 'status']),
  };
}

function currencyOf(value: unknown): string | null {
  const code = typeof value === 'string' ? value.toUpperCase() : '';
  return isCurrency(code) ? code : null;
}

/** Those that are short texts or flags. */
function said(row: Json, names: readonly string[]): Readonly<Record<string, unknown>> {
  const kept = names.filter((name) => typeof row[name] === 'boolean' || plainAt(row, name));
  return Object.fromEntries(kept.map((name) => [name, row[name]]));
}

export async function accountBalances(call: Call): Promise<Told<HistoryPage>> {
  const own = call.credentials.account_id || (await ownId(call));
  if (typeof own !== 'string') return own;
  const told = await balances(call);
  if (told.kind !== 'told') return told;
  const atMs = call.nowMs;
  const items = told.value.map(
    (amount) => ({ is: 'balance', account: own, amount, atMs }) as const,
  );
  return { kind: 'told', value: { items, unreadable: [], next: null } };
}

async function ownId(call: Call): Promise<string | Told<never>> {
  const answer = await question(call, 'account');
  if (answer.kind !== 'told') return answer;
  return (
    idAt({ row: answer.value }, 'row') ?? { kind: 'unreachable', message: 'an account without id' }
  );
}
