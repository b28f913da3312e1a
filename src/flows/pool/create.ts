// Pools: only of the merchant's own (INTERNAL) accounts; a static one by list, a dynamic one by query
// (api/formance.md section 5).
import { newUuid } from '../../kernel/ids.ts';
import { notFound, Problem } from '../../kernel/problem.ts';
import { type AccountName, findAccount } from '../../store/accounts.ts';
import { type Executor, violatedConstraint } from '../../store/db.ts';
import { addPoolAccounts, findPool, insertPool, type Pool } from '../../store/pools.ts';
import type { Context, Environment } from '../context.ts';

export async function createPool(
  { db, ports }: Context,
  environment: Environment,
  asked: Pick<Pool, 'name' | 'query'> & { readonly accounts: readonly AccountName[] },
): Promise<Pool> {
  const { name, query, accounts } = asked;
  const createdAt = ports.clock.nowMs();
  const pool: Pool = { environmentId: environment.id, id: newUuid(ports), name, query, createdAt };
  return db.transaction(async (tx) => {
    for (const account of accounts) await mustBeInternal(tx, environment, account);
    try {
      await insertPool(tx, pool);
    } catch (error) {
      if (violatedConstraint(error) !== 'pools_name') throw error;
      throw new Problem(400, 'CONFLICT', `There is a pool with the name ${name}`);
    }
    await addPoolAccounts(tx, pool, accounts);
    return pool;
  });
}

export async function addToPool(
  { db }: Context,
  environment: Environment,
  pool: Pool,
  account: AccountName,
): Promise<void> {
  mustBeStatic(pool);
  await mustBeInternal(db, environment, account);
  try {
    await addPoolAccounts(db, pool, [account]);
  } catch (error) {
    if (violatedConstraint(error) === null) throw error;
    throw notFound('Pool', 'NOT_FOUND'); // it was deleted meanwhile
  }
}

export function mustBeStatic({ query }: Pool): void {
  if (query === null) return;
  throw new Problem(400, 'VALIDATION', 'The accounts of a dynamic pool are found by its query');
}

export async function mustFindPool(
  { db }: Context,
  environment: Environment,
  id: string,
): Promise<Pool> {
  const pool = await findPool(db, environment.id, id);
  if (!pool) throw notFound('Pool', 'NOT_FOUND');
  return pool;
}

async function mustBeInternal(db: Executor, { id }: Environment, name: AccountName): Promise<void> {
  const account = await findAccount(db, id, name);
  if (!account) throw notFound('Account', 'NOT_FOUND');
  if (account.type !== 'INTERNAL')
    throw new Problem(400, 'VALIDATION', 'AccountIDs must be INTERNAL accounts');
}
