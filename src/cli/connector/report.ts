// What a test run says to its author: each case, each step, what it came to, what it asked of the PSP and logged, what
// it cost, and what the limit means that it ran into.
import type { ScriptFailure, ScriptRun } from '../../connectors/script/contract.ts';
import type { Case } from './case.ts';
import { type PlayedStep, viewOf } from './play.ts';

export function reportOf(one: Case, steps: readonly PlayedStep[]): string {
  const failed = steps.some(({ problems }) => problems.length > 0);
  const head = `${failed ? 'FAILED' : 'passed'}  ${one.name}`;
  return [head, ...steps.flatMap(stepLines)].join('\n');
}

function stepLines({ step, played, problems }: PlayedStep): string[] {
  const wrong = problems.map((text) => `      ! ${text}`);
  if (played === null) return [`  ${step.do}${step.button ? ` ${step.button}` : ''}`, ...wrong];
  const { run } = played;
  const { means, result } = viewOf(played);
  const said = result ? `returned ${result.__type}` : 'did not return';
  const cost = run
    ? `   ${round(run.usage.cpuMs)} ms CPU, ${Math.ceil(run.usage.memoryBytes / 1024)} KB`
    : '';
  return [
    `  ${step.do.padEnd(9)} ${said}, means ${means}${cost}`,
    ...(run ? runLines(run) : []),
    ...wrong,
    ...(problems.length > 0 && result
      ? [`      returned: ${JSON.stringify(result).slice(0, 1_000)}`]
      : []),
  ];
}

function runLines({ exchanges, meta, warnings, end }: ScriptRun): string[] {
  const ended =
    end.kind === 'failed'
      ? [`      ${end.failure}: ${MEANINGS[end.failure]}`, ...indented(end.detail)]
      : [];
  return [
    ...exchanges.map(
      ({ method, url, sent, status, reason, latencyMs }) =>
        `      ${method} ${url} -> ${status ?? `${sent} (${reason ?? 'no answer'})`}, ${round(latencyMs)} ms`,
    ),
    ...Object.values(meta.logs).map(({ level, message }) => `      ${level} ${message}`),
    ...warnings.map((text) => `      warning: ${text}`),
    ...ended,
  ];
}

function indented(detail: string): string[] {
  return detail
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, 12)
    .map((line) => `        ${line}`);
}

function round(number: number): string {
  return number < 10 ? number.toFixed(1) : String(Math.round(number));
}

/** What a limit means, and what to do about it. */
const MEANINGS: Readonly<Record<ScriptFailure, string>> = {
  cpu: 'it computed too long, all its slices together. Leave hashes, JSON of megabytes and long loops to the sdk.',
  wall: 'it took too long altogether. Each call of sdk.http has a deadline of its own; await only what you need.',
  memory:
    'it needs more memory than a script may have. Do not keep whole answers; read pages one by one.',
  stack: 'it called itself too deep. A loop does not.',
  killed:
    'its thread had to be ended: it hung where nothing can interrupt it (indexOf on a huge array, say).',
  script_error:
    'it threw. What it had sent before is not undone: the server treats that as unknown.',
  module: 'it does not load, or lacks the step that connector.json names.',
  bad_result: 'what it returned is no result: return sdk.response.success, failure or redirect.',
  diverged: 'a replay went another way than the recorded run.',
  refused: 'it was not started.',
  unavailable:
    'it was not started: no room, or the definition is suspended after ending its thread three times.',
};
