// Accounts that a PSP tells of, and what is on them: kept as the Formance API shows them. Moves nothing.
import type { AccountItem, BalanceItem } from '../../connectors/contract.ts';
import { assetOfUnit } from '../../domain/ledger/asset.ts';
import { insertAccount, tellAccount, tellBalance } from '../../store/accounts.ts';
import type { Context, Environment } from '../context.ts';

interface At {
  readonly environment: Environment;
  readonly connectionId: string;
}

const NOT_LISTED = {
  type: 'UNKNOWN',
  name: '',
  defaultAsset: null,
  defaultUnit: null,
  metadata: {},
  raw: {},
  bankAccountId: null,
  userId: null,
} as const;

export async function saveAccount(
  { db }: Context,
  { environment, connectionId }: At,
  item: AccountItem,
): Promise<void> {
  const { reference, type, name, defaultUnit, createdAtMs: createdAt, metadata, raw } = item;
  const defaultAsset = defaultUnit === null ? null : assetOfUnit(defaultUnit);
  const named = { environmentId: environment.id, connectionId, reference };
  await tellAccount(db, {
    ...named,
    type,
    name,
    defaultAsset,
    defaultUnit,
    metadata,
    raw,
    createdAt,
  });
}

export async function saveBalance(
  { db }: Context,
  { environment, connectionId }: At,
  { account: reference, amount, atMs }: BalanceItem,
): Promise<void> {
  const { amountMinor: balance, currency: unit } = amount;
  const named = { environmentId: environment.id, connectionId, reference };
  // An account that has come to be since the accounts were read: their next page says what it is.
  await insertAccount(db, { ...named, ...NOT_LISTED, createdAt: atMs });
  const told = { connectionId, reference, unit, asset: assetOfUnit(unit), balance };
  await db.transaction((tx) => tellBalance(tx, environment.id, told, atMs));
}
