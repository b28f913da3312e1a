// What a script is given and what becomes of a run of it: the whole surface between the sandbox and the rest of the
// server. A run never throws; what left this machine is said by the transport, never by the script.
import type { PspRequest, Transmission } from '../transport.ts';

export type ScriptStep = 'initiate' | 'redirect' | 'webhook' | 'sync';
export type ScriptAction = 'DEPOSIT' | 'WITHDRAW' | 'REFUND';

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json };

/** `ctx` of a handler: plain data, frozen, at most 512 KB as JSON (connxt.md 9.3). */
export interface StepContext {
  readonly id: string;
  readonly step: ScriptStep;
  readonly credential: Readonly<Record<string, string>>;
  /** `initiate`: the executePayload; `redirect`, `webhook`: the inbound message; `sync`: why we ask. */
  readonly data: Json;
  readonly urls: {
    readonly server: {
      readonly redirect: string;
      readonly webhook: string;
      readonly successRedirectUrl: string;
      readonly failureRedirectUrl: string;
    };
    readonly origin: {
      readonly successRedirectUrl: string;
      readonly failureRedirectUrl: string;
      readonly webhookUrl: string;
    };
  };
  readonly txn: {
    readonly id: string;
    readonly action: ScriptAction;
    /** Decimal text with exactly the currency's number of decimals. */
    readonly amount: string;
    readonly currency: string;
    readonly merchantOrderId: string;
    readonly pspTxnId: string | null;
    readonly status: string;
    readonly createdAt: string;
  };
  readonly parent: {
    readonly txnId: string;
    readonly pspTxnId: string | null;
    readonly amount: string;
    readonly currency: string;
    readonly createdAt: string;
    readonly state: Json;
  } | null;
  readonly state: Json;
  readonly live: boolean;
  readonly idempotencyKey: string;
}

export type ScriptOutcome = 'PENDING' | 'ACCEPTED' | 'SUCCEEDED' | 'FAILED' | 'REJECTED';

interface ResultExtras {
  readonly outcome?: ScriptOutcome;
  readonly pspTxnId?: string;
  readonly amount?: string;
  readonly currency?: string;
  readonly errorCode?: string;
  readonly state?: Json;
  readonly ack?: {
    readonly status?: number;
    readonly body?: string;
    readonly contentType?: string;
  };
}

/** What a handler returned, with the shape of connxt.md 9.5 checked; `data` is not checked against any schema yet. */
export type StepResult = ResultExtras &
  (
    | { readonly __type: 'success'; readonly data: Json }
    | { readonly __type: 'failure'; readonly message: string; readonly status: number }
    | { readonly __type: 'redirect'; readonly url: string; readonly data: Json }
  );

/** One request of a script, after the egress check. `origin` is the PSP's real one; a sender may rewrite it. */
export interface ScriptRequest extends PspRequest {
  /** `https://app.paymaxis.com`. */
  readonly origin: string;
  readonly deadlineMs: number;
}

export type ScriptSend = (request: ScriptRequest) => Promise<Transmission>;

export interface ScriptLimits {
  /** Processor time over the whole run. */
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly callMs: number;
  readonly memoryBytes: number;
  readonly stackBytes: number;
  readonly contextBytes: number;
  readonly resultBytes: number;
  readonly stateBytes: number;
  readonly httpCalls: number;
  readonly httpInFlight: number;
  readonly requestBytes: number;
  readonly replyBytes: number;
  readonly logEntries: number;
  readonly logBytes: number;
}

export interface ScriptJob {
  /** Whose run it is (the environment's id): tenants take turns, and one cannot fill another's queue. */
  readonly tenant: string;
  /** JavaScript as prepared at upload (`check`), and the SHA-256 of it in hexadecimal. */
  readonly source: string;
  readonly sha256: string;
  readonly step: ScriptStep;
  readonly ctx: StepContext;
  /** Hosts the script may call: `app.paymaxis.com`, `api.example.com:8443`, `api.example.com/v2/`. */
  readonly egress: readonly string[];
  /** By name, the values that must not come out: removed from results, logs, errors and the journal. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly limits?: Partial<ScriptLimits>;
  readonly send: ScriptSend;
}

/**
 * `cpu`, `wall`, `memory`, `stack`: a limit. `killed`: its thread had to be ended. `script_error`: it threw. `module`:
 * it does not load or lacks the step. `bad_result`: what it returned is no result. `diverged`: a replay went another
 * way. `refused`: never started. `unavailable`: no room, or the definition is suspended; never started either.
 */
export type ScriptFailure =
  | 'cpu'
  | 'wall'
  | 'memory'
  | 'stack'
  | 'killed'
  | 'script_error'
  | 'module'
  | 'bad_result'
  | 'diverged'
  | 'refused'
  | 'unavailable';

export type ScriptEnd =
  | { readonly kind: 'returned'; readonly result: StepResult }
  | {
      readonly kind: 'failed';
      readonly failure: ScriptFailure;
      /** For clients: one of the texts of connxt.md 7.6 and 9.1. */
      readonly message: string;
      /** For the author and operators; credentials removed. */
      readonly detail: string;
    };

/** One call that a script made, as evidence. */
export interface ScriptExchange {
  readonly method: PspRequest['method'];
  /** Credentials removed. */
  readonly url: string;
  readonly movesNoMoney: boolean;
  readonly sent: Transmission['sent'];
  /** HTTP status when replied. */
  readonly status: number | null;
  /** Why there is no reply. */
  readonly reason: string | null;
  readonly latencyMs: number;
}

export interface ScriptLog {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** JSON text of what was logged, credentials removed. */
  readonly message: string;
  readonly timestamp: string;
}

/** `meta` of the VM result (connxt.md 9.5), credentials removed; keys are `"0"`, `"1"` … */
export interface ScriptMeta {
  readonly logs: Readonly<Record<string, ScriptLog>>;
  readonly http: Readonly<
    Record<
      string,
      {
        readonly request: {
          readonly url: string;
          readonly method: string;
          readonly headers: Readonly<Record<string, string>>;
          readonly data: string | null;
        };
        readonly response: {
          readonly status: number;
          readonly headers: Readonly<Record<string, string>>;
          readonly data: string | null;
        };
        /** Milliseconds. */
        readonly duration: number;
      }
    >
  >;
}

/**
 * Everything that a run heard from outside, with placeholders where credentials were: with the source and the
 * credentials it gives the same run again, byte for byte. Plain JSON.
 */
export interface ScriptJournal {
  readonly version: 1;
  readonly sha256: string;
  readonly step: ScriptStep;
  /** JSON text. */
  readonly ctx: string;
  readonly egress: readonly string[];
  readonly limits: ScriptLimits;
  readonly startedAtMs: number;
  /** Hexadecimal; all randomness of the run comes from it. */
  readonly seed: string;
  /** Signatures that are another each time, in the order in which they were made. */
  readonly drawn: readonly string[];
  readonly calls: readonly JournalCall[];
}

export interface JournalCall {
  readonly name: string;
  /** JSON text. */
  readonly args: string;
  /** JSON text; null: the run ended before the answer reached the script. */
  readonly answer: string | null;
  readonly answeredAtMs: number;
  /** In which order answers reached the script, from 0. */
  readonly turn: number;
}

export interface ScriptUsage {
  readonly cpuMs: number;
  readonly wallMs: number;
  /** The most that the script's heap held. */
  readonly memoryBytes: number;
  readonly httpCalls: number;
}

export interface ScriptRun {
  readonly end: ScriptEnd;
  /**
   * About calls that may move money (other than GET): `not_sent` none left; `unknown` at least one left without a
   * definite answer (lost, or a 5xx); `replied` each that left was answered.
   */
  readonly sent: Transmission['sent'];
  /** G-16, connxt.md 7.6: only then may a refusal from `initiate` be believed. */
  readonly refusalIsCertain: boolean;
  readonly exchanges: readonly ScriptExchange[];
  /** What `sdk.webhook.verified(by)` said; null when it was not called. */
  readonly verifiedBy: string | null;
  readonly meta: ScriptMeta;
  /** Things the author should know: an answer that nobody awaited, cut logs, refused addresses. */
  readonly warnings: readonly string[];
  readonly journal: ScriptJournal;
  readonly usage: ScriptUsage;
}

export interface ScriptText {
  readonly text: string;
  readonly language: 'javascript' | 'typescript';
  /** Each must be exported as an async function. */
  readonly steps: readonly ScriptStep[];
}

/** What uploading a text came to. `source` is what to store and run. */
export type ScriptCheck =
  | {
      readonly ok: true;
      readonly source: string;
      readonly sha256: string;
      readonly exports: readonly ScriptStep[];
      /** Hosts found in the text: a proposal for the egress list. */
      readonly hosts: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly string[] };

export interface ScriptPool {
  /** Never rejects. */
  run(job: ScriptJob): Promise<ScriptRun>;
  /** The same run again, answered from its journal; nothing is sent. */
  replay(
    journal: ScriptJournal,
    source: string,
    secrets: Readonly<Record<string, string>>,
  ): Promise<ScriptRun>;
  /** Upload: size, types removed, syntax, imports, exports, a dry load that may call nothing. */
  check(script: ScriptText): Promise<ScriptCheck>;
  /** Runs under way end as `killed`; what they sent stays known. */
  close(): Promise<void>;
}
