// /v3/tasks/{taskID}: what became of what was answered with 202 (api/formance.md section 5).
import { Type } from 'typebox';
import { encodeConnector } from '../../../domain/ledger/ids.ts';
import type { Configuration } from '../../../flows/configuration.ts';
import type { Context } from '../../../flows/context.ts';
import { findPayoutFacts } from '../../../flows/payout/index.ts';
import { findPayoutTask } from '../../../flows/payout/task.ts';
import { findTask } from '../../../store/ledger-tasks.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { unknownThing } from '../envelope.ts';
import { initiationId, paymentIdOf } from '../initiations/view.ts';
import { connectorOfRow, everNamedIn } from '../named.ts';
import { isUuid, timeView } from '../read-body.ts';

const Params = Type.Object({ taskID: Type.String({ minLength: 1, maxLength: 8_000 }) });

export function taskRoutes(app: App, context: Context): void {
  app.get(
    '/v3/tasks/:taskID',
    { schema: { summary: 'Get a task', params: Params } },
    async (request) => {
      const { environment } = callerOf(request);
      const configuration = await context.configurations.get(environment);
      const { taskID } = request.params;
      // What concerns no connector has a task without one.
      const named = isUuid(taskID)
        ? { reference: taskID, connectionId: null }
        : everNamedIn(configuration, taskID, 'Task');
      const { reference, connectionId } = named;
      const task = (await ledgerTask(reference)) ?? (await payoutTask(reference, configuration));
      if (!task) throw unknownThing('Task');
      const connectorID =
        connectionId === null
          ? null
          : encodeConnector(connectorOfRow(configuration, connectionId, task.provider));
      return {
        data: {
          id: taskID,
          ...(connectorID === null ? {} : { connectorID }),
          status: task.status,
          createdAt: timeView(task.createdAt),
          updatedAt: timeView(task.updatedAt),
          ...(task.createdObjectId === null ? {} : { createdObjectID: task.createdObjectId }),
          ...(task.error === null ? {} : { error: task.error }),
        },
      };

      async function ledgerTask(name: string) {
        const found = await findTask(context.db, environment.id, name);
        return found && { ...found, provider: null };
      }

      async function payoutTask(name: string, known: Configuration) {
        const found = await findPayoutTask(context, environment, name);
        if (!found) return null;
        const { record, attempt } = found;
        const payout = await findPayoutFacts(context, environment, record.payment.id);
        const made = record.attempts.find(({ number }) => number === attempt);
        const id = made
          ? paymentIdOf(known, { record }, made)
          : initiationId(known, { record, payout });
        const createdObjectId = found.status === 'SUCCEEDED' ? id : null;
        return { ...found, provider: record.payment.provider, createdObjectId };
      }
    },
  );
}
