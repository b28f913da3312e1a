// The accounts and beneficiaries of a generic PSP, and the balances of the accounts (api/formance.md section 10). Read
// whole every time: an account has no time of its last change, and its creation may be said to be long ago.
import { unitOfSourced } from '../../domain/ledger/asset.ts';
import type {
  AccountItem,
  BalanceItem,
  Call,
  HistoryPage,
  HistoryQuery,
  Told,
} from '../contract.ts';
import { objectOf, textOf } from '../json.ts';
import { ask } from './reply.ts';
import { nameIn, textsIn } from './transactions.ts';
import {
  beginWalk,
  type Listing,
  type Row,
  timeIn,
  unreadable,
  type Walk,
  walkOn,
} from './walk.ts';

const LISTS = {
  accounts: { type: 'INTERNAL', name: 'accountName' },
  beneficiaries: { type: 'EXTERNAL', name: 'ownerName' },
} as const;

interface Place {
  readonly list: keyof typeof LISTS;
  readonly walk: Walk;
}

export async function accounts(
  { toMs, cursor }: HistoryQuery,
  call: Call,
): Promise<Told<HistoryPage>> {
  const start: Place = { list: 'accounts', walk: beginWalk(0) };
  const { list, walk } = cursor === null ? start : (JSON.parse(cursor) as Place);
  const step = await walkOn(listing(list, 100, 200), walk, toMs, call);
  if (step.kind !== 'told') return step;
  const read = step.value.rows.map((row) => ({ name: row.name, item: accountOf(row, list) }));
  const afterAccounts = list === 'accounts' ? beginWalk(0) : null;
  const next = step.value.next ?? afterAccounts;
  return {
    kind: 'told',
    value: {
      items: read.flatMap(({ item }) => (item === null ? [] : [item])),
      unreadable: read.flatMap(({ name, item }) => (item === null ? [name] : [])),
      next: next && JSON.stringify({ list: step.value.next ? list : 'beneficiaries', walk: next }),
    },
  };
}

function listing(list: Place['list'], pageSize: number, take: number): Listing {
  return { path: `/${list}`, instant: 'createdAt', pageSize, take };
}

function accountOf({ json, name, hasId, atMs }: Row, list: Place['list']): AccountItem | null {
  if (!hasId || atMs === null) return null;
  return {
    is: 'account',
    reference: name,
    type: LISTS[list].type,
    name: nameIn(json[LISTS[list].name]) ?? '',
    defaultUnit: null,
    createdAtMs: atMs,
    metadata: textsIn(json.metadata),
    raw: {},
  };
}

/** Each account of a page is a request: few enough for one call. */
const ACCOUNTS_AT_ONCE = 10;

export async function balances(
  { toMs, cursor }: HistoryQuery,
  call: Call,
): Promise<Told<HistoryPage>> {
  const walk = cursor === null ? beginWalk(0) : (JSON.parse(cursor) as Walk);
  const step = await walkOn(
    listing('accounts', ACCOUNTS_AT_ONCE, ACCOUNTS_AT_ONCE),
    walk,
    toMs,
    call,
  );
  if (step.kind !== 'told') return step;
  const { rows, next } = step.value;
  const items: BalanceItem[] = [];
  const unread: string[] = [];
  for (const { name, hasId } of rows) {
    if (!hasId) continue;
    const told = await balancesOf(name, call);
    if (told.kind === 'unreachable') return told;
    if (told.kind === 'refused') unread.push(name);
    else items.push(...told.value);
  }
  const value = { items, unreadable: unread, next: next && JSON.stringify(next) };
  return { kind: 'told', value };
}

/** Refused: the PSP tells no balance of it, or none that means anything. */
async function balancesOf(account: string, call: Call): Promise<Told<BalanceItem[]>> {
  const path = `/accounts/${encodeURIComponent(account)}/balances`;
  const reply = await ask({ method: 'GET', path }, call);
  if (reply.kind === 'refused') return { kind: 'refused', message: reply.message };
  if (reply.kind !== 'accepted') return unreadable(reply.reason);
  const said = objectOf(reply.value);
  const list = Array.isArray(said.balances) ? said.balances.map(objectOf) : null;
  const atMs = Math.min(timeIn(said.at) ?? call.nowMs, call.nowMs);
  const read = list?.map(({ amount, currency }): BalanceItem | null => {
    const unit = unitOfSourced(textOf(currency) ?? '');
    const text = textOf(amount) ?? '';
    if (unit === null || !/^-?\d{1,18}$/.test(text)) return null;
    return { is: 'balance', account, amount: { amountMinor: BigInt(text), currency: unit }, atMs };
  });
  if (!read || read.includes(null))
    return { kind: 'refused', message: 'balances that cannot be read' };
  return { kind: 'told', value: read.filter((one) => one !== null) };
}
