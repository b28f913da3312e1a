// Asks the PSP whether a stored connection's credentials are still right, and notes the answer with the connection.
import { manifestOf } from '../../connectors/registry.ts';
import { notFound } from '../../kernel/problem.ts';
import { recordValidation } from '../../store/connections.ts';
import { changeOf } from '../change-of.ts';
import type { Caller, Context } from '../context.ts';
import { checkCredentials } from './check-credentials.ts';
import { type ShownConnection, shownConnection } from './view.ts';

/** No transaction is open while the PSP is asked. */
export async function validateConnection(
  context: Context,
  caller: Caller,
  id: string,
): Promise<ShownConnection> {
  const { environment } = caller;
  const configuration = await context.configurations.get(environment);
  const connection = configuration.connection(id);
  const credentials = configuration.credentialsOf(id);
  const manifest = connection && manifestOf(connection.provider);
  if (!manifest || !credentials) throw notFound('Connection', 'connection_not_found');
  const { ok, status, message } = await checkCredentials(
    context,
    environment,
    manifest,
    credentials,
  );
  const change = changeOf(context, caller);
  const result = { status, error: ok ? '' : message };
  const stored = await recordValidation(context.db, environment.id, id, result, change);
  if (!stored) throw notFound('Connection', 'connection_not_found');
  return shownConnection(context, environment, stored);
}
