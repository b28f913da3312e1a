// What lists of initiations can be asked (api/formance.md section 1).

import { unitOfSourced } from '../../../domain/ledger/asset.ts';
import type { Configuration } from '../../../flows/configuration.ts';
import type { Context, Environment } from '../../../flows/context.ts';
import { pageInitiations } from '../../../store/initiations.ts';
import type { List, Positioned } from '../list.ts';
import { connectionNameOf, nameOf } from '../named.ts';
import type { QueryFields } from '../query.ts';
import { loadShown, type Shown } from './shown.ts';

type Row = Shown & Positioned;

export function initiationList(context: Context): List<Row> {
  return {
    name: 'initiations',
    fields: async (environment) => fieldsOf(await context.configurations.get(environment)),
    sorts: {
      createdAt: 'created_at',
      scheduledAt: 'scheduled_at',
      reference: 'reference',
      amount: 'amount',
    },
    // Ids sort by the time of creation, and have an index.
    defaultSort: { field: 'payment_id', descending: true },
    tie: 'payment_id',
    fetch: async (environment: Environment, page) => {
      const rows = await pageInitiations(context.db, environment.id, page);
      return Promise.all(
        rows.map(async ({ paymentId, position }) => ({
          ...(await loadShown(context, environment, paymentId)),
          position,
        })),
      );
    },
  };
}

function fieldsOf(configuration: Configuration): QueryFields {
  const type = (word: string) => ({ TRANSFER: 'transfer', PAYOUT: 'payout' })[word] ?? null;
  return {
    reference: { kind: 'text' },
    id: { kind: 'text', read: (id) => nameOf(configuration, id) },
    connector_id: { kind: 'text', read: (id) => connectionNameOf(configuration, id) },
    type: { kind: 'text', read: type },
    asset: { kind: 'text', read: unitOfSourced },
    source_account_id: { kind: 'text', read: (id) => nameOf(configuration, id) },
    destination_account_id: { kind: 'text', read: (id) => nameOf(configuration, id) },
    status: { kind: 'text' },
    amount: { kind: 'integer' },
    created_at: { kind: 'time' },
    metadata: { kind: 'map' },
  };
}
