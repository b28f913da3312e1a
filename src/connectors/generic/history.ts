// What a generic PSP has made, by its last change, and the accounts that it knows. Reads only.
import type { Call, HistoryPage, HistoryQuery, Told } from '../contract.ts';
import { accounts, balances } from './accounts.ts';
import { transactions } from './transactions.ts';

export async function history(query: HistoryQuery, call: Call): Promise<Told<HistoryPage>> {
  switch (query.kind) {
    case 'payments':
    case 'refunds':
      return transactions(query, call);
    case 'accounts':
      return accounts(query, call);
    case 'balances':
      return balances(query, call);
    default:
      return { kind: 'refused', message: `the generic API lists no ${query.kind}` };
  }
}
