// What the start says to a person: the address, and on the first start the keys of a first organization, which are
// shown this once and kept nowhere in clear.
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Context } from '../flows/context.ts';
import { createOrganization, type MadeOrganization } from '../flows/organization/create.ts';
import { listOrganizations } from '../store/organizations.ts';

/** Null when there is one already. */
export async function makeFirstOrganization(context: Context): Promise<MadeOrganization | null> {
  const { total } = await listOrganizations(context.db, { limit: 1, offset: 0 });
  if (total > 0) return null;
  const wanted = { name: 'My organization', defaultCountry: null };
  const actor = { type: 'system', id: 'switchyard', keyId: '' } as const;
  const change = { actor, nowMs: context.ports.clock.nowMs() };
  return context.db.transaction((tx) => createOrganization(context, tx, wanted, change));
}

export function welcome(
  { url }: { readonly url: string },
  config: Config,
  made: MadeOrganization | null,
): string {
  const base = config.publicUrl ?? url;
  if (!config.roles.has('api')) return `\nSwitchyard works on what is due, ${url}/healthz\n\n`;
  if (made === null) {
    return `\nSwitchyard listens on ${base}
More organizations and keys: switchyard keys create --organization <name>\n\n`;
  }
  const [sandbox, live] = made.keys;
  const token = config.adminToken === null ? join(config.dataDir, 'admin-token') : 'yours';
  return `
Switchyard listens on ${base}

The first organization, ${made.organization.id}. Keep its keys: they are shown this once.

  sandbox  Reevit key      ${sandbox?.reevitApiKey}
           Connxt token    ${sandbox?.connxtSecretToken}
           Formance client ${sandbox?.formanceClient.clientId}
                           ${sandbox?.formanceClient.clientSecret}
  live     Reevit key      ${live?.reevitApiKey}
           Connxt token    ${live?.connxtSecretToken}
           Formance client ${live?.formanceClient.clientId}
                           ${live?.formanceClient.clientSecret}
  admin    token           ${token}

${firstRequests(base, sandbox?.reevitApiKey ?? '', config.sandbox === 'simulator')}
`;
}

/** Pasted into a shell they connect a PSP and take a payment. */
function firstRequests(base: string, key: string, simulated: boolean): string {
  const secret = simulated ? 'sk_test_any' : 'sk_test_yours';
  const note = simulated ? ' (simulated: no money moves)' : '';
  return `Connect a PSP and take a payment${note}:

  KEY=${key}
  curl ${base}/v1/connections -H "X-Reevit-Key: $KEY" -H 'Content-Type: application/json' \\
    -d '{"provider":"paystack","credentials":{"secret_key":"${secret}"}}'
  curl ${base}/v1/payments/intents -H "X-Reevit-Key: $KEY" -H 'Content-Type: application/json' \\
    -d '{"amount":5000,"currency":"GHS","method":"card","customer_id":"ama@example.com","return_url":"https://example.com/thanks"}'

The answer's next_action.url is the page where the customer pays.
`;
}
