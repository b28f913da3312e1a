// Accounts that Paystack knows: the merchant's balance in each currency, and the recipients of transfers; and what is
// on the former (psp/paystack.md sections 2.7 and 2.8). Reads only.
import { isCurrency } from '../../kernel/currency.ts';
import type { AccountItem, Call, HistoryPage, HistoryQuery, Told } from '../contract.ts';
import { type Json, objectOf, textOf } from '../json.ts';
import { balances } from './account.ts';
import { listPage, plain, timeOf } from './listed.ts';

/** Paystack has one balance in each currency, without names; a payout is paid from `balance`. */
function balanceName(currency: string): string {
  return `balance:${currency}`;
}

/** The balances, then the recipients page by page. */
export async function accounts(query: HistoryQuery, call: Call): Promise<Told<HistoryPage>> {
  const { cursor } = query;
  if (cursor !== null)
    return listPage(call, '/transferrecipient', query, Number(cursor), recipientItem);
  const told = await balances(call);
  if (told.kind !== 'told') return told;
  const items = told.value.map(({ currency }) => balanceAccount(currency, call.nowMs));
  return { kind: 'told', value: { items, unreadable: [], next: '1' } };
}

function balanceAccount(currency: string, nowMs: number): AccountItem {
  return {
    is: 'account',
    reference: balanceName(currency),
    type: 'INTERNAL',
    name: `Paystack balance ${currency}`,
    defaultUnit: currency,
    createdAtMs: nowMs,
    metadata: {},
    raw: { currency },
  };
}

/** Of the number of the account the last four digits. */
function recipientItem(row: Json): AccountItem | null {
  const reference = plain(textOf(row.recipient_code));
  const createdAtMs = timeOf(row);
  if (reference === null || createdAtMs === null) return null;
  const details = objectOf(row.details);
  const currency = textOf(row.currency) ?? '';
  const said = {
    type: textOf(row.type),
    bank_code: textOf(details.bank_code),
    bank_name: textOf(details.bank_name),
    last4: textOf(details.account_number)?.slice(-4) ?? null,
  };
  const known = Object.entries(said).filter(([, value]) => plain(value) !== null);
  return {
    is: 'account',
    reference,
    type: 'EXTERNAL',
    name: (textOf(row.name) ?? '').slice(0, 200),
    defaultUnit: isCurrency(currency) ? currency : null,
    createdAtMs,
    metadata: {},
    raw: Object.fromEntries(known),
  };
}

export async function accountBalances(call: Call): Promise<Told<HistoryPage>> {
  const told = await balances(call);
  if (told.kind !== 'told') return told;
  const items = told.value.map(
    (amount) =>
      ({ is: 'balance', account: balanceName(amount.currency), amount, atMs: call.nowMs }) as const,
  );
  return { kind: 'told', value: { items, unreadable: [], next: null } };
}
