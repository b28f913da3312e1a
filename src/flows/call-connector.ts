// One call of a connector for one connection: credentials opened, base URL chosen, guarded, metered.
// Nothing of the database is held open while the PSP is asked.
import { createHash } from 'node:crypto';
import type { Call, Connector, Credentials, Operation } from '../connectors/contract.ts';
import { callbackBase, connectorOf, shownCredentials } from '../connectors/registry.ts';
import { type OperationResult, runOperation } from '../connectors/run.ts';
import type { ScriptReport } from '../connectors/script/face.ts';
import type { Outcome } from '../domain/attempt/outcome.ts';
import { healthEffect } from '../domain/connection/health.ts';
import { findGoneCredentials } from '../store/gone-connections.ts';
import { openFields } from '../vault/envelope.ts';
import { type Configuration, credentialsPlace } from './configuration.ts';
import type { Context, Environment } from './context.ts';
import { sharedTokens } from './psp-token.ts';
import { keepReport, type ScriptedResult, scriptHost } from './script-host.ts';

/** DESIGN section 1.6: a PSP call has 20 s. */
export const CALL_DEADLINE_MS = 20_000;

export interface ConnectorCall {
  readonly environment: Environment;
  readonly configuration: Configuration;
  readonly connectionId: string;
  readonly provider: string;
  readonly name: Operation | 'submitAction' | 'sync' | 'syncRefund' | 'syncPayout' | 'syncReversal';
  /** False for questions. */
  readonly moves: boolean;
  /** What is asked about, or sent again, was sent while the connection was there. Left out: questions only. */
  readonly wasSent?: boolean;
  readonly deadlineMs?: number;
  readonly hidden?: readonly string[];
  readonly invoke: (connector: Connector, call: Call) => Promise<Outcome>;
}

/** A connector and the call it is given; or why there is none. */
type OpenedCall =
  | { readonly reason: string }
  | {
      readonly connector: Connector;
      readonly call: Call;
      /** What a script has reported of its run, once that has ended. */
      readonly reported: () => ScriptReport | null;
    };

export async function openCall(
  context: Context,
  request: Omit<ConnectorCall, 'name' | 'moves' | 'invoke'>,
): Promise<OpenedCall> {
  const { environment, configuration, connectionId, provider, wasSent } = request;
  const connector = connectorOf(provider);
  if (!connector) return { reason: `no connector for ${provider}` };
  const credentials =
    configuration.credentialsOf(connectionId) ??
    (wasSent ? await goneCredentials(context, environment, connectionId) : null);
  if (!credentials) return { reason: 'the connection no longer exists' };
  const deadlineMs = request.deadlineMs ?? CALL_DEADLINE_MS;
  const scripted = await scriptHost(context, environment, provider, deadlineMs);
  const call: Call = {
    credentials,
    mode: environment.mode,
    send: context.sendTo(provider, environment.mode, deadlineMs, credentials),
    nowMs: context.ports.clock.nowMs(),
    connection: createHash('sha256')
      .update(`${environment.id} ${connectionId}`)
      .digest('hex')
      .slice(0, 32),
    token: sharedTokens(context, environment.id, provider),
    callbackUrl: callbackBase(context.publicUrl, provider),
    shown: shownCredentials(connector.manifest),
    ...(scripted ? { script: scripted.host } : {}),
    ...(request.hidden ? { hidden: request.hidden } : {}),
  };
  return { connector, call, reported: () => scripted?.reported() ?? null };
}

async function goneCredentials(
  { db, keyRing }: Context,
  { id: environmentId }: Environment,
  connectionId: string,
): Promise<Credentials | null> {
  const sealed = await findGoneCredentials(db, environmentId, connectionId);
  if (sealed === null) return null;
  return openFields(keyRing, credentialsPlace(environmentId, connectionId), sealed);
}

/** Never rejects because of the PSP; rejects only when the connection or its credentials are gone. */
export async function callConnector(
  context: Context,
  request: ConnectorCall,
): Promise<ScriptedResult> {
  const { environment, connectionId, moves, wasSent = !moves } = request;
  const opened = await openCall(context, { ...request, wasSent });
  if ('reason' in opened) return uncalled(request, opened.reason);
  const { connector, call, reported } = opened;
  const invoke = (guarded: Call) => request.invoke(connector, guarded);
  const result = await runOperation(request.name, invoke, call, moves, context.ports.clock);
  if (moves) {
    const effect = healthEffect(result.outcome);
    context.calls.record({
      environmentId: environment.id,
      connectionId,
      ok:
        result.outcome.kind !== 'declined' &&
        result.outcome.kind !== 'not_sent' &&
        result.outcome.kind !== 'unknown',
      pspFailure: effect === 'failed',
      latencyMs: result.latencyMs,
      at: call.nowMs,
    });
  }
  const report = reported();
  if (!report) return result;
  const kept = await keepReport(context, environment, connectionId, report, call.credentials);
  return { ...result, report: kept };
}

/** Nothing left; but a question that was not asked, or a step that was not passed on, has refused nothing. */
function uncalled({ moves, name }: ConnectorCall, reason: string): OperationResult {
  const kind = moves && name !== 'submitAction' ? 'not_sent' : 'unknown';
  return { outcome: { kind, reason }, exchanges: [], latencyMs: 0 };
}
