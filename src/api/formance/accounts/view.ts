// Accounts and balances on the wire (api/formance.md sections 4 and 15).
import { encodeConnector } from '../../../domain/ledger/ids.ts';
import { v1ProviderOf } from '../../../domain/ledger/providers.ts';
import type { Configuration } from '../../../flows/configuration.ts';
import type { Account, AccountName, Balance } from '../../../store/accounts.ts';
import { amountJson } from '../amount.ts';
import { metadataView } from '../metadata.ts';
import { connectorOfRow, objectId } from '../named.ts';
import { timeView } from '../read-body.ts';

export function accountIdOf(configuration: Configuration, account: AccountName): string {
  const { connectionId, reference } = account;
  return objectId(connectorOfRow(configuration, connectionId, null), reference);
}

export function v1Account(configuration: Configuration, account: Account) {
  const connector = connectorOfRow(configuration, account.connectionId, null);
  return {
    id: accountIdOf(configuration, account),
    createdAt: timeView(account.createdAt),
    reference: account.reference,
    connectorID: encodeConnector(connector),
    provider: v1ProviderOf(connector.provider) ?? connector.provider,
    defaultCurrency: account.defaultAsset ?? '',
    defaultAsset: account.defaultAsset ?? '',
    accountName: account.name,
    type: account.type,
    metadata: metadataView(account.metadata),
    raw: account.raw,
  };
}

export function v3Account(configuration: Configuration, account: Account) {
  const connector = connectorOfRow(configuration, account.connectionId, null);
  return {
    id: accountIdOf(configuration, account),
    connectorID: encodeConnector(connector),
    provider: connector.provider,
    reference: account.reference,
    createdAt: timeView(account.createdAt),
    type: account.type,
    name: account.name,
    defaultAsset: account.defaultAsset,
    metadata: metadataView(account.metadata),
    raw: account.raw,
  };
}

export function v1Balance(configuration: Configuration, balance: Balance) {
  const { accountID: accountId, ...rest } = v3Balance(configuration, balance);
  return { accountId, currency: balance.asset, ...rest };
}

export function v3Balance(configuration: Configuration, balance: Balance) {
  return {
    accountID: accountIdOf(configuration, balance),
    createdAt: timeView(balance.createdAt),
    lastUpdatedAt: timeView(balance.lastUpdatedAt),
    asset: balance.asset,
    balance: amountJson(balance.balance),
  };
}
