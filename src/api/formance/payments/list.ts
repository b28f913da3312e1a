// The list of payments: what it can be asked (api/formance.md section 1).
import { storedAccount } from '../../../domain/ledger/account-name.ts';
import { unitOfPosted, unitOfSourced } from '../../../domain/ledger/asset.ts';
import {
  connectionIdOf,
  connectorRef,
  decodeConnector,
  decodeObject,
  decodePayment,
  findConnector,
} from '../../../domain/ledger/ids.ts';
import { schemeOfWire, typeOfWire } from '../../../domain/ledger/words.ts';
import type { KnownConnection } from '../../../flows/configuration.ts';
import type { Context } from '../../../flows/context.ts';
import type { Executor } from '../../../store/db.ts';
import type { NaturalKey } from '../../../store/ledger.ts';
import type { Condition, PageRequest } from '../../../store/pages.ts';
import type { List, Positioned } from '../list.ts';
import type { QueryFields } from '../query.ts';

/** v1 shows entries alone, v3 with their adjustments. */
export function paymentList<Row extends Positioned>(
  { configurations, db }: Context,
  read: (db: Executor, environmentId: string, page: PageRequest) => Promise<readonly Row[]>,
): List<Row> {
  return {
    name: 'payments',
    fields: async (environment) => fieldsOf((await configurations.get(environment)).connections),
    sorts: {
      createdAt: 'created_at',
      created_at: 'created_at',
      date: 'created_at',
      reference: 'reference',
      type: 'type',
      status: 'status',
      scheme: 'scheme',
      asset: 'unit',
      amount: 'amount',
      initialAmount: 'initial_amount',
      initial_amount: 'initial_amount',
    },
    defaultSort: { field: 'created_at', descending: true },
    tie: 'attempt_id',
    fetch: (environment, page) => read(db, environment.id, page),
  };
}

function fieldsOf(connections: readonly KnownConnection[]): QueryFields {
  const account = (field: string) => ({
    kind: 'id' as const,
    find: (word: string) => ofAccount(connections, field, word),
  });
  return {
    id: { kind: 'id', find: (word) => ofPayment(connections, word) },
    reference: { kind: 'text' },
    connector_id: { kind: 'id', find: (word) => ofConnector(connections, word) },
    type: { kind: 'text', read: typeOfWire },
    asset: { kind: 'id', find: ofAsset },
    scheme: { kind: 'text', read: (word) => schemeOfWire(word) ?? word },
    status: { kind: 'text' },
    source_account_id: account('source_account'),
    destination_account_id: account('destination_account'),
    psu_id: { kind: 'id', find: () => NEVER },
    open_banking_connection_id: { kind: 'id', find: () => NEVER },
    amount: { kind: 'integer' },
    initial_amount: { kind: 'integer' },
    created_at: { kind: 'time' },
    metadata: { kind: 'map' },
  };
}

/** No payment here belongs to a user of a PSP's, or to a link to a bank. */
const NEVER: Condition = { op: 'never' };

function is(field: string, value: string): Condition {
  return { op: 'match', field, key: null, value };
}

function ofConnector(connections: readonly KnownConnection[], id: string): Condition {
  const ref = decodeConnector(id);
  return ref ? is('connection_id', connectionIdOf(connections, ref)) : NEVER;
}

function ofPayment(connections: readonly KnownConnection[], id: string): Condition {
  const key = keyOfPayment(connections, id);
  if (!key) return NEVER;
  const { reference, connectionId, type } = key;
  return {
    op: 'and',
    all: [is('reference', reference), is('connection_id', connectionId), is('type', type)],
  };
}

/** Null when the id is none. What was at a connection that is gone is still in the ledger. */
export function keyOfPayment(
  connections: readonly KnownConnection[],
  id: string,
): NaturalKey | null {
  const ref = decodePayment(id);
  const type = ref && typeOfWire(ref.type);
  if (!ref || !type) return null;
  const connectionId = connectionIdOf(connections, ref.connector);
  return { connectionId, reference: ref.reference, type };
}

/** By value: `USD` and `USD/2` find the same payments. */
function ofAsset(word: string): Condition {
  const unit = unitOfPosted(word) ?? unitOfSourced(word);
  return unit === null ? NEVER : is('unit', unit);
}

/** Stored by its reference at the payment's own connector, or as a whole id at any other. */
function ofAccount(connections: readonly KnownConnection[], field: string, id: string): Condition {
  const account = decodeObject(id);
  if (!account) return NEVER;
  const connection = findConnector(connections, account.connector);
  const own = storedAccount(id, connection ? connectorRef(connection) : account.connector);
  const elsewhere = is(field, `@${id}`);
  if (own === null) return elsewhere;
  const at = is('connection_id', connectionIdOf(connections, account.connector));
  return { op: 'or', all: [{ op: 'and', all: [at, is(field, own)] }, elsewhere] };
}
