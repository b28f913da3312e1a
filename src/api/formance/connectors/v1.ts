// v1 /connectors (api/formance.md section 2): the routes with a connector's id, and the old ones that name a provider
// alone.

import { v1ProviderOf } from '../../../domain/ledger/providers.ts';
import {
  configureConnector,
  installConnector,
  resetConnector,
  uninstallConnector,
} from '../../../flows/connector/install.ts';
import { allProviders } from '../../../flows/connector/providers.ts';
import type { Context } from '../../../flows/context.ts';
import { listConnectors } from '../../../store/connector-settings.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { inFormanceWords } from '../initiations/refusals.ts';
import { answerList } from '../list.ts';
import {
  configFields,
  configView,
  installable,
  inWireNames,
  readConfig,
  readNewConfig,
} from './config.ts';
import { bothSchema, connectorIdOf, found, settingsOf, wordSchema } from './find.ts';
import { scheduleList, scheduleNamed, taskView } from './schedules.ts';

export function v1ConnectorRoutes(app: App, context: Context): void {
  app.get(
    '/connectors',
    { schema: { summary: 'List the installed connectors' } },
    async (request) => {
      const listed = await listConnectors(context.db, callerOf(request).environment.id);
      return {
        data: listed.map((one) => ({
          provider: v1ProviderOf(one.provider) ?? 'GENERIC',
          name: one.name,
          connectorID: connectorIdOf(one),
          enabled: one.status === 'active',
        })),
      };
    },
  );

  app.get('/connectors/configs', { schema: { summary: 'List what can be configured' } }, () => ({
    data: Object.fromEntries(
      allProviders().map((one) => [v1ProviderOf(one) ?? one.toUpperCase(), configFields(one)]),
    ),
  }));

  app.post(
    '/connectors/:connector',
    { schema: { ...wordSchema, summary: 'Install a connector' } },
    async (request, reply) => {
      const provider = installable(request.params.connector);
      const asked = readNewConfig(request.body, provider);
      const id = await inWireNames(provider, installConnector(context, callerOf(request), asked));
      return reply.code(201).send({ data: { connectorID: connectorIdOf({ id, provider }) } });
    },
  );

  oneConnector(app, context, '/connectors/:connector/:connectorID', bothSchema);
  oneConnector(app, context, '/connectors/:connector', wordSchema);

  app.post(
    '/connectors/:connector/:connectorID/config',
    { schema: { ...bothSchema, summary: 'Change the configuration' } },
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
}

type Schema = typeof bothSchema | typeof wordSchema;

/** What v1 has twice: with the connector's id, and of the provider's only connector. */
function oneConnector(app: App, context: Context, base: string, schema: Schema): void {
  app.get(
    `${base}/config`,
    { schema: { ...schema, summary: 'Get the configuration, secrets masked' } },
    async (request) => {
      const one = await found(context, request);
      return { data: configView(one.configuration, await settingsOf(context, request, one)) };
    },
  );

  app.delete(base, { schema: { ...schema, summary: 'Uninstall' } }, async (request, reply) => {
    const { connection } = await found(context, request);
    await inFormanceWords(uninstallConnector(context, callerOf(request), connection.id));
    return reply.code(204).send();
  });

  app.post(
    `${base}/reset`,
    { schema: { ...schema, summary: 'Install again, under a new id' } },
    async (request, reply) => {
      const { connection } = await found(context, request);
      await inFormanceWords(resetConnector(context, callerOf(request), connection.id));
      return reply.code(204).send();
    },
  );

  app.get(
    `${base}/tasks`,
    { schema: { ...schema, summary: 'List what polls' } },
    async (request) => {
      const { connection } = await found(context, request);
      return answerList(context, request, scheduleList(context, connection), (one) =>
        taskView(connection, one),
      );
    },
  );

  app.get(`${base}/tasks/:taskID`, { schema: { summary: 'Get what polls' } }, async (request) => {
    const { connection } = await found(context, request);
    const { taskID } = request.params as { readonly taskID: string };
    const one = await scheduleNamed(context, request, connection, taskID, 'Task');
    return { data: taskView(connection, one) };
  });
}
