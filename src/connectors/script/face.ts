// What the host and a script connector have to say to each other beyond the contract of all connectors: which version a
// transaction is bound to, where its callbacks come in, and what a run of it came to.
import type { Outcome } from '../../domain/attempt/outcome.ts';
import type { Call } from '../contract.ts';
import type {
  Json,
  ScriptAction,
  ScriptJournal,
  ScriptMeta,
  ScriptOutcome,
  ScriptStep,
  StepContext,
  StepResult,
} from './contract.ts';
import type { ScriptVersion } from './version.ts';

/** Stored with an attempt or a refund when it begins: every later step sees the same. */
export interface ScriptFacts {
  /** `ortx…` */
  readonly txnId: string;
  readonly action: ScriptAction;
  readonly definitionId: string;
  readonly number: number;
  readonly merchantOrderId: string;
  /** The executePayload; `ctx.data` of `initiate`. */
  readonly payload: Json;
  /** Epoch milliseconds. */
  readonly createdAtMs: number;
}

export interface ScriptReport {
  readonly facts: Pick<ScriptFacts, 'txnId' | 'action' | 'definitionId' | 'number'>;
  readonly step: ScriptStep;
  readonly sha256: string;
  /** What the handler returned; null when it did not. */
  readonly result: StepResult | null;
  /** The text for clients when it did not (connxt.md 7.6). */
  readonly error: string | null;
  /** For operators. */
  readonly detail: string | null;
  /** As the host reads the result (connxt.md 11.5); null: it said nothing. */
  readonly outcome: ScriptOutcome | null;
  readonly verifiedBy: string | null;
  readonly meta: ScriptMeta;
  readonly warnings: readonly string[];
  readonly journal: ScriptJournal;
}

/** What the host gives a call of a script. */
export interface ScriptHost {
  /** Whose run it is: tenants take turns. */
  readonly tenant: string;
  /** A run may take as long as a call of any connector. */
  readonly deadlineMs: number;
  urls(txnId: string): StepContext['urls'];
  report(report: ScriptReport): void;
}

/** An inbound message as `ctx.data` shows it (connxt.md 9.2). */
export interface Inbound {
  readonly facts: ScriptFacts;
  readonly step: 'redirect' | 'webhook';
  readonly data: Json;
  /** What is known of the transaction at the PSP. */
  readonly known: KnownAtPsp;
  /** Null: no refund. */
  readonly parent: StepContext['parent'];
  readonly wallMs: number;
  /** The host has checked the signature itself. */
  readonly verified: boolean;
}

export interface KnownAtPsp {
  readonly reference: string;
  readonly pspReference: string | null;
  readonly pspState: Readonly<Record<string, string>>;
  readonly amountMinor: bigint;
  readonly currency: string;
}

/** What an inbound message came to. */
export interface InboundReading {
  /** Null: nothing to be settled, only a reason to ask. */
  readonly outcome: Outcome | null;
  readonly report: ScriptReport;
}

export interface ScriptFace {
  /** The version that new transactions run; null: the connector has no such action. */
  pin(action: ScriptAction): ScriptVersion | null;
  version(facts: Pick<ScriptFacts, 'definitionId' | 'number'>): Promise<ScriptVersion | null>;
  /** Runs `redirect` or `webhook`. */
  hear(inbound: Inbound, call: Call): Promise<InboundReading>;
}
