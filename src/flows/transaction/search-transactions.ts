// Lists transactions, newest first. A status is read from a history, not from a column: with a filter of statuses the
// newest of the others are looked through, as many as a search may take.
import {
  listTransactions,
  type TransactionFilter,
  type TransactionPlace,
} from '../../store/transactions.ts';
import type { Context, Environment } from '../context.ts';
import { type Transaction, transactionAt } from './find-transaction.ts';

/** Looked through for a status; a narrower time range finds older ones. */
const LOOKED_THROUGH_MAX = 1_000;
const AT_ONCE = 50;

export async function searchTransactions(
  context: Context,
  environment: Environment,
  { statuses, ...filter }: TransactionFilter & { readonly statuses: readonly string[] | null },
  page: { readonly limit: number; readonly offset: number },
): Promise<{ readonly transactions: readonly Transaction[]; readonly total: number }> {
  const { db } = context;
  await context.flows.refresh();
  if (statuses === null) {
    const { places, total } = await listTransactions(db, environment.id, filter, page);
    return { transactions: await all(context, environment, places), total };
  }
  const window = { limit: LOOKED_THROUGH_MAX, offset: 0 };
  const { places } = await listTransactions(db, environment.id, filter, window);
  const matching: Transaction[] = [];
  for (let at = 0; at < places.length; at += AT_ONCE) {
    const some = await all(context, environment, places.slice(at, at + AT_ONCE));
    matching.push(...some.filter(({ history }) => statuses.includes(history.status)));
  }
  const { limit, offset } = page;
  return { transactions: matching.slice(offset, offset + limit), total: matching.length };
}

async function all(
  context: Context,
  environment: Environment,
  places: readonly TransactionPlace[],
): Promise<Transaction[]> {
  const found = await Promise.all(places.map((one) => transactionAt(context, environment, one)));
  return found.filter((one) => one !== null);
}
