// The details of a bank account, in clear: for a payout to it, and for nothing else.
import { notFound } from '../../kernel/problem.ts';
import { type BankAccount, type BankDetails, findBankAccount } from '../../store/bank-accounts.ts';
import { openFields } from '../../vault/envelope.ts';
import type { Context, Environment } from '../context.ts';

/** Where the details of a bank account are sealed for. */
export function bankAccountPlace(environmentId: string, subject: string) {
  return { environmentId, subject, field: 'bank_account' };
}

export async function openBankAccount(
  { db, keyRing }: Context,
  environment: Environment,
  id: string,
): Promise<BankAccount & { readonly details: BankDetails }> {
  const account = await findBankAccount(db, environment.id, id);
  if (!account) throw notFound('Bank account');
  const place = bankAccountPlace(environment.id, id);
  const details = openFields(keyRing, place, account.sealedDetails) as unknown as BankDetails;
  return { ...account, details };
}
