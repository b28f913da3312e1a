// Every noun below /v1.
import type { Noun } from './api.ts';
import { paymentRoutes } from './payments/index.ts';
import { webhookEventRoutes } from './webhook-events/routes.ts';

export const nouns: readonly Noun[] = [paymentRoutes, webhookEventRoutes];
