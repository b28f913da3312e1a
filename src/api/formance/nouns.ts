// Every noun below /api/payments.

import { absentRoutes } from './absent/routes.ts';
import type { Noun } from './api.ts';
import { connectorListRoutes } from './connectors/list.ts';
import { infoRoutes } from './info/routes.ts';
import { initiationRoutes } from './initiations/index.ts';
import { paymentRoutes } from './payments/routes.ts';
import { taskRoutes } from './tasks/routes.ts';

export const formanceNouns: readonly Noun[] = [
  infoRoutes,
  connectorListRoutes,
  paymentRoutes,
  initiationRoutes,
  taskRoutes,
  absentRoutes,
];
