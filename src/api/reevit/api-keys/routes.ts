// /v1/api-keys: keys of the caller's environment (api/reevit.md section 3). A key's secret is in the answer that made it,
// as `raw` and `key`, and nowhere else.
import { type Static, Type } from 'typebox';
import { createApiKey } from '../../../flows/api-key/create.ts';
import { revokeApiKey } from '../../../flows/api-key/revoke.ts';
import type { Context } from '../../../flows/context.ts';
import { type ApiKey, listKeys } from '../../../store/api-keys.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { idempotent } from '../../idempotency/idempotent.ts';
import { IdParams, OrNull, Time, TimeOrNull, time, timeOrNull } from '../schemas.ts';

const KeyBody = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 200 }),
  scopes: OrNull(Type.Array(Type.String({ maxLength: 60 }), { maxItems: 50 })),
});

const KeyView = Type.Object({
  id: Type.String(),
  org_id: Type.String(),
  name: Type.String(),
  scopes: Type.Array(Type.String()),
  created_at: Time,
  last_used_at: TimeOrNull,
  revoked_at: TimeOrNull,
});

const KEYS_SHOWN_MAX = 500;

export function apiKeyRoutes(app: App, context: Context): void {
  app.get(
    '/api-keys',
    {
      config: { scopes: ['api_keys:read'] },
      schema: {
        summary: 'List keys, newest first, revoked ones included',
        response: { 200: Type.Array(KeyView) },
      },
    },
    async (request) => {
      const { environment } = callerOf(request);
      const keys = await listKeys(context.db, environment.id, KEYS_SHOWN_MAX);
      return keys.map((key) => keyView(environment.organizationId, key));
    },
  );

  app.post(
    '/api-keys',
    {
      config: { scopes: ['api_keys:write'], missingCodes: { name: 'missing_name' } },
      schema: { summary: 'Make a key; its secret is shown this once', body: KeyBody },
    },
    (request, reply) => {
      const caller = callerOf(request);
      const { name, scopes } = request.body;
      return idempotent(
        context,
        request,
        reply,
        async (tx) => {
          const fields = { name, scopes: scopes ?? [] };
          const { stored, key } = await createApiKey(context, tx, caller, fields);
          const view = keyView(caller.environment.organizationId, stored);
          return { status: 201, body: { ...view, raw: key, key } };
        },
        { secret: true },
      );
    },
  );

  app.delete(
    '/api-keys/:id',
    {
      config: { scopes: ['api_keys:write'] },
      schema: { summary: 'Revoke a key', params: IdParams },
    },
    (request, reply) =>
      idempotent(context, request, reply, async (tx) => {
        await revokeApiKey(context, tx, callerOf(request), request.params.id);
        return { status: 204 };
      }),
  );
}

function keyView(organizationId: string, key: ApiKey): Static<typeof KeyView> {
  return {
    id: key.id,
    org_id: organizationId,
    name: key.name,
    scopes: [...key.scopes],
    created_at: time(key.createdAt),
    last_used_at: timeOrNull(key.lastUsedAt),
    revoked_at: timeOrNull(key.revokedAt),
  };
}
