// Money out in the Formance API: transfer initiations (v1) and payment initiations (v3) are one thing.
import type { Context } from '../../../flows/context.ts';
import type { App } from '../../app.ts';
import { v1InitiationRoutes } from './v1.ts';
import { v3InitiationRoutes } from './v3.ts';

export function initiationRoutes(app: App, context: Context): void {
  v1InitiationRoutes(app, context);
  v3InitiationRoutes(app, context);
}
