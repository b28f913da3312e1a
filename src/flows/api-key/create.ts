// Makes a Reevit key that may do no more than the key that asks for it.
import { invalid, Problem } from '../../kernel/problem.ts';
import { type ApiKey, insertKey } from '../../store/api-keys.ts';
import type { Executor } from '../../store/db.ts';
import { lockConfiguration } from '../../store/environments.ts';
import { changeOf } from '../change-of.ts';
import type { Caller, Context } from '../context.ts';
import { BROWSER_SCOPE, newReevitKey, serverScopes } from './new-key.ts';

const KEYS_MAX = 200;
/** What the CLI expects of a server key (api/reevit.md section 3). */
const DEFAULT_SCOPES = ['payments:read', 'payments:write'];

export interface NewApiKeyFields {
  readonly name: string;
  /** Empty: the default. */
  readonly scopes: readonly string[];
}

/** `key` is shown this once. */
export async function createApiKey(
  context: Context,
  db: Executor,
  caller: Caller,
  { name, scopes }: NewApiKeyFields,
): Promise<{ readonly stored: ApiKey; readonly key: string }> {
  if (name.trim() === '') throw invalid('missing_name', 'name must not be empty', 'name');
  const wanted = scopes.length === 0 ? DEFAULT_SCOPES : [...new Set(scopes)];
  for (const scope of wanted) checkScope(caller, scope);
  const { id, key, secretHash } = newReevitKey(context.ports, caller.environment.mode);
  const row = {
    environmentId: caller.environment.id,
    id,
    name: name.trim(),
    secretHash,
    scopes: wanted,
  };
  await lockConfiguration(db, caller.environment.id);
  const stored = await insertKey(db, row, changeOf(context, caller), KEYS_MAX);
  if (!stored)
    throw new Problem(400, 'limit_reached', `An environment has at most ${KEYS_MAX} API keys`);
  return { stored, key };
}

function checkScope({ scopes }: Caller, scope: string): void {
  if (scope !== BROWSER_SCOPE && !serverScopes.includes(scope))
    throw invalid('validation_error', `There is no scope ${scope.slice(0, 60)}`, 'scopes');
  const covered = scope === BROWSER_SCOPE ? [BROWSER_SCOPE, 'payments:write'] : [scope];
  if (covered.some((one) => scopes.includes(one))) return;
  const message = `This API key cannot give away the scope ${scope}: it does not have it`;
  throw new Problem(403, 'insufficient_scopes', message, { required_scopes: [scope] });
}
