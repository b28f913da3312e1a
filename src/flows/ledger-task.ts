// A task that is done with the commit that makes it: for clients that ask what became of it.
import { newUuid } from '../kernel/ids.ts';
import type { Executor } from '../store/db.ts';
import { insertTask } from '../store/ledger-tasks.ts';
import type { Context } from './context.ts';

/** Its reference. */
export async function finishedTask(
  { ports }: Context,
  tx: Executor,
  environmentId: string,
  connectionId: string | null,
  createdObjectId: string | null,
): Promise<string> {
  const nowMs = ports.clock.nowMs();
  const reference = newUuid(ports);
  await insertTask(tx, {
    environmentId,
    reference,
    connectionId,
    status: 'SUCCEEDED',
    createdObjectId,
    error: null,
    createdAt: nowMs,
    updatedAt: nowMs,
  });
  return reference;
}
