// For tests: a merchant's transactions as the Connxt API lists them, newest first.
import type { App } from '../src/api/app.ts';
import type { MadeOrganization } from './house-server.ts';

export async function connxtTransactions(
  app: App,
  { organization }: { readonly organization: unknown },
): Promise<Readonly<Record<string, unknown>>[]> {
  const { environments } = organization as MadeOrganization;
  const reply = await app.inject({
    method: 'GET',
    url: '/connxt/v2/transactions',
    headers: { 'x-secret-token': environments[0]!.connxt_secret_token },
  });
  if (reply.statusCode !== 200) throw new Error(`no transactions: ${reply.body}`);
  return reply.json().data;
}
