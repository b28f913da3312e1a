// Who works with the admin token: for the audit log. The token proves an operator; the name is what he says.
import type { FastifyRequest } from 'fastify';
import type { Context } from '../../flows/context.ts';
import { addAudit, type Change, type NewAuditEntry } from '../../store/audit.ts';
import { headerOf } from '../auth/presented-key.ts';

export function operatorOf(request: FastifyRequest): string {
  return headerOf(request, 'x-actor-id')?.slice(0, 200) ?? 'operator';
}

export function operatorChange({ ports }: Context, request: FastifyRequest): Change {
  const actor = { type: 'operator', id: operatorOf(request), keyId: 'admin token' } as const;
  return { actor, nowMs: ports.clock.nowMs() };
}

/** Puts what an operator does into the audit log, before it begins: what is not there was not done. */
export function noteOperator(
  context: Context,
  request: FastifyRequest,
  entry: NewAuditEntry,
): Promise<void> {
  return addAudit(context.db, entry, operatorChange(context, request));
}
