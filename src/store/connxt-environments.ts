// An environment as the Connxt API knows it: the token and key of its callback URLs, and where payers are sent back to.
import { auditSql, type Change } from './audit.ts';
import { type Executor, type Statement, toTime } from './db.ts';

export interface ConnxtEnvironment {
  readonly environmentId: string;
  readonly callbackToken: string;
  readonly sealedCallbackKey: string;
  readonly origin: string | null;
  readonly successRedirectUrl: string | null;
  readonly failureRedirectUrl: string | null;
  readonly redirectOrigins: readonly string[];
  readonly strictAmounts: boolean;
  readonly exposeMeta: boolean;
}

const COLUMNS = `environment_id AS "environmentId", callback_token AS "callbackToken",
  sealed_callback_key AS "sealedCallbackKey", origin, success_redirect_url AS "successRedirectUrl",
  failure_redirect_url AS "failureRedirectUrl", redirect_origins AS "redirectOrigins",
  strict_amounts AS "strictAmounts", expose_meta AS "exposeMeta"`;

const FIND: Statement = {
  name: 'connxt_environments_find',
  text: `SELECT ${COLUMNS} FROM connxt_environments WHERE environment_id = $1`,
};

export async function findConnxtEnvironment(
  db: Executor,
  environmentId: string,
): Promise<ConnxtEnvironment | null> {
  return (await db.run<ConnxtEnvironment>(FIND, [environmentId]))[0] ?? null;
}

const BY_TOKEN: Statement = {
  name: 'connxt_environments_by_token',
  text: `SELECT ${COLUMNS} FROM connxt_environments WHERE callback_token = $1`,
};

/** Whose callback URL it is. */
export async function findByCallbackToken(
  db: Executor,
  token: string,
): Promise<ConnxtEnvironment | null> {
  return (await db.run<ConnxtEnvironment>(BY_TOKEN, [token]))[0] ?? null;
}

const INSERT: Statement = {
  name: 'connxt_environments_insert',
  text: `
INSERT INTO connxt_environments (environment_id, callback_token, sealed_callback_key, created_at, updated_at)
VALUES ($1, $2, $3, $4, $4) ON CONFLICT (environment_id) DO NOTHING`,
};

/** At its first use; whoever comes second keeps what the first one made. */
export async function insertConnxtEnvironment(
  db: Executor,
  made: Pick<ConnxtEnvironment, 'environmentId' | 'callbackToken' | 'sealedCallbackKey'>,
  nowMs: number,
): Promise<void> {
  const { environmentId, callbackToken, sealedCallbackKey } = made;
  await db.run(INSERT, [environmentId, callbackToken, sealedCallbackKey, toTime(nowMs)]);
}

const SET = `jsonb_build_object('origin', w.origin, 'success_redirect_url', w.success_redirect_url,
    'failure_redirect_url', w.failure_redirect_url, 'redirect_origins', w.redirect_origins,
    'strict_amounts', w.strict_amounts, 'expose_meta', w.expose_meta)`;

const SAVE: Statement = {
  name: 'connxt_environments_save',
  text: `
WITH w AS (
  UPDATE connxt_environments SET origin = $2, success_redirect_url = $3, failure_redirect_url = $4, redirect_origins = $5,
    strict_amounts = $6, expose_meta = $7, updated_at = $8
  WHERE environment_id = $1 RETURNING *, environment_id AS id
), a AS (${auditSql('w', 'environment', `'connxt settings set'`, SET, '$9', '$8')}
)
SELECT ${COLUMNS} FROM w`,
};

export async function saveConnxtEnvironment(
  db: Executor,
  settings: Omit<ConnxtEnvironment, 'callbackToken' | 'sealedCallbackKey'>,
  { actor, nowMs }: Change,
): Promise<ConnxtEnvironment | null> {
  const { environmentId, origin, successRedirectUrl, failureRedirectUrl } = settings;
  const { redirectOrigins, strictAmounts, exposeMeta } = settings;
  const [row] = await db.run<ConnxtEnvironment>(SAVE, [
    environmentId,
    origin,
    successRedirectUrl,
    failureRedirectUrl,
    redirectOrigins,
    strictAmounts,
    exposeMeta,
    toTime(nowMs),
    JSON.stringify(actor),
  ]);
  return row ?? null;
}
