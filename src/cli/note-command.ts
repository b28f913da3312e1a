// What a command changed goes into the audit log, as what the admin API changes does.
import type { Context } from '../flows/context.ts';
import { addAudit, type NewAuditEntry } from '../store/audit.ts';

export async function noteCommand(
  { db, ports }: Context,
  entry: Omit<NewAuditEntry, 'environmentId'>,
): Promise<void> {
  const actor = { type: 'operator', id: 'command line', keyId: '' } as const;
  await addAudit(db, { environmentId: 'admin', ...entry }, { actor, nowMs: ports.clock.nowMs() });
}
