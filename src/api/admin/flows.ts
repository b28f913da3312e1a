// Targets, actions and definitions of the Connxt API, and the life of their scripts (connxt.md section 8): never behind
// a merchant's secret. Members are spelled as the Connxt API spells them.
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Context } from '../../flows/context.ts';
import { installConnector, refuseTaken } from '../../flows/flow-catalogue/install.ts';
import { readHandedIn, settingsFrom } from '../../flows/flow-catalogue/settings.ts';
import {
  createDraft,
  findVersion,
  publishVersion,
  rollBack,
  type Version,
  validateVersion,
} from '../../flows/flow-catalogue/versions.ts';
import { newTypeId } from '../../kernel/base62.ts';
import { invalid, notFound, Problem } from '../../kernel/problem.ts';
import type { NewAuditEntry } from '../../store/audit.ts';
import {
  type FlowTarget,
  insertFlowAction,
  listFlowActions,
  listFlowDefinitions,
  listFlowTargets,
  listFlowTypes,
  listFlowVersions,
  saveFlowTarget,
} from '../../store/flow-catalogue.ts';
import type { App } from '../app.ts';
import { noteOperator } from './operator.ts';

const ADMIN = 'admin';
const TEXT_BYTES_MAX = 256 * 1024;

const Id = Type.Object({ id: Type.String({ maxLength: 80 }) });
const IdAndNumber = Type.Object({
  id: Type.String({ maxLength: 80 }),
  number: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
});
const Open = Type.Object({}, { additionalProperties: true });

const ConnectorBody = Type.Object({
  /** As `connector.json`. */
  connector: Open,
  /** The text of each file that its actions name. */
  scripts: Type.Record(Type.String({ maxLength: 100 }), Type.String({ maxLength: TEXT_BYTES_MAX })),
});

const Words = Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 500 });
const TargetBody = Type.Object({
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  logo: Type.Optional(Type.Union([Type.Null(), Type.String({ maxLength: 262_144 })])),
  status: Type.Optional(Type.Enum(['ENABLED', 'DISABLED'])),
  /** What the target takes; an empty list is any. */
  inputSchema: Type.Optional(
    Type.Object(
      { currencies: Words, countries: Words, paymentMethods: Words },
      { additionalProperties: false },
    ),
  ),
});

const ActionBody = Type.Object({
  name: Type.String({ pattern: '^[A-Z][A-Z0-9_]{1,39}$' }),
  steps: Type.Array(Type.Enum(['initiate', 'redirect', 'webhook', 'sync']), {
    minItems: 1,
    uniqueItems: true,
  }),
});

const DraftBody = Type.Object({
  code: Type.String({ minLength: 1, maxLength: TEXT_BYTES_MAX }),
  language: Type.Enum(['javascript', 'typescript'], { default: 'javascript' }),
  /** Left out: those of the version before. */
  settings: Type.Optional(Open),
});

const RollbackBody = Type.Object({
  number: Type.Optional(Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 })),
});

export function flowRoutes(app: App, context: Context): void {
  catalogueRoutes(app, context);
  versionRoutes(app, context);
}

function catalogueRoutes(app: App, context: Context): void {
  const { db, flows, ports } = context;
  app.get('/flow-types', { schema: { summary: 'Flow types' } }, async () => ({
    flowTypes: await listFlowTypes(db),
  }));
  app.get('/flow-actions', { schema: { summary: 'Actions, newest first' } }, async () => ({
    flowActions: (await listFlowActions(db)).map(timed),
  }));
  app.post(
    '/flow-actions',
    { schema: { summary: 'Add an action to the flow type PSP', body: ActionBody } },
    async (request, reply) => {
      const { name, steps } = request.body;
      await note(context, request, { type: 'flow_action', id: name }, 'added', { steps });
      const [type] = await listFlowTypes(db);
      const made = await insertFlowAction(db, {
        ...request.body,
        id: newTypeId('fat', ports),
        flowTypeId: type?.id ?? '',
        createdAt: ports.clock.nowMs(),
      });
      if (!made) throw new Problem(409, 'action_exists', 'There is an action of that name');
      await flows.refresh();
      return reply.code(201).send(timed(made));
    },
  );
  app.get('/flow-targets', { schema: { summary: 'Script targets' } }, async () => ({
    flowTargets: (await listFlowTargets(db)).map(timed),
  }));
  app.put(
    '/flow-targets/:id',
    {
      schema: {
        summary: 'Change a target: its name, logo, status, lists',
        params: Id,
        body: TargetBody,
      },
    },
    async (request) => {
      const { params, body } = request;
      const target = (await listFlowTargets(db)).find(({ id }) => id === params.id);
      if (!target) throw notFound('Flow target', 'target_not_found');
      const { logo: _picture, ...told } = body;
      await note(context, request, { type: 'flow_target', id: target.id }, 'changed', told);
      const saved = await saveFlowTarget(db, changed(target, body, ports.clock.nowMs())).catch(
        refuseTaken,
      );
      await flows.refresh();
      return timed(saved);
    },
  );
  app.post(
    '/script-connectors',
    { schema: { summary: 'Install a whole connector and publish it', body: ConnectorBody } },
    async (request, reply) => {
      const { body } = request;
      const handed = readHandedIn(body.connector, body.scripts);
      const { key } = handed.connector;
      flows.assertOurs(key);
      await note(context, request, { type: 'script_connector', id: key }, 'installed', {});
      await installConnector(flows.workshop, handed, ADMIN);
      await flows.refresh();
      return reply.code(201).send(await connectorView(context, key));
    },
  );
}

function versionRoutes(app: App, context: Context): void {
  const { db, flows } = context;
  const { workshop } = flows;
  app.get('/flow-definitions', { schema: { summary: 'Definitions of all targets' } }, async () => ({
    flowDefinitions: (await listFlowDefinitions(db)).map(timed),
  }));
  app.get(
    '/flow-definitions/:id/versions',
    { schema: { summary: 'Versions, newest first', params: Id } },
    async ({ params }) => ({
      versions: ((await listFlowVersions(db, params.id)) as Version[]).map(versionSummary),
    }),
  );
  app.post(
    '/flow-definitions/:id/versions',
    { schema: { summary: 'Add a draft', params: Id, body: DraftBody } },
    async (request, reply) => {
      const { params, body } = request;
      await note(context, request, definitionOf(params), 'draft added', {});
      const [newest] = (await listFlowVersions(db, params.id)) as Version[];
      const settings = settingsFrom(body.settings, newest?.settings ?? null);
      const draft = { text: body.code, language: body.language, settings };
      const made = await createDraft(workshop, params.id, draft, ADMIN);
      return reply.code(201).send(versionView(made));
    },
  );
  app.get(
    '/flow-definitions/:id/versions/:number',
    { schema: { summary: 'A version with its code', params: IdAndNumber } },
    async ({ params }) => versionView(await findVersion(workshop, params.id, params.number)),
  );
  app.post(
    '/flow-definitions/:id/versions/:number/validate',
    { schema: { summary: 'Check schemas, map and script', params: IdAndNumber } },
    async (request) => {
      const { id, number } = request.params;
      await note(context, request, definitionOf({ id }), 'version validated', { number });
      return versionView(await validateVersion(workshop, id, number));
    },
  );
  app.post(
    '/flow-definitions/:id/versions/:number/publish',
    { schema: { summary: 'Let new transactions run it', params: IdAndNumber } },
    async (request) => {
      const { id, number } = request.params;
      await note(context, request, definitionOf({ id }), 'version published', { number });
      const published = await publishVersion(workshop, id, number, ADMIN);
      await flows.refresh();
      return versionView(published);
    },
  );
  app.post(
    '/flow-definitions/:id/rollback',
    { schema: { summary: 'Publish an earlier version again', params: Id, body: RollbackBody } },
    async (request) => {
      const { id } = request.params;
      const { number = null } = request.body;
      await note(context, request, definitionOf({ id }), 'rolled back', { number });
      const published = await rollBack(workshop, id, number, ADMIN);
      await flows.refresh();
      return versionView(published);
    },
  );
}

/** What is of the whole installation is in the chain of no environment. */
function note(
  context: Context,
  request: FastifyRequest,
  subject: NewAuditEntry['subject'],
  action: string,
  metadata: object,
): Promise<void> {
  const entry = { environmentId: 'admin', subject, action, metadata: { ...metadata } };
  return noteOperator(context, request, entry);
}

function definitionOf({ id }: { readonly id: string }) {
  return { type: 'flow_definition', id } as const;
}

function changed(target: FlowTarget, body: Static<typeof TargetBody>, nowMs: number): FlowTarget {
  const { name, logo, status, inputSchema } = { ...target, ...body };
  if (logo !== null && !/^(https:\/\/|data:image\/)/.test(logo))
    throw invalid('validation_error', 'logo must be an https URL or a data:image URL', 'logo');
  return { ...target, name, logo, status, inputSchema, updatedAt: nowMs };
}

async function connectorView({ db }: Context, code: string) {
  const target = (await listFlowTargets(db)).find((one) => one.code === code);
  const definitions = await listFlowDefinitions(db);
  const own = definitions.filter(({ flowTargetId }) => flowTargetId === target?.id);
  return { flowTarget: target && timed(target), flowDefinitions: own.map(timed) };
}

function versionView(version: Version) {
  const { text, settings } = version;
  return { ...versionSummary(version), code: text, settings };
}

function versionSummary(version: Version) {
  const { definitionId, number, status, sha256, language, createdBy, publishedBy } = version;
  const { createdAt, publishedAt } = version;
  return {
    flowDefinitionId: definitionId,
    number,
    status,
    sha256: sha256 === '' ? null : sha256,
    language,
    createdBy,
    createdAt: iso(createdAt),
    publishedBy,
    publishedAt: publishedAt === null ? null : iso(publishedAt),
  };
}

function timed<T extends { readonly createdAt: number; readonly updatedAt?: number }>(one: T) {
  const { updatedAt } = one;
  return {
    ...one,
    createdAt: iso(one.createdAt),
    ...(updatedAt === undefined ? {} : { updatedAt: iso(updatedAt) }),
  };
}

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
