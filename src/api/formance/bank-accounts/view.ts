// Bank accounts on the wire: always masked; what was not given is left out (api/formance.md sections 4 and 15).
import { encodeConnector } from '../../../domain/ledger/ids.ts';
import { v1ProviderOf } from '../../../domain/ledger/providers.ts';
import type { Configuration } from '../../../flows/configuration.ts';
import type { Account } from '../../../store/accounts.ts';
import type { BankAccount } from '../../../store/bank-accounts.ts';
import { accountIdOf } from '../accounts/view.ts';
import { metadataView } from '../metadata.ts';
import { connectorOfRow } from '../named.ts';
import { timeView } from '../read-body.ts';

/** With the accounts that it was forwarded as. */
export interface Related {
  readonly account: BankAccount;
  readonly accounts: readonly Account[];
}

export function v1BankAccount(configuration: Configuration, { account, accounts }: Related) {
  const shown = accounts.map((one) => {
    const connector = connectorOfRow(configuration, one.connectionId, null);
    const accountID = accountIdOf(configuration, one);
    return {
      id: accountID,
      createdAt: timeView(one.createdAt),
      provider: v1ProviderOf(connector.provider) ?? connector.provider,
      connectorID: encodeConnector(connector),
      accountID,
    };
  });
  const [first] = shown;
  return {
    ...commonOf(account),
    country: account.country ?? '',
    ...(first
      ? { connectorID: first.connectorID, provider: first.provider, accountID: first.accountID }
      : {}),
    relatedAccounts: shown,
  };
}

export function v3BankAccount(configuration: Configuration, { account, accounts }: Related) {
  return {
    ...commonOf(account),
    ...(account.country === null ? {} : { country: account.country }),
    relatedAccounts: accounts.map((one) => ({
      accountID: accountIdOf(configuration, one),
      createdAt: timeView(one.createdAt),
    })),
  };
}

function commonOf({ id, name, createdAt, masked, metadata }: BankAccount) {
  const { accountNumber, iban, swiftBicCode } = masked;
  return {
    id,
    name,
    createdAt: timeView(createdAt),
    ...(accountNumber === '' ? {} : { accountNumber }),
    ...(iban === '' ? {} : { iban }),
    ...(swiftBicCode === '' ? {} : { swiftBicCode }),
    metadata: metadataView(metadata),
  };
}
