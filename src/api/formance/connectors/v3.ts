// v3 /connectors (api/formance.md section 3).
import type { FastifyRequest } from 'fastify';
import { connectorRef } from '../../../domain/ledger/ids.ts';
import { providerOfWord } from '../../../domain/ledger/providers.ts';
import type { Configuration } from '../../../flows/configuration.ts';
import {
  configureConnector,
  installConnector,
  resetConnector,
  uninstallConnector,
} from '../../../flows/connector/install.ts';
import { allProviders, capabilitiesOf } from '../../../flows/connector/providers.ts';
import type { Context } from '../../../flows/context.ts';
import { type ListedConnector, pageConnectors } from '../../../store/connector-settings.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { inFormanceWords } from '../initiations/refusals.ts';
import { answerList, type List, type Positioned } from '../list.ts';
import { connectionNameOf } from '../named.ts';
import { timeView } from '../read-body.ts';
import { isKnownTag, taggedCapabilities } from './capabilities.ts';
import {
  configFields,
  configView,
  installable,
  inWireNames,
  readConfig,
  readNewConfig,
} from './config.ts';
import { connectorIdOf, found, idSchema, settingsOf, wordSchema } from './find.ts';
import {
  instanceList,
  instanceView,
  scheduleList,
  scheduleNamed,
  scheduleView,
} from './schedules.ts';

const ALL = '/v3/connectors';
const ONE = `${ALL}/:connectorID`;
const INSTALL_BYTES_MAX = 500_000;

export function v3ConnectorRoutes(app: App, context: Context): void {
  const list = connectorList(context);

  app.get(ALL, { schema: { summary: 'List the installed connectors' } }, async (request) => {
    const configuration = await context.configurations.get(callerOf(request).environment);
    return answerList(context, request, list, (one) => connectorView(configuration, one));
  });

  app.post(
    `${ALL}/install/:connector`,
    {
      schema: { ...wordSchema, summary: 'Install a connector' },
      bodyLimit: INSTALL_BYTES_MAX,
    },
    async (request, reply) => {
      const provider = installable(request.params.connector);
      const asked = readNewConfig(request.body, provider);
      const id = await inWireNames(provider, installConnector(context, callerOf(request), asked));
      return reply.code(202).send({ data: connectorIdOf({ id, provider }) });
    },
  );

  app.get(`${ALL}/configs`, { schema: { summary: 'List what can be configured' } }, () => ({
    data: Object.fromEntries(allProviders().map((one) => [one, configFields(one)])),
  }));

  app.get(
    `${ALL}/capabilities`,
    { schema: { summary: 'List what each provider can do' } },
    (request, reply) => {
      const { text, etag } = taggedCapabilities();
      reply.header('etag', etag).header('cache-control', 'public, max-age=3600, must-revalidate');
      if (isKnownTag(request.headers['if-none-match'], etag)) return reply.code(304).send();
      return reply.type('application/json').send(text);
    },
  );

  changes(app, context);
  schedules(app, context);
}

function changes(app: App, context: Context): void {
  app.delete(ONE, { schema: { ...idSchema, summary: 'Uninstall' } }, async (request, reply) => {
    const { connection } = await found(context, request);
    const done = uninstallConnector(context, callerOf(request), connection.id);
    return reply.code(202).send({ data: { taskID: await inFormanceWords(done) } });
  });

  app.get(
    `${ONE}/config`,
    { schema: { ...idSchema, summary: 'Get the configuration, secrets masked' } },
    async (request) => {
      const one = await found(context, request);
      return { data: configView(one.configuration, await settingsOf(context, request, one)) };
    },
  );

  app.patch(
    `${ONE}/config`,
    { schema: { ...idSchema, summary: 'Change the configuration' } },
    async (request, reply) => {
      const { connection } = await found(context, request);
      const asked = readConfig(request.body, connection.provider);
      await inWireNames(
        connection.provider,
        configureConnector(context, callerOf(request), connection.id, asked),
      );
      return reply.code(204).send();
    },
  );

  app.get(
    `${ONE}/capabilities`,
    { schema: { ...idSchema, summary: 'List what the connector can do' } },
    async (request) => {
      const { connection } = await found(context, request);
      return { data: capabilitiesOf(connection.provider) };
    },
  );

  app.post(
    `${ONE}/reset`,
    { schema: { ...idSchema, summary: 'Install again, under a new id' } },
    async (request, reply) => {
      const { connection } = await found(context, request);
      const id = await inFormanceWords(resetConnector(context, callerOf(request), connection.id));
      return reply.code(202).send({ data: connectorIdOf({ ...connection, id }) });
    },
  );
}

function schedules(app: App, context: Context): void {
  const named = async (request: FastifyRequest) => {
    const { connection } = await found(context, request);
    const { scheduleID } = request.params as { readonly scheduleID: string };
    const one = await scheduleNamed(context, request, connection, scheduleID, 'Schedule');
    return { connection, one };
  };

  app.get(
    `${ONE}/schedules`,
    { schema: { ...idSchema, summary: 'List what polls' } },
    async (request) => {
      const { connection } = await found(context, request);
      return answerList(context, request, scheduleList(context, connection), (one) =>
        scheduleView(connection, one),
      );
    },
  );

  app.get(
    `${ONE}/schedules/:scheduleID`,
    { schema: { summary: 'Get a schedule' } },
    async (request) => {
      const { connection, one } = await named(request);
      return { data: scheduleView(connection, one) };
    },
  );

  app.get(
    `${ONE}/schedules/:scheduleID/instances`,
    { schema: { summary: 'List runs of a schedule' } },
    async (request) => {
      const { connection, one } = await named(request);
      return answerList(context, request, instanceList(context, connection, one.kind), (run) =>
        instanceView(connection, one.kind, run),
      );
    },
  );
}

function connectorList({ configurations, db }: Context): List<ListedConnector & Positioned> {
  return {
    name: 'connectors',
    fields: async (environment) => {
      const configuration = await configurations.get(environment);
      return {
        id: { kind: 'text', read: (id) => connectionNameOf(configuration, id) },
        name: { kind: 'text' },
        provider: { kind: 'text', read: providerOfWord },
      };
    },
    sorts: { createdAt: 'created_at', name: 'name' },
    defaultSort: { field: 'created_at', descending: true },
    tie: 'id',
    fetch: (environment, page) => pageConnectors(db, environment.id, page),
  };
}

function connectorView(configuration: Configuration, connector: ListedConnector) {
  return {
    id: connectorIdOf(connector),
    reference: connectorRef(connector).reference,
    name: connector.name,
    createdAt: timeView(connector.createdAt),
    updatedAt: timeView(connector.updatedAt),
    provider: connector.provider,
    scheduledForDeletion: false,
    config: configView(configuration, connector),
    capabilities: capabilitiesOf(connector.provider),
  };
}
