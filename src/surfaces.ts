// Every API and page that the server has.
import { adminApi } from './api/admin/api.ts';
import type { Surface } from './api/app.ts';
import { connxtApi } from './api/connxt/api.ts';
import { formanceApi } from './api/formance/api.ts';
import { formanceNouns } from './api/formance/nouns.ts';
import { genericApi } from './api/generic/api.ts';
import { hostedPages } from './api/hosted/pages.ts';
import { reevitApi } from './api/reevit/api.ts';
import { nouns } from './api/reevit/nouns.ts';
import { incomingWebhooks } from './api/webhooks/incoming.ts';
import type { Context } from './flows/context.ts';

export function surfacesOf(context: Context, adminToken: string): Surface[] {
  return [
    reevitApi(context, nouns),
    adminApi(context, adminToken),
    ...connxtApi(context),
    ...formanceApi(context, formanceNouns),
    genericApi(context),
    ...incomingWebhooks(context),
    ...hostedPages(context),
  ];
}
