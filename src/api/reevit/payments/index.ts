// Everything below /v1/payments, and the dry run of routing.
import type { Context } from '../../../flows/context.ts';
import type { App } from '../../app.ts';
import { browserSessionRoutes } from './browser-session.ts';
import { intentRoutes } from './intents.ts';
import { lifecycleRoutes } from './lifecycle.ts';
import { listRoutes } from './lists.ts';
import { phonePromptRoutes } from './phone-prompt.ts';
import { refundRoutes } from './refunds.ts';

export function paymentRoutes(app: App, context: Context): void {
  intentRoutes(app, context);
  listRoutes(app, context);
  lifecycleRoutes(app, context);
  phonePromptRoutes(app, context);
  browserSessionRoutes(app, context);
  refundRoutes(app, context);
}
