// What callers of the generic connector API send. Accounts go by the ids of the Formance API, which name their
// connection: a payout is made at the connection of its source.
import { type Static, Type } from 'typebox';
import { assetOfUnit, unitOfPosted } from '../../domain/ledger/asset.ts';
import { decodeObject, findConnector } from '../../domain/ledger/ids.ts';
import { type Instant, parseInstant } from '../../domain/ledger/instant.ts';
import type { Configuration } from '../../flows/configuration.ts';
import type { Caller, Context, Environment } from '../../flows/context.ts';
import type { KeyedPayout } from '../../flows/payout/pay-once.ts';
import { isCurrency } from '../../kernel/currency.ts';
import { invalid, notFound } from '../../kernel/problem.ts';
import { type AccountName, findAccount } from '../../store/accounts.ts';

const PAGE_SIZE = 100;
const PAGE_SIZE_MAX = 1_000;
const OFFSET_MAX = 100_000;
const INT64_MAX = 2n ** 63n - 1n;

const Page = {
  pageSize: Type.Optional(Type.Integer({ minimum: 1 })),
  page: Type.Optional(Type.Integer({ minimum: 1 })),
  /** There is but one order: the earliest first. */
  sort: Type.Optional(Type.String({ maxLength: 100 })),
};
const Time = Type.Optional(Type.String({ maxLength: 100 }));
export const AccountQuery = Type.Object({ ...Page, createdAtFrom: Time });
export const TransactionQuery = Type.Object({ ...Page, updatedAtFrom: Time });

const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
export const PayoutBody = Type.Object({
  idempotencyKey: Text(200),
  amount: Type.String({ pattern: '^[0-9]{1,19}$' }),
  currency: Text(20),
  sourceAccountId: Text(4_000),
  destinationAccountId: Text(4_000),
  description: Type.Optional(Type.Union([Type.String({ maxLength: 1_000 }), Type.Null()])),
  metadata: Type.Optional(
    Type.Union([
      Type.Record(Type.String({ maxLength: 200 }), Type.String({ maxLength: 2_000 })),
      Type.Null(),
    ]),
  ),
});
export type PayoutAsked = Static<typeof PayoutBody>;

export function pageOf({
  pageSize = PAGE_SIZE,
  page = 1,
}: {
  readonly pageSize?: number;
  readonly page?: number;
}): { readonly limit: number; readonly offset: number } {
  const limit = Math.min(pageSize, PAGE_SIZE_MAX);
  const offset = (page - 1) * limit;
  if (offset > OFFSET_MAX)
    throw invalid('validation_error', 'page is too far: ask from a time', 'page');
  return { limit, offset };
}

export function timeIn(text: string | undefined, field: string): Instant | null {
  if (text === undefined || text === '') return null;
  const instant = parseInstant(text);
  if (!instant) throw invalid('validation_error', `${field} is no RFC 3339 time`, field);
  return instant;
}

export async function accountNamed(
  { db }: Context,
  environment: Environment,
  configuration: Configuration,
  id: string,
): Promise<AccountName> {
  const name = nameOf(configuration, id);
  if (!name || !(await findAccount(db, environment.id, name)))
    throw notFound('Account', 'account_not_found');
  return name;
}

function nameOf({ connections }: Configuration, id: string): AccountName | null {
  const ref = decodeObject(id);
  const connection = ref && findConnector(connections, ref.connector);
  return ref && connection ? { connectionId: connection.id, reference: ref.reference } : null;
}

export function readPayout(
  body: PayoutAsked,
  type: 'payout' | 'transfer',
  configuration: Configuration,
  { keyId }: Caller,
): KeyedPayout {
  const { idempotencyKey, amount, metadata, description } = body;
  const amountMinor = BigInt(amount);
  if (amountMinor === 0n || amountMinor > INT64_MAX) throw wrong('amount');
  const currency = unitOfPosted(body.currency);
  if (currency === null || !isCurrency(currency)) throw wrong('currency');
  const source = nameOf(configuration, body.sourceAccountId);
  if (!source) throw wrong('sourceAccountId');
  const destination = nameOf(configuration, body.destinationAccountId);
  if (destination?.connectionId !== source.connectionId) throw wrong('destinationAccountId');
  return {
    type,
    connectionId: source.connectionId,
    amountMinor,
    currency,
    beneficiary: null,
    beneficiaryId: null,
    sourceAccount: source.reference,
    destinationAccount: destination.reference,
    reference: idempotencyKey,
    asset: assetOfUnit(currency),
    narration: description ?? null,
    metadata: metadata ?? {},
    scheduledAtMs: null,
    needsApproval: false,
    createdBy: keyId,
    source: 'generic',
  };
}

function wrong(field: string) {
  return invalid('validation_error', `${field} is invalid`, field);
}
