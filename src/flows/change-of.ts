// Who changes configuration and when, for the audit trail.
import type { Change } from '../store/audit.ts';
import type { Caller, Context } from './context.ts';

export function changeOf({ ports }: Context, { keyId, actorId }: Caller): Change {
  return {
    actor: { type: actorId === null ? 'api_key' : 'user', id: actorId ?? keyId, keyId },
    nowMs: ports.clock.nowMs(),
  };
}
