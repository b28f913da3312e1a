// The events of an environment, by pull.
import type { Context } from '../../../flows/context.ts';
import { EventHorizon } from '../../../store/events.ts';
import type { App } from '../../app.ts';
import { feedRoute } from './routes.ts';
import { streamRoute } from './stream.ts';

export function eventRoutes(app: App, context: Context): void {
  const horizon = new EventHorizon(context.db);
  feedRoute(app, context, horizon);
  streamRoute(app, context, horizon);
}
