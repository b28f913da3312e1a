// Plays one case: the script in the real sandbox, its transaction as the server would lead it, the PSP recorded or
// simulated. Says what each step came to and where that differs from what was expected.
import type { InboundMessage } from '../../connectors/contract.ts';
import type { Json, ScriptPool, ScriptSend } from '../../connectors/script/contract.ts';
import { type Played, type RehearsalParts, Rehearsed } from '../../connectors/script/rehearsal.ts';
import { scriptSender } from '../../connectors/script/sender.ts';
import type { Transport } from '../../connectors/transport.ts';
import { money, parseDecimal } from '../../kernel/money.ts';
import { systemClock } from '../../kernel/ports.ts';
import { CommandError } from '../fault.ts';
import type { Case, CaseStep } from './case.ts';
import type { Folder } from './folder.ts';
import { differences } from './match.ts';
import type { LocalPsp } from './psp.ts';
import { recorded } from './recorded.ts';

export interface Stage {
  readonly folder: Folder;
  readonly sources: RehearsalParts['sources'];
  readonly pool: ScriptPool;
  readonly transport: Transport;
  readonly psp: LocalPsp;
}

export interface PlayedStep {
  readonly step: CaseStep;
  /** Null: a button was pressed. */
  readonly played: Played | null;
  readonly problems: readonly string[];
}

const SHOP = 'https://shop.example';

export async function playCase(stage: Stage, one: Case): Promise<PlayedStep[]> {
  const { steps } = await lead(stage, one, 0);
  return steps;
}

/** `depth`: how many cases are played after this one; keeps their transactions apart. */
async function lead(
  stage: Stage,
  one: Case,
  depth: number,
): Promise<{ readonly rehearsed: Rehearsed; readonly steps: PlayedStep[] }> {
  const txnId = `ortxRehearsal${String(depth).padStart(3, '0')}`;
  const before = one.after === undefined ? null : await leadBefore(stage, one.after, depth);
  const wire: { send: ScriptSend } = { send: async () => notRecorded };
  const rehearsed = new Rehearsed(partsOf(stage, one, txnId, wire), {
    txnId,
    action: one.action,
    amount: money(parseDecimal(one.amount, one.currency)!, one.currency),
    merchantOrderId: 'order-1',
    payload: payloadOf(one),
    ...(before ? { parent: before.rehearsed } : {}),
  });
  const [failed] = before?.steps.flatMap(({ problems }) => problems) ?? [];
  if (failed !== undefined)
    return { rehearsed, steps: [problem(one.steps[0]!, `${one.after}, played first: ${failed}`)] };
  const actor = new Actor(stage, one, txnId, rehearsed, wire);
  const steps: PlayedStep[] = [];
  for (const step of one.steps) {
    const played = await actor.act(step);
    steps.push(played);
    if (played.problems.length > 0) break;
  }
  return { rehearsed, steps };
}

const notRecorded = {
  sent: 'not_sent',
  reason: 'the test has neither replies nor a simulator',
} as const;

/** The deposit of a refund, by its file. */
function leadBefore(stage: Stage, file: string, depth: number) {
  const found = stage.folder.cases.get(file);
  if (!found || depth > 3) throw new CommandError(`There is no tests/${file} to play first.`);
  return lead(stage, found, depth + 1);
}

function partsOf(
  { folder, sources, pool, psp }: Stage,
  one: Case,
  txnId: string,
  wire: { readonly send: ScriptSend },
): RehearsalParts {
  const pages = { successRedirectUrl: `${SHOP}/paid`, failureRedirectUrl: `${SHOP}/failed` };
  const webhook = psp.inboxUrl(txnId);
  return {
    connector: folder.connector,
    sources,
    pool,
    send: (request) => wire.send(request),
    clock: systemClock,
    credentials: one.credential,
    mode: one.live ? 'live' : 'sandbox',
    urls: () => ({
      server: { redirect: `${SHOP}/back`, webhook, ...pages },
      origin: { ...pages, webhookUrl: webhook },
    }),
  };
}

function payloadOf({ amount, currency, body = {} }: Case): Json {
  const order = { id: 'order-1', money: { amount: Number(amount), currency } };
  const customer = { id: 'cust_001', email: 'ada@example.com', firstName: 'Ada' };
  return { body: { order, customer, language: 'en', customAttributes: {}, ...(body as object) } };
}

class Actor {
  readonly #stage: Stage;
  readonly #case: Case;
  readonly #txnId: string;
  readonly #rehearsed: Rehearsed;
  readonly #wire: { send: ScriptSend };
  #page: string | null = null;
  #back: Record<string, string> = {};

  constructor(
    stage: Stage,
    one: Case,
    txnId: string,
    rehearsed: Rehearsed,
    wire: { send: ScriptSend },
  ) {
    this.#stage = stage;
    this.#case = one;
    this.#txnId = txnId;
    this.#rehearsed = rehearsed;
    this.#wire = wire;
  }

  async act(step: CaseStep): Promise<PlayedStep> {
    if (step.do === 'press') {
      if (this.#page === null)
        return problem(step, 'there is no page: nothing led the payer to one');
      this.#back = await this.#stage.psp.press(this.#page, step.button ?? 'success');
      return { step, played: null, problems: [] };
    }
    const replies = step.replies === undefined ? null : recorded(step.replies);
    this.#wire.send = replies?.send ?? this.#toSimulator();
    const played = await this.#play(step.do, step);
    const { outcome } = played;
    if (outcome?.kind === 'requires_action' && outcome.action.type === 'redirect')
      this.#page = outcome.action.url;
    const problems = [
      ...(replies?.problems() ?? []),
      ...differences(viewOf(played), step.expect ?? {}),
    ];
    return { step, played, problems };
  }

  async #play(name: 'initiate' | 'redirect' | 'webhook' | 'sync', step: CaseStep) {
    const { psp } = this.#stage;
    switch (name) {
      case 'initiate':
        return this.#rehearsed.initiate();
      case 'sync':
        return this.#rehearsed.sync();
      case 'redirect':
        return this.#rehearsed.hear('redirect', messageOf(step, this.#back));
      case 'webhook':
        return this.#rehearsed.hear(
          'webhook',
          step.message ? messageOf(step, {}) : await psp.next(this.#txnId),
        );
    }
  }

  #toSimulator(): ScriptSend {
    const { transport, psp } = this.#stage;
    const { simulator, credential } = this.#case;
    if (simulator === undefined) return async () => notRecorded;
    psp.know(simulator, credential);
    return scriptSender(transport, psp.baseUrl(simulator));
  }
}

function problem(step: CaseStep, text: string): PlayedStep {
  return { step, played: null, problems: [text] };
}

function messageOf({ message = {} }: CaseStep, back: Record<string, string>): InboundMessage {
  const { headers = {}, query = back, text = '' } = message;
  return { headers, query, rawBody: Buffer.from(text) };
}

/** What a test can expect of a step. */
export function viewOf({ outcome, report, run, verified }: Played) {
  const end = run?.end;
  return {
    /** What the server does with it; `hint`: believes nothing and asks the PSP. */
    means: outcome?.kind ?? 'hint',
    result: end?.kind === 'returned' ? end.result : null,
    /** Why it did not return. */
    failure: end?.kind === 'failed' ? end.failure : null,
    error: report?.error ?? null,
    verified,
    sent: run?.sent ?? 'not_sent',
    calls: run?.exchanges.map(({ method, url }) => `${method} ${url}`) ?? [],
  };
}
