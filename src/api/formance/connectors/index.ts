// Connectors of the Formance API: every connection of the environment, however it was made.
import type { Context } from '../../../flows/context.ts';
import type { App } from '../../app.ts';
import { v1ConnectorRoutes } from './v1.ts';
import { v3ConnectorRoutes } from './v3.ts';

export function connectorRoutes(app: App, context: Context): void {
  v1ConnectorRoutes(app, context);
  v3ConnectorRoutes(app, context);
}
