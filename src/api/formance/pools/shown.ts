// A pool with its accounts, listed or found by its query, and the sums of their balances.
import { assetOfUnit } from '../../../domain/ledger/asset.ts';
import type { Configuration } from '../../../flows/configuration.ts';
import type { Context } from '../../../flows/context.ts';
import { type AccountName, balancesAt } from '../../../store/accounts.ts';
import {
  accountsOfQuery,
  accountsOfStaticPool,
  type Pool,
  pagePools,
} from '../../../store/pools.ts';
import { accountFields } from '../accounts/list.ts';
import { accountIdOf } from '../accounts/view.ts';
import { amountJson } from '../amount.ts';
import type { List, Positioned } from '../list.ts';
import { parseQuery } from '../query.ts';
import { timeView } from '../read-body.ts';

export interface Shown {
  readonly pool: Pool;
  readonly accounts: readonly AccountName[];
}

export async function withAccounts(
  { db }: Context,
  configuration: Configuration,
  pool: Pool,
): Promise<Shown> {
  if (pool.query === null) return { pool, accounts: await accountsOfStaticPool(db, pool) };
  const filter = parseQuery(JSON.stringify(pool.query), accountFields(configuration));
  return { pool, accounts: await accountsOfQuery(db, pool.environmentId, filter) };
}

/** Per canonical asset; each account counts with its last balance at the instant, or now. */
export async function sums(
  { db }: Context,
  configuration: Configuration,
  { pool, accounts }: Shown,
  atMs: number | null,
) {
  const balances = await balancesAt(db, pool.environmentId, accounts, atMs);
  const units = [...new Set(balances.map(({ unit }) => unit))].sort();
  return units.map((unit) => {
    const own = balances.filter((one) => one.unit === unit);
    return {
      asset: assetOfUnit(unit),
      amount: amountJson(own.reduce((sum, { balance }) => sum + balance, 0n)),
      relatedAccounts: own.map((one) => accountIdOf(configuration, one)),
    };
  });
}

export function poolList(context: Context): List<Shown & Positioned> {
  return {
    name: 'pools',
    fields: () => ({ id: { kind: 'text' }, name: { kind: 'text' }, created_at: { kind: 'time' } }),
    sorts: { createdAt: 'created_at', name: 'name' },
    defaultSort: { field: 'created_at', descending: true },
    tie: 'sequence',
    fetch: async (environment, page) => {
      const configuration = await context.configurations.get(environment);
      const rows = await pagePools(context.db, environment.id, page);
      return Promise.all(
        rows.map(async ({ position, ...pool }) => ({
          ...(await withAccounts(context, configuration, pool)),
          position,
        })),
      );
    },
  };
}

export function v1Pool(configuration: Configuration, { pool, accounts }: Shown) {
  return {
    id: pool.id,
    name: pool.name,
    ...kindOf(pool),
    accounts: accounts.map((one) => accountIdOf(configuration, one)),
  };
}

export function v3Pool(configuration: Configuration, { pool, accounts }: Shown) {
  return {
    id: pool.id,
    name: pool.name,
    createdAt: timeView(pool.createdAt),
    ...kindOf(pool),
    poolAccounts: accounts.map((one) => accountIdOf(configuration, one)),
  };
}

function kindOf({ query }: Pool) {
  return query === null ? { type: 'STATIC' } : { type: 'DYNAMIC', query };
}
