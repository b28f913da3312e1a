// GET /connectors: every connection of the environment, however it was made.

import { connectorRef, encodeConnector } from '../../../domain/ledger/ids.ts';
import { v1ProviderOf } from '../../../domain/ledger/providers.ts';
import type { Context } from '../../../flows/context.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';

export function connectorListRoutes(app: App, context: Context): void {
  app.get(
    '/connectors',
    { schema: { summary: 'List the installed connectors' } },
    async (request) => {
      const { connections } = await context.configurations.get(callerOf(request).environment);
      return {
        data: connections.map((connection) => ({
          provider: v1ProviderOf(connection.provider) ?? 'GENERIC',
          name: connection.id,
          connectorID: encodeConnector(connectorRef(connection)),
          enabled: connection.status === 'active',
        })),
      };
    },
  );
}
