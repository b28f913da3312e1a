// Every noun below /api/payments.

import { absentRoutes } from './absent/routes.ts';
import { accountRoutes } from './accounts/routes.ts';
import type { Noun } from './api.ts';
import { bankAccountRoutes } from './bank-accounts/routes.ts';
import { connectorRoutes } from './connectors/index.ts';
import { infoRoutes } from './info/routes.ts';
import { initiationRoutes } from './initiations/index.ts';
import { paymentRoutes } from './payments/routes.ts';
import { poolRoutes } from './pools/routes.ts';
import { serviceUserRoutes } from './service-users/routes.ts';
import { taskRoutes } from './tasks/routes.ts';

export const formanceNouns: readonly Noun[] = [
  infoRoutes,
  connectorRoutes,
  paymentRoutes,
  initiationRoutes,
  accountRoutes,
  bankAccountRoutes,
  poolRoutes,
  serviceUserRoutes,
  taskRoutes,
  absentRoutes,
];
