// A script connector as it is handed in: one target and, for each action it can do, one ES module
// (connector-contract.md section 2). Built-in scripts, the command line and the admin API all speak this shape.
import type { Json, ScriptAction, ScriptStep } from './contract.ts';

export type JsonObject = { readonly [name: string]: Json };

/** Lists of a target's inputSchema; an empty list is "any". */
export interface TargetLists {
  readonly currencies: readonly string[];
  readonly countries: readonly string[];
  readonly paymentMethods: readonly string[];
}

export interface WebhookPolicy {
  /**
   * `hmac-sha256`: the host checks; `script`: the script says `sdk.webhook.verified(by)`; `none+sync`: a message is
   * never believed, only a reason to ask.
   */
  readonly verify: 'hmac-sha256' | 'script' | 'none+sync';
  readonly hmac?: {
    readonly header: string;
    /** The credential that holds the key. */
    readonly keyFrom: string;
    readonly encoding: 'hex' | 'base64';
  };
  /** What the PSP is answered when the script says nothing else. */
  readonly ack?: {
    readonly status?: number;
    readonly body?: string;
    readonly contentType?: string;
  };
  /** Where our transaction id stands in a message without one in its path: `$.body.referenceId`, `$.query.orderId`. */
  readonly locate?: readonly string[];
  /** Where the PSP's own id stands. */
  readonly locatePsp?: readonly string[];
}

export interface ScriptCapabilities {
  readonly partialRefund?: boolean;
  /** A deposit that returns `success` without navigation is paid (connxt.md 11.5). */
  readonly direct?: boolean;
  readonly reportsAmount?: boolean;
  readonly linkLifetimeSec?: number;
  /** No news for so long: ABANDONED. 24 h unless told. */
  readonly abandonAfterSec?: number;
  /** Waits between questions, in seconds. */
  readonly syncScheduleSec?: readonly number[];
}

/** What one version of a definition is, apart from its text: immutable with it. */
export interface VersionSettings {
  readonly steps: readonly ScriptStep[];
  /** Hosts the script may call: `app.paymaxis.com`. */
  readonly egress: readonly string[];
  readonly webhook: WebhookPolicy;
  readonly capabilities: ScriptCapabilities;
  /** `{}`: the default of connxt.md 7.2. A schema for `executePayload.body`, or a map keyed by step. */
  readonly inputSchema: JsonObject;
  /** By step; absent: the defaults of connxt.md 9.7. */
  readonly outputSchema: JsonObject;
  /** State to next states (connxt.md 11.3); null: the built-in map of the action. */
  readonly flowConfiguration: Readonly<Record<string, readonly string[]>> | null;
}

export interface PackagedAction {
  /** Fixed id of the definition (connxt.md section 2); null: one is made. */
  readonly id: string | null;
  /** Left out: `SYS-PSP-<ACTION>-<CODE>`. */
  readonly description?: string;
  readonly text: string;
  readonly language: 'javascript' | 'typescript';
  readonly steps: readonly ScriptStep[];
  readonly inputSchema?: JsonObject;
  readonly outputSchema?: JsonObject;
  readonly flowConfiguration?: Readonly<Record<string, readonly string[]>> | null;
}

export interface ScriptPackage {
  /** The provider word of every API: `paymaxis`. */
  readonly code: string;
  /** Fixed id of the target (connxt.md section 2); null: one is made. */
  readonly id: string | null;
  readonly name: string;
  /** `https:` or `data:image/…`; null: none. */
  readonly logo: string | null;
  /** JSON Schema draft-07 of an object; secrets are marked `format: "password"` or `x-secret: true`. */
  readonly credentialSchema: JsonObject;
  readonly inputSchema: TargetLists;
  readonly egress: readonly string[];
  readonly webhook: WebhookPolicy;
  readonly capabilities: ScriptCapabilities;
  readonly actions: Readonly<Partial<Record<ScriptAction, PackagedAction>>>;
}
