// What the host and a slot say to each other (script-sandbox.md 4). What comes from a slot is read as if it came from
// an attacker: whoever broke out of the engine speaks with its voice.
import type { ScriptStep } from './contract.ts';

/** Given to a slot's thread at its start. */
export interface SlotData {
  readonly wasm: WebAssembly.Module;
  readonly prelude: Readonly<Record<string, string>>;
  /** No heap may become larger, whatever the engine believes. */
  readonly memoryBytes: number;
  /** Three words: the run that computes now (0: none), a count that moves while it does, and what it has spent. */
  readonly beat: SharedArrayBuffer;
}

export const COMPUTING = 0;
export const BEAT = 1;
/** Milliseconds of processor time: on a busy machine other time says nothing. */
export const SPENT = 2;

export interface SlotLimits {
  readonly cpuMs: number;
  readonly memoryBytes: number;
  readonly stackBytes: number;
  readonly resultBytes: number;
  /** Further ones are answered here. */
  readonly httpCalls: number;
  readonly callBytes: number;
  readonly logEntries: number;
  /** Of one entry, with room for a credential at the cut. */
  readonly logBytes: number;
}

export type ToSlot =
  | {
      readonly type: 'exec';
      readonly run: number;
      readonly sha256: string;
      /** Null: the slot has it. */
      readonly source: string | null;
      /** A version that the slot may forget. */
      readonly forget: string | null;
      /** Null: only load it and name its exports. */
      readonly step: ScriptStep | null;
      readonly ctx: string;
      readonly seed: string;
      readonly nowMs: number;
      /** Signatures that were drawn when the run ran before. */
      readonly drawn: readonly string[];
      /** Say when nothing is left to do but wait. */
      readonly tellWaiting: boolean;
      readonly limits: SlotLimits;
    }
  | {
      readonly type: 'reply';
      readonly run: number;
      readonly call: number;
      readonly text: string;
      readonly nowMs: number;
    }
  | { readonly type: 'cancel'; readonly run: number };

export type SlotEnd =
  | 'returned'
  | 'exports'
  | 'script_error'
  | 'bad_result'
  | 'module'
  | 'cpu'
  | 'memory'
  | 'stack'
  | 'wall';

export interface SlotLog {
  readonly level: string;
  readonly text: string;
  readonly atMs: number;
}

export type FromSlot =
  | { readonly type: 'ready' }
  /** Nothing to do until the next answer; so many have been read. */
  | { readonly type: 'waits'; readonly run: number; readonly answers: number }
  | {
      readonly type: 'call';
      readonly run: number;
      readonly call: number;
      readonly name: string;
      readonly args: string;
      readonly said: Said;
    }
  | {
      readonly type: 'end';
      readonly run: number;
      readonly end: SlotEnd;
      readonly text: string;
      readonly said: Said;
      readonly cpuMs: number;
      readonly heapBytes: number;
      /** The slot's engine is not to be trusted any more. */
      readonly broken: boolean;
    };

/** What a run said since its last message. */
export interface Said {
  readonly logs: readonly SlotLog[];
  readonly drawn: readonly string[];
  readonly verifiedBy: string | null;
  readonly logsCut: boolean;
}

const ENDS: readonly string[] = [
  'returned',
  'exports',
  'script_error',
  'bad_result',
  'module',
  'cpu',
  'memory',
  'stack',
  'wall',
];
const TEXT_CHARACTERS_MAX = 8 * 1024 * 1024;
const LOGS_MAX = 1_000;

/** Null for what is no message. */
export function readFromSlot(value: unknown): FromSlot | null {
  if (!isRecord(value)) return null;
  if (value.type === 'ready') return { type: 'ready' };
  const { run } = value;
  if (!isCount(run)) return null;
  if (value.type === 'waits') {
    return isCount(value.answers) ? { type: 'waits', run, answers: value.answers } : null;
  }
  const said = readSaid(value.said);
  if (said === null) return null;
  if (value.type === 'call') {
    const { call, name, args } = value;
    return isCount(call) && isText(name) && isText(args)
      ? { type: 'call', run, call, name, args, said }
      : null;
  }
  const { end, text, cpuMs, heapBytes, broken } = value;
  return value.type === 'end' &&
    isText(end) &&
    ENDS.includes(end) &&
    isText(text) &&
    isAmount(cpuMs) &&
    isAmount(heapBytes)
    ? {
        type: 'end',
        run,
        end: end as SlotEnd,
        text,
        said,
        cpuMs,
        heapBytes,
        broken: broken === true,
      }
    : null;
}

function readSaid(value: unknown): Said | null {
  if (!isRecord(value)) return null;
  const { logs, drawn, verifiedBy, logsCut } = value;
  if (!Array.isArray(logs) || logs.length > LOGS_MAX) return null;
  if (!Array.isArray(drawn) || drawn.length > LOGS_MAX || !drawn.every(isText)) return null;
  const entries = logs.filter(isLog);
  if (entries.length !== logs.length) return null;
  if (verifiedBy !== null && !isText(verifiedBy)) return null;
  return { logs: entries, drawn, verifiedBy, logsCut: logsCut === true };
}

function isLog(value: unknown): value is SlotLog {
  return isRecord(value) && isText(value.level) && isText(value.text) && isAmount(value.atMs);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= TEXT_CHARACTERS_MAX;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
