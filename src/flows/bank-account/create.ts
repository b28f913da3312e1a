// Keeps a bank account, and forwards it to connections: there it is an external account that payouts can name.
import { maskAccountNumber, maskIban } from '../../domain/payout/bank-details.ts';
import { newUuid } from '../../kernel/ids.ts';
import { findAccount, insertAccount } from '../../store/accounts.ts';
import {
  type BankAccount,
  type BankDetails,
  insertBankAccount,
} from '../../store/bank-accounts.ts';
import type { Executor } from '../../store/db.ts';
import { seal } from '../../vault/envelope.ts';
import type { Context, Environment } from '../context.ts';
import { bankAccountPlace } from './open.ts';

export interface NewBankAccount extends BankDetails {
  readonly name: string;
  readonly country: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

export async function createBankAccount(
  { keyRing, ports }: Context,
  db: Executor,
  environment: Environment,
  asked: NewBankAccount,
): Promise<BankAccount> {
  const { name, country, metadata, accountNumber, iban, swiftBicCode } = asked;
  const id = newUuid(ports);
  const place = bankAccountPlace(environment.id, id);
  const account: BankAccount = {
    environmentId: environment.id,
    id,
    name,
    country,
    masked: {
      accountNumber: maskAccountNumber(accountNumber),
      iban: maskIban(iban),
      swiftBicCode,
    },
    sealedDetails: seal(keyRing, place, { accountNumber, iban, swiftBicCode }, ports.random),
    metadata,
    createdAt: ports.clock.nowMs(),
  };
  await insertBankAccount(db, account);
  return account;
}

/** Once: a second forwarding to the same connection finds the first. Nothing is sent: the PSP learns of it when it pays. */
export async function forwardBankAccount(
  { ports }: Context,
  db: Executor,
  { environmentId, id, name, metadata }: BankAccount,
  connectionId: string,
  userId: string | null = null,
) {
  const account = { environmentId, connectionId, reference: id };
  await insertAccount(db, {
    ...account,
    type: 'EXTERNAL',
    name,
    defaultAsset: null,
    defaultUnit: null,
    metadata,
    raw: {},
    bankAccountId: id,
    userId,
    createdAt: ports.clock.nowMs(),
  });
  const forwarded = await findAccount(db, environmentId, account);
  if (!forwarded) throw new Error('the account was not stored');
  return forwarded;
}
