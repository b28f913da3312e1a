// Everything below /v1/payouts.
import type { Context } from '../../../flows/context.ts';
import type { App } from '../../app.ts';
import { bulkRoutes } from './bulk.ts';
import { codeRoutes } from './code.ts';
import { questionRoutes } from './questions.ts';
import { payoutRoutes as oneByOne } from './routes.ts';

export function payoutRoutes(app: App, context: Context): void {
  questionRoutes(app, context);
  bulkRoutes(app, context);
  oneByOne(app, context);
  codeRoutes(app, context);
}
