// One call of a connector for one connection: credentials opened, base URL chosen, guarded, metered.
// Nothing of the database is held open while the PSP is asked.
import type { Call, Connector, Operation } from '../connectors/contract.ts';
import { callbackBase, connectorOf, shownCredentials } from '../connectors/registry.ts';
import { type OperationResult, runOperation } from '../connectors/run.ts';
import type { Outcome } from '../domain/attempt/outcome.ts';
import { healthEffect } from '../domain/connection/health.ts';
import type { Configuration } from './configuration.ts';
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
  readonly name: Operation | 'submitAction' | 'sync' | 'syncRefund' | 'syncPayout';
  /** False for questions. */
  readonly moves: boolean;
  readonly deadlineMs?: number;
  readonly hidden?: readonly string[];
  readonly invoke: (connector: Connector, call: Call) => Promise<Outcome>;
}

/** Never rejects because of the PSP; rejects only when the connection or its credentials are gone. */
export async function callConnector(
  context: Context,
  request: ConnectorCall,
): Promise<ScriptedResult> {
  const { environment, configuration, connectionId, provider, moves } = request;
  const connector = connectorOf(provider);
  if (!connector) return uncalled(request, `no connector for ${provider}`);
  const credentials = configuration.credentialsOf(connectionId);
  if (!credentials) return uncalled(request, 'the connection no longer exists');
  const deadlineMs = request.deadlineMs ?? CALL_DEADLINE_MS;
  const scripted = await scriptHost(context, environment, provider, deadlineMs);
  const call: Call = {
    credentials,
    mode: environment.mode,
    send: context.sendTo(provider, environment.mode, deadlineMs),
    nowMs: context.ports.clock.nowMs(),
    token: sharedTokens(context, environment.id, provider),
    callbackUrl: callbackBase(context.publicUrl, provider),
    shown: shownCredentials(connector.manifest),
    ...(scripted ? { script: scripted.host } : {}),
    ...(request.hidden ? { hidden: request.hidden } : {}),
  };
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
  const report = scripted?.reported();
  if (!report) return result;
  return {
    ...result,
    report: await keepReport(context, environment, connectionId, report, credentials),
  };
}

/** Nothing left; but a question that was not asked, or a step that was not passed on, has refused nothing. */
function uncalled({ moves, name }: ConnectorCall, reason: string): OperationResult {
  const kind = moves && name !== 'submitAction' ? 'not_sent' : 'unknown';
  return { outcome: { kind, reason }, exchanges: [], latencyMs: 0 };
}
