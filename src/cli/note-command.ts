// What a command changed goes into the audit log, as what the admin API changes does.
import type { Context } from '../flows/context.ts';
import { addAudit, type Change, type NewAuditEntry } from '../store/audit.ts';

export async function noteCommand(
  context: Context,
  entry: Omit<NewAuditEntry, 'environmentId'>,
): Promise<void> {
  await addAudit(context.db, { environmentId: 'admin', ...entry }, commandChange(context));
}

export function commandChange({ ports }: Context): Change {
  const actor = { type: 'operator', id: 'command line', keyId: '' } as const;
  return { actor, nowMs: ports.clock.nowMs() };
}
