// An account that a merchant tells of: only where the provider is one that has no accounts of its own to ask for
// (api/formance.md section 5). A second telling finds the first.
import { Problem } from '../../kernel/problem.ts';
import { type Account, findAccount, insertAccount } from '../../store/accounts.ts';
import type { Context } from '../context.ts';

const PROVIDERS: ReadonlySet<string> = new Set(['dummypay', 'generic']);

/** 400 `CONNECTOR_CAPABILITY_NOT_SUPPORTED` elsewhere. */
export async function createAccount(
  { db }: Context,
  provider: string,
  account: Account,
): Promise<Account> {
  if (!PROVIDERS.has(provider)) {
    const message = `Accounts of ${provider} cannot be created here`;
    throw new Problem(400, 'CONNECTOR_CAPABILITY_NOT_SUPPORTED', message, { provider });
  }
  await insertAccount(db, account);
  return (await findAccount(db, account.environmentId, account)) ?? account;
}
