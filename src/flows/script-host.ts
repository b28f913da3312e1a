// What a script's call is given by the host, and what is kept of its run: the report as evidence of the payment, the
// journal beside it, so that any run can be run again (script-sandbox.md SB-41). Credentials stand in neither.
import type { Call } from '../connectors/contract.ts';
import { redactorOf } from '../connectors/redact.ts';
import { connectorOf } from '../connectors/registry.ts';
import type { OperationResult } from '../connectors/run.ts';
import type { ScriptReport } from '../connectors/script/face.ts';
import { newUuidHex } from '../kernel/ids.ts';
import { insertScriptRun } from '../store/script-runs.ts';
import type { Context, Environment } from './context.ts';
import { callbackKeyOf, urlsOf } from './transaction/callback-urls.ts';

/** As it is stored with the payment's history. */
export type StoredReport = Omit<ScriptReport, 'journal'> & { readonly run: string };

export interface ScriptedResult extends OperationResult {
  /** Of a connector that is a script. */
  readonly report?: StoredReport;
}

/** A run that heard more than this cannot be run again: it would cost every payment a page of the database. */
const JOURNAL_CHARACTERS_MAX = 256 * 1024;
/** Of a run's log, in a payment's history. */
const LOGS_MAX = 50;

type Host = NonNullable<Call['script']>;

/** Null for a connector that is no script. `reportOf` answers what the run reported, once it has ended. */
export async function scriptHost(
  context: Context,
  environment: Environment,
  provider: string,
  deadlineMs: number,
): Promise<{ readonly host: Host; readonly reported: () => ScriptReport | null } | null> {
  if (!connectorOf(provider)?.script) return null;
  const callback = await callbackKeyOf(context, environment.id);
  let reported: ScriptReport | null = null;
  return {
    host: {
      tenant: environment.id,
      deadlineMs,
      urls: (txnId) => urlsOf(context.publicUrl, callback, txnId),
      report: (report) => {
        reported = report;
      },
    },
    reported: () => reported,
  };
}

/** The report without its journal, which is stored on its own: losing it costs a replay, never a payment. */
export async function keepReport(
  { db, ports, log }: Context,
  environment: Environment,
  connectionId: string,
  { journal, ...report }: ScriptReport,
  credentials: Call['credentials'],
): Promise<StoredReport> {
  const run = newUuidHex(ports);
  const { txnId, definitionId, number } = report.facts;
  const row = { id: run, environmentId: environment.id, txnId, definitionId, number };
  const createdAt = ports.clock.nowMs();
  const kept = JSON.stringify(journal).length > JOURNAL_CHARACTERS_MAX ? null : journal;
  const insert = { ...row, step: report.step, connectionId, journal: kept, createdAt };
  await insertScriptRun(db, insert).catch((error: unknown) =>
    log.warn({ run, error: String(error) }, 'a script run was not kept'),
  );
  const { logs, http } = report.meta;
  const meta = { logs: Object.fromEntries(Object.entries(logs).slice(0, LOGS_MAX)), http };
  const text = redactorOf(credentials)(JSON.stringify({ ...report, meta, run }));
  return JSON.parse(text) as StoredReport;
}

/** The evidence of a call. */
export function evidenceOf({
  exchanges,
  report,
}: Pick<ScriptedResult, 'exchanges' | 'report'>): object {
  return report === undefined ? { exchanges } : { exchanges, script: report };
}
