// Every noun below /v1.

import type { Noun } from './api.ts';
import { apiKeyRoutes } from './api-keys/routes.ts';
import { connectionRoutes } from './connections/routes.ts';
import { paymentRoutes } from './payments/index.ts';
import { routingRuleRoutes } from './routing-rules/routes.ts';
import { webhookEventRoutes } from './webhook-events/routes.ts';

export const nouns: readonly Noun[] = [
  connectionRoutes,
  routingRuleRoutes,
  apiKeyRoutes,
  paymentRoutes,
  webhookEventRoutes,
];
