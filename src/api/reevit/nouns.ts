// Every noun below /v1.

import type { Noun } from './api.ts';
import { apiKeyRoutes } from './api-keys/routes.ts';
import { beneficiaryRoutes } from './beneficiaries/routes.ts';
import { connectionRoutes } from './connections/routes.ts';
import { eventRoutes } from './events/index.ts';
import { paymentRoutes } from './payments/index.ts';
import { payoutRoutes } from './payouts/index.ts';
import { routingRuleRoutes } from './routing-rules/routes.ts';
import { webhookEventRoutes } from './webhook-events/routes.ts';
import { webhookConfigRoutes, webhookEndpointRoutes } from './webhooks/config.ts';
import { dashboardRoutes, outboundRoutes } from './webhooks/outbound.ts';

export const nouns: readonly Noun[] = [
  connectionRoutes,
  routingRuleRoutes,
  apiKeyRoutes,
  paymentRoutes,
  payoutRoutes,
  beneficiaryRoutes,
  webhookEventRoutes,
  webhookConfigRoutes,
  webhookEndpointRoutes,
  outboundRoutes,
  dashboardRoutes,
  eventRoutes,
];
