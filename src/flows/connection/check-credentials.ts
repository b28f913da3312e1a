// Asks a PSP whether credentials are right, by its cheapest authenticated request. Moves no money.
import type { Call, Credentials, Manifest, Validation } from '../../connectors/contract.ts';
import { callbackBase, connectorOf, shownCredentials } from '../../connectors/registry.ts';
import { runValidation } from '../../connectors/run.ts';
import { CALL_DEADLINE_MS } from '../call-connector.ts';
import type { Context, Environment } from '../context.ts';
import { sharedTokens } from '../psp-token.ts';

export interface Checked extends Validation {
  readonly status: 'valid' | 'invalid' | 'unreachable' | 'unsupported';
}

export async function checkCredentials(
  context: Context,
  { id, mode }: Environment,
  { provider, name }: Manifest,
  credentials: Credentials,
): Promise<Checked> {
  const connector = connectorOf(provider);
  if (!connector) {
    const message = `${name} cannot be called yet: the connection is stored, but no payment goes there`;
    return { ok: false, reached: false, message, status: 'unsupported' };
  }
  const { clock } = context.ports;
  const send = context.sendTo(provider, mode, CALL_DEADLINE_MS, credentials);
  const call: Call = {
    credentials,
    mode,
    send,
    nowMs: clock.nowMs(),
    token: sharedTokens(context, id, provider),
    callbackUrl: callbackBase(context.publicUrl, provider),
    shown: shownCredentials(connector.manifest),
  };
  const invoke = (guarded: Call) => connector.validate(guarded);
  const { validation } = await runValidation(invoke, call, clock);
  const status = validation.ok ? 'valid' : validation.reached ? 'invalid' : 'unreachable';
  return { ...validation, status };
}
