// What an operator settles of the Connxt API: an environment's pages and rules, a person's word on a transaction, and
// looking into runs of scripts. Members are spelled as the Connxt API spells them.
import { type Static, Type } from 'typebox';
import type { Context } from '../../flows/context.ts';
import { dryRun, replayRun } from '../../flows/flow-catalogue/rehearse.ts';
import { callbackKeyOf } from '../../flows/transaction/callback-urls.ts';
import { decideTransaction } from '../../flows/transaction/decide-transaction.ts';
import { getTransaction } from '../../flows/transaction/find-transaction.ts';
import { invalid, notFound } from '../../kernel/problem.ts';
import { type ConnxtEnvironment, saveConnxtEnvironment } from '../../store/connxt-environments.ts';
import { findEnvironment } from '../../store/environments.ts';
import { listScriptRuns } from '../../store/script-runs.ts';
import type { App } from '../app.ts';
import { noteOperator, operatorChange, operatorOf } from './operator.ts';

const Id = Type.String({ minLength: 1, maxLength: 100 });
const EnvironmentParams = Type.Object({ environment_id: Id });
const TxnParams = Type.Object({ environment_id: Id, txn_id: Id });
const RunParams = Type.Object({ environment_id: Id, id: Id });
const VersionParams = Type.Object({
  id: Id,
  number: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 }),
});

const Page = Type.Union([Type.Null(), Type.String({ maxLength: 2_000 })]);
const Settings = Type.Object({
  origin: Type.Optional(Page),
  successRedirectUrl: Type.Optional(Page),
  failureRedirectUrl: Type.Optional(Page),
  redirectOrigins: Type.Optional(Type.Array(Type.String({ maxLength: 2_000 }), { maxItems: 20 })),
  strictAmounts: Type.Optional(Type.Boolean()),
  exposeMeta: Type.Optional(Type.Boolean()),
});

const DecisionBody = Type.Object({
  decision: Type.Enum(['APPROVED', 'REJECTED']),
  note: Type.String({ minLength: 1, maxLength: 1_000 }),
  refundReference: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
});

const Answer = Type.Object({
  method: Type.Enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  url: Type.String({ maxLength: 2_000 }),
  status: Type.Integer({ minimum: 100, maximum: 599 }),
  headers: Type.Optional(Type.Record(Type.String(), Type.String())),
  body: Type.String({ maxLength: 1_000_000 }),
});
const DryRunBody = Type.Object({
  step: Type.Enum(['initiate', 'redirect', 'webhook', 'sync']),
  ctx: Type.Object(
    {
      credential: Type.Record(Type.String(), Type.String()),
      txn: Type.Object({}, { additionalProperties: true }),
    },
    { additionalProperties: true },
  ),
  http: Type.Array(Answer, { maxItems: 50, default: [] }),
});

export function transactionAdminRoutes(app: App, context: Context): void {
  const { db } = context;
  const mustFind = async (id: string) => {
    const environment = await findEnvironment(db, id);
    if (!environment) throw notFound('Environment');
    return environment;
  };

  app.get(
    '/environments/:environment_id/connxt',
    { schema: { summary: 'Pages and rules of the Connxt API', params: EnvironmentParams } },
    async ({ params }) => {
      const { id } = await mustFind(params.environment_id);
      return settingsView((await callbackKeyOf(context, id)).settings);
    },
  );
  app.put(
    '/environments/:environment_id/connxt',
    {
      schema: {
        summary: 'Set pages and rules of the Connxt API',
        params: EnvironmentParams,
        body: Settings,
      },
    },
    async (request) => {
      const { params, body } = request;
      const { id, mode } = await mustFind(params.environment_id);
      const { settings } = await callbackKeyOf(context, id);
      const wanted = readSettings(settings, body, mode === 'live');
      const saved = await saveConnxtEnvironment(db, wanted, operatorChange(context, request));
      return settingsView(saved ?? wanted);
    },
  );
  app.post(
    '/environments/:environment_id/transactions/:txn_id/approval',
    {
      schema: { summary: 'Approve or reject a transaction', params: TxnParams, body: DecisionBody },
    },
    async (request) => {
      const { environment_id, txn_id } = request.params;
      const { decision, note, refundReference = null } = request.body;
      const environment = await mustFind(environment_id);
      const { record } = await getTransaction(context, environment, txn_id);
      const subject = { type: 'payment', id: record.payment.id } as const;
      const metadata = { ...request.body };
      const entry = { environmentId: environment.id, subject, action: 'transaction decided' };
      await noteOperator(context, request, { ...entry, metadata });
      const { id, history } = await decideTransaction(context, environment, txn_id, {
        approved: decision === 'APPROVED',
        by: operatorOf(request),
        note,
        refundReference,
      });
      return { txnId: id, status: history.status };
    },
  );
  app.get(
    '/environments/:environment_id/transactions/:txn_id/runs',
    { schema: { summary: 'Runs of scripts for a transaction', params: TxnParams } },
    async ({ params }) => {
      const environment = await mustFind(params.environment_id);
      const { id } = await getTransaction(context, environment, params.txn_id);
      const runs = await listScriptRuns(db, environment.id, id);
      return {
        runs: runs.map(({ environmentId: _environment, createdAt, ...run }) => ({
          ...run,
          createdAt: new Date(createdAt).toISOString(),
        })),
      };
    },
  );
  app.post(
    '/environments/:environment_id/script-runs/:id/replay',
    { schema: { summary: 'Run it again from its journal', params: RunParams } },
    async ({ params }) => replayRun(context, await mustFind(params.environment_id), params.id),
  );
  app.post(
    '/flow-definitions/:id/versions/:number/dry-run',
    { schema: { summary: 'Run a step on recorded HTTP', params: VersionParams, body: DryRunBody } },
    async ({ params, body }) => {
      const asked = body as unknown as Parameters<typeof dryRun>[3];
      const { end, exchanges, meta, warnings, verifiedBy, usage, sent } = await dryRun(
        context,
        params.id,
        params.number,
        asked,
      );
      return { end, exchanges, meta, warnings, verifiedBy, usage, sent };
    },
  );
}

type Rules = Omit<ConnxtEnvironment, 'callbackToken' | 'sealedCallbackKey'>;

function readSettings(known: Rules, body: Static<typeof Settings>, live: boolean): Rules {
  const page = (name: 'origin' | 'successRedirectUrl' | 'failureRedirectUrl') =>
    body[name] === undefined ? known[name] : pageUrl(name, body[name], live);
  const { redirectOrigins = known.redirectOrigins } = body;
  return {
    environmentId: known.environmentId,
    origin: page('origin'),
    successRedirectUrl: page('successRedirectUrl'),
    failureRedirectUrl: page('failureRedirectUrl'),
    redirectOrigins: redirectOrigins.map(
      (one) => new URL(mustBeUrl('redirectOrigins', one, live)).origin,
    ),
    strictAmounts: body.strictAmounts ?? known.strictAmounts,
    exposeMeta: body.exposeMeta ?? known.exposeMeta,
  };
}

function pageUrl(name: string, value: string | null, live: boolean): string | null {
  return value === null || value === '' ? null : mustBeUrl(name, value, live);
}

/** Payers of a live environment are sent nowhere in clear. */
function mustBeUrl(name: string, value: string, live: boolean): string {
  const url = URL.canParse(value) ? new URL(value) : null;
  const schemes = live ? ['https:'] : ['https:', 'http:'];
  if (url && schemes.includes(url.protocol) && url.username === '' && url.password === '')
    return url.href;
  throw invalid(
    'validation_error',
    `${name} must be an ${live ? 'https' : 'http or https'} URL`,
    name,
  );
}

function settingsView({
  environmentId,
  callbackToken,
  ...rest
}: Rules & { callbackToken?: string }) {
  const { sealedCallbackKey: _key, ...shown } = rest as Partial<ConnxtEnvironment>;
  return { environmentId, ...(callbackToken ? { callbackToken } : {}), ...shown };
}
