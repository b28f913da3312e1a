// Runs of scripts for their authors and for operators: a dry run is answered from what is recorded, a replay from the
// journal of a run that was. Nothing leaves this machine in either.
import type {
  ScriptJournal,
  ScriptRequest,
  ScriptRun,
  ScriptStep,
  StepContext,
} from '../../connectors/script/contract.ts';
import type { Transmission } from '../../connectors/transport.ts';
import { notFound, Problem } from '../../kernel/problem.ts';
import { findScriptRun } from '../../store/script-runs.ts';
import type { Context, Environment } from '../context.ts';
import { findVersion } from './versions.ts';

/** An answer that stands for the PSP's; the first that fits is given, each once. */
export interface RecordedAnswer {
  readonly method: string;
  /** The whole URL, or its beginning when it ends in `*`. */
  readonly url: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

const DRY_RUN_MS = 10_000;

export async function dryRun(
  { flows }: Context,
  definitionId: string,
  number: number,
  asked: {
    readonly step: ScriptStep;
    readonly ctx: StepContext;
    readonly http: readonly RecordedAnswer[];
  },
): Promise<ScriptRun> {
  const { workshop } = flows;
  const { text, language, settings } = await findVersion(workshop, definitionId, number);
  const checked = await workshop.scripts.check({ text, language, steps: [asked.step] });
  if (!checked.ok)
    throw new Problem(422, 'version_invalid', 'The version does not pass', {
      problems: checked.problems,
    });
  const left = [...asked.http];
  return workshop.scripts.run({
    tenant: 'dry run',
    source: checked.source,
    sha256: checked.sha256,
    step: asked.step,
    ctx: { ...asked.ctx, step: asked.step },
    egress: settings.egress,
    secrets: asked.ctx.credential,
    limits: { wallMs: DRY_RUN_MS },
    send: async (request) => answerTo(left, request),
  });
}

function answerTo(left: RecordedAnswer[], { method, origin, path }: ScriptRequest): Transmission {
  const url = `${origin}${path}`;
  const index = left.findIndex((one) => one.method === method && fits(one.url, url));
  const [found] = index < 0 ? [] : left.splice(index, 1);
  if (!found) return { sent: 'not_sent', reason: `nothing is recorded for ${method} ${url}` };
  const { status, headers = {}, body } = found;
  return { sent: 'replied', status, headers, text: body };
}

function fits(pattern: string, url: string): boolean {
  return pattern.endsWith('*') ? url.startsWith(pattern.slice(0, -1)) : url === pattern;
}

/** The same run again; `diverged` when it went another way. */
export async function replayRun(
  context: Context,
  environment: Environment,
  id: string,
): Promise<ScriptRun> {
  const run = await findScriptRun(context.db, environment.id, id);
  const version = run && (await context.flows.version(run.definitionId, run.number));
  if (!run || !version) throw notFound('Script run');
  const configuration = await context.configurations.get(environment);
  const credentials = configuration.credentialsOf(run.connectionId);
  if (!credentials) throw new Problem(409, 'connection_gone', 'The connection no longer exists');
  const journal = run.journal as ScriptJournal | null;
  if (journal === null)
    throw new Problem(409, 'journal_not_kept', 'The run heard too much to be kept');
  return context.flows.workshop.scripts.replay(journal, version.source, credentials);
}
