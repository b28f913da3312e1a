// Every noun below /api/payments.
import type { Noun } from './api.ts';
import { connectorListRoutes } from './connectors/list.ts';
import { infoRoutes } from './info/routes.ts';
import { paymentRoutes } from './payments/routes.ts';

export const formanceNouns: readonly Noun[] = [infoRoutes, connectorListRoutes, paymentRoutes];
