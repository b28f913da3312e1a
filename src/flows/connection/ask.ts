// Asks a connection's PSP something that moves nothing: its balances, whose an account is.
import type { Call, Connector, Told } from '../../connectors/contract.ts';
import { callbackBase, connectorOf } from '../../connectors/registry.ts';
import { runQuestion } from '../../connectors/run.ts';
import { notFound, Problem } from '../../kernel/problem.ts';
import { CALL_DEADLINE_MS } from '../call-connector.ts';
import type { Context, Environment } from '../context.ts';
import { sharedTokens } from '../psp-token.ts';

/** 404 for an unknown connection, 400 `not_supported` where the PSP has no such question, 502 when it did not answer. */
export async function askConnection<T>(
  context: Context,
  environment: Environment,
  connectionId: string,
  what: string,
  invoke: (connector: Connector, call: Call) => Promise<Told<T>> | undefined,
): Promise<T> {
  const configuration = await context.configurations.get(environment);
  const connection = configuration.connection(connectionId);
  const credentials = configuration.credentialsOf(connectionId);
  if (!connection || !credentials) throw notFound('Connection', 'connection_not_found');
  const { provider } = connection;
  const connector = connectorOf(provider);
  const call = {
    credentials,
    mode: environment.mode,
    send: context.sendTo(provider, environment.mode, CALL_DEADLINE_MS, credentials),
    nowMs: context.ports.clock.nowMs(),
    token: sharedTokens(context, environment.id, provider),
    callbackUrl: callbackBase(context.publicUrl, provider),
  };
  const told = await runQuestion<T | null>(
    async (guarded) =>
      (connector && (await invoke(connector, guarded))) ?? { kind: 'told', value: null },
    call,
    context.ports.clock,
  );
  if (told.kind === 'told' && told.value === null) {
    const message = `${provider} does not tell ${what}`;
    throw new Problem(400, 'not_supported', message, { provider });
  }
  if (told.kind === 'told') return told.value as T;
  if (told.kind === 'refused') throw new Problem(400, 'provider_refused', told.message);
  throw new Problem(502, 'provider_unavailable', told.message);
}
