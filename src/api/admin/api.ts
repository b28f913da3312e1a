// The operator's API below /admin/v1, behind the admin token.
import type { Context } from '../../flows/context.ts';
import type { App, Surface } from '../app.ts';
import { requireAdminToken } from '../auth/admin-token.ts';
import { flatEnvelope } from '../flat-envelope.ts';
import { auditRoutes } from './audit.ts';
import { endpointRoutes } from './endpoints.ts';
import { flowRoutes } from './flows.ts';
import { ingestionRoutes } from './ingestion.ts';
import { organizationRoutes } from './organizations.ts';
import { payoutPolicyRoutes } from './payout-policy.ts';
import { reconciliationRoutes } from './reconciliation.ts';
import { transactionAdminRoutes } from './transactions.ts';
import { unresolvedRoutes } from './unresolved.ts';

export function adminApi(context: Context, adminToken: string): Surface {
  return {
    name: 'admin',
    prefix: '/admin/v1',
    title: 'Switchyard: admin API',
    envelope: flatEnvelope,
    guardsBodies: true,
    routes: (app: App) => {
      requireAdminToken(app, adminToken);
      organizationRoutes(app, context);
      flowRoutes(app, context);
      auditRoutes(app, context);
      endpointRoutes(app, context);
      unresolvedRoutes(app, context);
      payoutPolicyRoutes(app, context);
      ingestionRoutes(app, context);
      reconciliationRoutes(app, context);
      transactionAdminRoutes(app, context);
    },
  };
}
