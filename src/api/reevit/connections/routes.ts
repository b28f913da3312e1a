// /v1/connections: making, changing and removing connections. Reading them is in reads.ts.
import { Type } from 'typebox';
import {
  deleteMerchantConnection,
  labelConnection,
  setConnectionStatus,
} from '../../../flows/connection/change.ts';
import { saveMerchantConnection } from '../../../flows/connection/save.ts';
import { testConnection } from '../../../flows/connection/test.ts';
import { validateConnection } from '../../../flows/connection/validate.ts';
import type { Context } from '../../../flows/context.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { idempotent, idempotentAround } from '../../idempotency/idempotent.ts';
import { IdParams } from '../schemas.ts';
import { connectionReads } from './reads.ts';
import { ConnectionBody, connectionView, Labels, postedConnection, Status } from './schema.ts';

const writes = { scopes: ['connections:write'] };

export function connectionRoutes(app: App, context: Context): void {
  connectionReads(app, context);

  app.post(
    '/connections',
    {
      config: writes,
      schema: {
        summary: 'Create a connection, or replace the one with the same id',
        body: ConnectionBody,
      },
    },
    (request, reply) =>
      idempotent(context, request, reply, async (tx) => {
        const posted = postedConnection(request.body);
        const shown = await saveMerchantConnection(context, tx, callerOf(request), posted);
        return { status: 201, body: connectionView(shown) };
      }),
  );

  app.post(
    '/connections/test',
    {
      config: writes,
      schema: { summary: 'Ask the PSP about credentials; nothing is stored', body: ConnectionBody },
    },
    (request, reply) =>
      idempotentAround(context, request, reply, async () => {
        const posted = postedConnection(request.body);
        const tested = await testConnection(context, callerOf(request).environment, posted);
        return { status: 200, body: { ...tested, success: tested.ok } };
      }),
  );

  app.post(
    '/connections/:id/validate',
    {
      config: writes,
      schema: {
        summary: 'Ask the PSP whether the stored credentials are right',
        params: IdParams,
      },
    },
    (request, reply) =>
      idempotentAround(context, request, reply, async () => {
        const shown = await validateConnection(context, callerOf(request), request.params.id);
        return { status: 200, body: connectionView(shown) };
      }),
  );

  app.patch(
    '/connections/:id/labels',
    {
      config: writes,
      schema: {
        summary: 'Replace the labels',
        params: IdParams,
        body: Type.Object({ labels: Labels }),
      },
    },
    (request, reply) =>
      idempotent(context, request, reply, async (tx) => {
        const { params, body } = request;
        const caller = callerOf(request);
        const shown = await labelConnection(context, tx, caller, params.id, body.labels);
        return { status: 200, body: connectionView(shown) };
      }),
  );

  app.patch(
    '/connections/:id/status',
    {
      config: writes,
      schema: {
        summary: 'Let the connection take payments, or not',
        params: IdParams,
        body: Type.Object({ status: Status }),
      },
    },
    (request, reply) =>
      idempotent(context, request, reply, async (tx) => {
        const { params, body } = request;
        const caller = callerOf(request);
        const shown = await setConnectionStatus(context, tx, caller, params.id, body.status);
        return { status: 200, body: connectionView(shown) };
      }),
  );

  app.delete(
    '/connections/:id',
    { config: writes, schema: { summary: 'Remove the connection', params: IdParams } },
    (request, reply) =>
      idempotent(context, request, reply, async (tx) => {
        await deleteMerchantConnection(context, tx, callerOf(request), request.params.id);
        return { status: 204 };
      }),
  );
}
