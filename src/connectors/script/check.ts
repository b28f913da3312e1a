// What a script has to be before it is stored (script-sandbox.md SB-30, SB-31): a module of the right size that loads
// quickly, keeps still while it does, and exports an async function for each of its steps.
import { createHash } from 'node:crypto';
import type { ScriptCheck, ScriptStep, ScriptText } from './contract.ts';
import type { Loaded } from './hosted-load.ts';
import { LOAD_CPU_MS, SOURCE_BYTES_MAX } from './limits.ts';
import { removeTypes } from './remove-types.ts';

const STEPS: readonly string[] = ['initiate', 'redirect', 'webhook', 'sync'];
const HOSTS = /\bhttps?:\/\/([a-z0-9-]+(?:\.[a-z0-9-]+)+)/gi;

export async function checkScript(
  { text, language, steps }: ScriptText,
  load: (source: string, sha256: string) => Promise<Loaded>,
): Promise<ScriptCheck> {
  if (Buffer.byteLength(text) > SOURCE_BYTES_MAX) {
    return refused(`larger than ${SOURCE_BYTES_MAX / 1024} KB`);
  }
  const plain = language === 'typescript' ? await removeTypes([text]) : [text];
  if ('problem' in plain) return refused(plain.problem);
  const [source = ''] = plain;
  if (source.includes('\u0000') || !source.isWellFormed()) return refused('not well-formed text');
  const sha256 = createHash('sha256').update(source).digest('hex');
  const loaded = await load(source, sha256);
  if (!loaded.ok) return refused(problemOf(loaded));
  const problems = [
    ...(loaded.logged ? ['the top level may not log'] : []),
    ...steps.flatMap((step) => stepProblem(step, loaded.exports)),
  ];
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    source,
    sha256,
    exports: loaded.exports
      .filter(({ name, kind }) => STEPS.includes(name) && kind === 'async')
      .map(({ name }) => name as ScriptStep),
    hosts: [...new Set([...source.matchAll(HOSTS)].map(([, host]) => host!.toLowerCase()))],
  };
}

function stepProblem(
  step: ScriptStep,
  exports: readonly { readonly name: string; readonly kind: string }[],
): string[] {
  const kind = exports.find(({ name }) => name === step)?.kind;
  if (kind === 'async') return [];
  const isFunction = kind === 'function' || kind === 'generator';
  return [
    isFunction
      ? `The exported handler is not an async function: ${step}`
      : `Must export a function named '${step}'`,
  ];
}

function problemOf({ failure, detail }: Extract<Loaded, { ok: false }>): string {
  switch (failure) {
    case 'module':
      return `it does not load: ${detail.trim()}`;
    case 'cpu':
    case 'killed':
    case 'wall':
      return `its top level takes longer than ${LOAD_CPU_MS} ms`;
    default:
      return `it does not load: ${failure}: ${detail.trim()}`;
  }
}

function refused(problem: string): ScriptCheck {
  return { ok: false, problems: [problem] };
}
