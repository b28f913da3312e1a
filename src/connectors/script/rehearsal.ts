// One transaction of a script connector as the server would lead it, in memory: the same adapter, the same guard
// around every call, and what one step leaves for the next. For trying a connector; nothing here is kept.
import type { Outcome } from '../../domain/attempt/outcome.ts';
import type { Money } from '../../kernel/money.ts';
import type { Clock } from '../../kernel/ports.ts';
import type {
  AttemptRef,
  Call,
  ChargeInput,
  InboundMessage,
  Mode,
  OperationInput,
  PayoutInput,
} from '../contract.ts';
import { runOperation } from '../run.ts';
import { parentOf, scriptConnector } from './connector.ts';
import type {
  Json,
  ScriptAction,
  ScriptPool,
  ScriptRequest,
  ScriptRun,
  ScriptSend,
  StepContext,
} from './contract.ts';
import type { ScriptConnector } from './description.ts';
import type { ScriptFacts, ScriptReport } from './face.ts';
import { signatureOf } from './signature.ts';
import { settingsOf } from './version.ts';

export interface RehearsalParts {
  readonly connector: ScriptConnector;
  /** JavaScript as checked at upload, by the name of its file. */
  readonly sources: Readonly<Record<string, { readonly source: string; readonly sha256: string }>>;
  readonly pool: Pick<ScriptPool, 'run'>;
  readonly send: ScriptSend;
  readonly clock: Clock;
  readonly credentials: Readonly<Record<string, string>>;
  readonly mode: Mode;
  urls(txnId: string): StepContext['urls'];
}

export interface Plan {
  readonly txnId: string;
  readonly action: ScriptAction;
  readonly amount: Money;
  readonly merchantOrderId: string;
  /** The executePayload. */
  readonly payload: Json;
  /** Of a refund: the deposit. */
  readonly parent?: Rehearsed;
}

/** What one step came to. */
export interface Played {
  /** What the server would believe; null: nothing, or only a reason to ask. */
  readonly outcome: Outcome | null;
  /** Null: the step was not run at all. */
  readonly report: ScriptReport | null;
  readonly run: ScriptRun | null;
  /** The message's signature was right, as the server or the script found. */
  readonly verified: boolean;
}

const DEADLINE_MS = 20_000;
const INBOUND_MS = 10_000;

export class Rehearsed {
  readonly #parts: RehearsalParts;
  readonly #plan: Plan;
  readonly #createdAtMs: number;
  #pspReference: string | null = null;
  #pspState: Readonly<Record<string, string>> = {};
  #run: ScriptRun | null = null;
  #report: ScriptReport | null = null;

  constructor(parts: RehearsalParts, plan: Plan) {
    this.#parts = parts;
    this.#plan = plan;
    this.#createdAtMs = parts.clock.nowMs();
  }

  get plan(): Plan {
    return this.#plan;
  }

  get pspReference(): string | null {
    return this.#pspReference;
  }

  async initiate(): Promise<Played> {
    const { action } = this.#plan;
    const connector = this.#connector();
    switch (action) {
      case 'DEPOSIT':
        return this.#operate('charge', (call) => connector.charge(this.#charge(), call), true);
      case 'WITHDRAW':
        return this.#operate('payout', (call) => connector.payout!(this.#payout(), call), true);
      case 'REFUND':
        return this.#operate('refund', (call) => connector.refund!(this.#refund(), call), true);
    }
  }

  async sync(): Promise<Played> {
    const { action } = this.#plan;
    const connector = this.#connector();
    const ask = (call: Call) => {
      if (action === 'DEPOSIT') return connector.sync(this.attempt(), call);
      return action === 'REFUND'
        ? connector.syncRefund!(this.#refund(), call)
        : connector.syncPayout!(this.#payout(), call);
    };
    return this.#operate('sync', ask, false);
  }

  async hear(step: 'redirect' | 'webhook', message: InboundMessage): Promise<Played> {
    const { connector, credentials } = this.#parts;
    const signature = step === 'webhook' ? signatureOf(connector, message, credentials) : 'none';
    const inbound = {
      facts: this.#facts(),
      step,
      data: shown(step, this.#plan.txnId, message),
      known: {
        reference: this.#reference(),
        pspReference: this.#pspReference,
        pspState: this.#pspState,
        ...this.#plan.amount,
      },
      parent: this.#parent(),
      wallMs: INBOUND_MS,
      verified: signature === 'right',
    };
    this.#begin();
    // The server turns such a message away before any script reads it.
    if (signature === 'wrong') return this.#end(null);
    const { outcome } = await this.#connector().script!.hear(inbound, this.#call());
    return this.#end(outcome, inbound.verified);
  }

  attempt(): AttemptRef {
    return {
      reference: this.#reference(),
      pspReference: this.#pspReference,
      pspState: this.#pspState,
      amount: this.#plan.amount,
      captureMethod: 'automatic',
      method: null,
      createdAtMs: this.#createdAtMs,
      script: this.#facts(),
    };
  }

  async #operate(
    name: string,
    invoke: (call: Call) => Promise<Outcome>,
    moves: boolean,
  ): Promise<Played> {
    this.#begin();
    const { outcome } = await runOperation(name, invoke, this.#call(), moves, this.#parts.clock);
    return this.#end(outcome);
  }

  #begin(): void {
    this.#run = null;
    this.#report = null;
  }

  #end(outcome: Outcome | null, byServer = false): Played {
    this.#pspReference = outcome?.pspReference ?? this.#pspReference;
    this.#pspState = { ...this.#pspState, ...outcome?.pspState };
    const [report, run] = [this.#report, this.#run];
    return { outcome, report, run, verified: byServer || (run?.verifiedBy ?? null) !== null };
  }

  #connector() {
    const { connector, sources, pool } = this.#parts;
    const version = (action: ScriptAction) => {
      const packaged = connector.actions[action];
      const text = packaged && sources[packaged.script];
      if (!text) return null;
      return { definitionId: action, number: 1, ...text, settings: settingsOf(connector, action) };
    };
    return scriptConnector({
      target: {
        code: connector.key,
        name: connector.name,
        credentialSchema: connector.credentialSchema,
        lists: connector.inputSchema,
      },
      pool: {
        run: async (job) => {
          this.#run = await pool.run(job);
          return this.#run;
        },
      },
      published: version,
      version: async (definitionId) => version(definitionId as ScriptAction),
    });
  }

  #call(): Call {
    const { credentials, mode, send, clock, urls } = this.#parts;
    return {
      credentials,
      mode,
      nowMs: clock.nowMs(),
      send: (request) => send(request as ScriptRequest), // scripts name their origin
      token: () => Promise.reject(new Error('scripts have no shared token')),
      callbackUrl: '',
      script: {
        tenant: 'rehearsal',
        deadlineMs: DEADLINE_MS,
        urls,
        report: (report) => {
          this.#report = report;
        },
      },
    };
  }

  #facts(): ScriptFacts {
    const { txnId, action, merchantOrderId, payload } = this.#plan;
    const bound = { definitionId: action, number: 1, createdAtMs: this.#createdAtMs };
    return { txnId, action, merchantOrderId, payload, ...bound };
  }

  /** Letters and digits of the transaction's id as 32 hexadecimal digits. */
  #reference(): string {
    return Buffer.from(this.#plan.txnId).toString('hex').slice(0, 32).padEnd(32, '0');
  }

  #parent(): StepContext['parent'] {
    const { parent } = this.#plan;
    return parent ? parentOf({ attempt: parent.attempt() }) : null;
  }

  #charge(): ChargeInput {
    const { amount } = this.#plan;
    const { redirect } = this.#parts.urls(this.#plan.txnId).server;
    return {
      reference: this.#reference(),
      amount,
      method: null,
      country: null,
      captureMethod: 'automatic',
      customer: { id: null, email: null, name: null, phone: null },
      instrument: null,
      description: null,
      returnUrl: redirect,
      cancelUrl: redirect,
      presentation: 'page',
      metadata: {},
      saveInstrument: false,
      expiresAtMs: this.#createdAtMs + 86_400_000,
      script: this.#facts(),
    };
  }

  #refund(): OperationInput {
    const { parent, amount } = this.#plan;
    return {
      attempt: (parent ?? this).attempt(),
      reference: this.#reference(),
      amount,
      reason: null,
      pspReference: this.#pspReference,
      pspState: this.#pspState,
      createdAtMs: this.#createdAtMs,
      siblings: [],
      script: this.#facts(),
    };
  }

  #payout(): PayoutInput {
    return {
      reference: this.#reference(),
      amount: this.#plan.amount,
      narration: null,
      beneficiary: null,
      metadata: {},
      pspReference: this.#pspReference,
      pspState: this.#pspState,
      createdAtMs: this.#createdAtMs,
      script: this.#facts(),
    };
  }
}

/** An inbound message as scripts see it (connxt.md 9.2). */
function shown(step: string, txnId: string, { headers, query, rawBody }: InboundMessage): Json {
  const text = rawBody.toString('utf8');
  const body = jsonOf(text) ?? formOf(headers['content-type'], text);
  const base64 = rawBody.toString('base64');
  return { token: '', step, tnxId: txnId, txnId, body, query, headers, rawBody: base64 };
}

function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

/** A name that comes twice has its last value. */
function formOf(contentType: string | undefined, text: string): Json {
  const isForm = contentType?.startsWith('application/x-www-form-urlencoded') ?? false;
  return isForm ? Object.fromEntries(new URLSearchParams(text)) : {};
}
