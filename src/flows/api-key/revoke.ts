// Ends a Reevit key: from the next request on it is refused.
import { notFound } from '../../kernel/problem.ts';
import { revokeKey } from '../../store/api-keys.ts';
import type { Executor } from '../../store/db.ts';
import { changeOf } from '../change-of.ts';
import type { Caller, Context } from '../context.ts';

export async function revokeApiKey(
  context: Context,
  db: Executor,
  caller: Caller,
  keyId: string,
): Promise<void> {
  const revoked = await revokeKey(db, caller.environment.id, keyId, changeOf(context, caller));
  if (!revoked) throw notFound('API key');
}
