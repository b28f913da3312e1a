// A payout to an account by the PSP's name of it, or to a bank account that was forwarded to the connection: then its
// details are opened, and go sealed with the payout.
import type { Beneficiary } from '../../domain/payout/beneficiary.ts';
import { findAccount } from '../../store/accounts.ts';
import { openBankAccount } from '../bank-account/open.ts';
import type { Context, Environment } from '../context.ts';
import { createPayout } from './create-payout.ts';
import type { NewPayout } from './new-payout.ts';

export async function initiatePayout(context: Context, environment: Environment, asked: NewPayout) {
  const beneficiary = asked.beneficiary ?? (await beneficiaryOf(context, environment, asked));
  return createPayout(context, environment, { ...asked, beneficiary });
}

async function beneficiaryOf(
  context: Context,
  environment: Environment,
  { connectionId, destinationAccount }: NewPayout,
): Promise<Beneficiary | null> {
  if (connectionId === null || destinationAccount === null) return null;
  const name = { connectionId, reference: destinationAccount };
  const account = await findAccount(context.db, environment.id, name);
  if (!account || account.bankAccountId === null) return null;
  const {
    name: holder,
    details,
    metadata,
  } = await openBankAccount(context, environment, account.bankAccountId);
  return {
    type: 'bank',
    name: holder,
    accountNumber: details.iban || details.accountNumber,
    // PSPs that go by codes of their own find theirs in the metadata.
    bankCode: metadata.bank_code ?? details.swiftBicCode,
  };
}
