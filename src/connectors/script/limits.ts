// What a run may use (script-sandbox.md 2.2). A deployment may move a limit up to its maximum; a definition only down.
import type { ScriptLimits } from './contract.ts';

const KB = 1024;
const MB = 1024 * KB;

export const defaultLimits: ScriptLimits = {
  cpuMs: 250,
  wallMs: 30_000,
  callMs: 15_000,
  memoryBytes: 16 * MB,
  stackBytes: 256 * KB,
  contextBytes: 512 * KB,
  resultBytes: 256 * KB,
  stateBytes: 16 * KB,
  httpCalls: 20,
  httpInFlight: 5,
  requestBytes: MB,
  replyBytes: MB,
  logEntries: 200,
  logBytes: 4 * KB,
};

const maximumLimits: ScriptLimits = {
  ...defaultLimits,
  cpuMs: 2_000,
  wallMs: 60_000,
  callMs: 30_000,
  memoryBytes: 64 * MB,
  stackBytes: 512 * KB,
  httpCalls: 50,
  httpInFlight: 10,
  requestBytes: 5 * MB,
  replyBytes: 5 * MB,
};

/** Of the prepared source, in bytes of UTF-8. */
export const SOURCE_BYTES_MAX = 256 * KB;
/** To load a script at upload: everything at its top level. */
export const LOAD_CPU_MS = 50;

export function deploymentLimits(wished: Partial<ScriptLimits>): ScriptLimits {
  return within({ ...defaultLimits, ...wished }, maximumLimits);
}

export function runLimits(deployment: ScriptLimits, wished: Partial<ScriptLimits>): ScriptLimits {
  return within({ ...deployment, ...wished }, deployment);
}

function within(wished: ScriptLimits, bounds: ScriptLimits): ScriptLimits {
  const limits: Record<string, number> = {};
  for (const name of Object.keys(bounds) as (keyof ScriptLimits)[]) {
    const value = wished[name];
    limits[name] = value > 0 ? Math.min(value, bounds[name]) : bounds[name];
  }
  return limits as unknown as ScriptLimits;
}
