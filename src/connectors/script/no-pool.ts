// Stands where scripts do not run: commands beside the server, and tests that need none. It refuses, and sends nothing.
import type { ScriptPool, ScriptRun } from './contract.ts';
import { defaultLimits } from './limits.ts';

const message = 'Connector unavailable';
const detail = 'scripts do not run in this process';

export const noScripts: ScriptPool = {
  run: async ({ sha256, step, egress }): Promise<ScriptRun> => refused(sha256, step, egress),
  replay: async ({ sha256, step, egress }) => refused(sha256, step, egress),
  check: async () => ({ ok: false, problems: [detail] }),
  close: async () => {},
};

function refused(
  sha256: string,
  step: ScriptRun['journal']['step'],
  egress: readonly string[],
): ScriptRun {
  return {
    end: { kind: 'failed', failure: 'unavailable', message, detail },
    sent: 'not_sent',
    refusalIsCertain: true,
    exchanges: [],
    verifiedBy: null,
    meta: { logs: {}, http: {} },
    warnings: [],
    journal: {
      version: 1,
      sha256,
      step,
      ctx: '',
      egress,
      limits: defaultLimits,
      startedAtMs: 0,
      seed: '',
      drawn: [],
      calls: [],
    },
    usage: { cpuMs: 0, wallMs: 0, memoryBytes: 0, httpCalls: 0 },
  };
}
