// What lists of accounts, and dynamic pools, can be asked (api/formance.md section 1).
import { unitOfSourced } from '../../../domain/ledger/asset.ts';
import type { Configuration } from '../../../flows/configuration.ts';
import type { Context } from '../../../flows/context.ts';
import { type Account, type Paged, pageAccounts } from '../../../store/accounts.ts';
import type { List } from '../list.ts';
import { connectionNameOf, nameOf } from '../named.ts';
import type { QueryFields } from '../query.ts';

export function accountList({ configurations, db }: Context): List<Account & Paged> {
  return {
    name: 'accounts',
    fields: async (environment) => accountFields(await configurations.get(environment)),
    sorts: { createdAt: 'created_at', reference: 'reference', name: 'name', type: 'type' },
    defaultSort: { field: 'created_at', descending: true },
    tie: 'sequence',
    fetch: (environment, page) => pageAccounts(db, environment.id, page),
  };
}

export function accountFields(configuration: Configuration): QueryFields {
  return {
    id: { kind: 'text', read: (id) => nameOf(configuration, id) },
    reference: { kind: 'text' },
    connector_id: { kind: 'text', read: (id) => connectionNameOf(configuration, id) },
    type: { kind: 'text' },
    default_asset: { kind: 'text', read: unitOfSourced },
    name: { kind: 'text' },
    psu_id: { kind: 'text' },
    open_banking_connection_id: { kind: 'text' },
    created_at: { kind: 'time' },
    metadata: { kind: 'map' },
  };
}
