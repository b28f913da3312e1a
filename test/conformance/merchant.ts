// One merchant at one PSP, as the host acts for it: every operation goes through `runOperation`, over a real
// connection, and is held against the simulator's books at once. What is checked here is checked in every case:
// no refusal while money moved, no claim that the books deny, no secret in what is kept, the same request and the
// same reading for the same input (api/connector-contract.md C-13, C-14).
import { expect } from 'vitest';
import type {
  Call,
  ChargeInput,
  Connector,
  Credentials,
  HistoryItem,
  HistoryQuery,
  PayoutInput,
  SubmitInput,
  Validation,
} from '../../src/connectors/contract.ts';
import { shownCredentials } from '../../src/connectors/registry.ts';
import {
  type OperationResult,
  runOperation,
  runQuestion,
  runValidation,
} from '../../src/connectors/run.ts';
import { tokenInMemory } from '../../src/connectors/testing.ts';
import type { PspRequest, Transmission } from '../../src/connectors/transport.ts';
import type { Outcome } from '../../src/domain/attempt/outcome.ts';
import type { HistoryKind } from '../../src/domain/ledger/history.ts';
import { newUuidHex } from '../../src/kernel/ids.ts';
import { type Money, money } from '../../src/kernel/money.ts';
import { systemRandom } from '../../src/kernel/ports.ts';
import { Books } from './books.ts';
import { pay } from './customer.ts';
import { leaksIn } from './leaks.ts';
import { Deed, type DeedKind, Payment, Payout } from './payment.ts';
import type { Arrival, Line, Psps } from './psps.ts';
import type { Patch, Subject } from './subject.ts';

/** C-15: no happy path needs more. */
const CALLS_MAX = 5;

type Invoke = (connector: Connector, call: Call) => Promise<Outcome>;

export class Merchant {
  readonly subject: Subject;
  readonly psps: Psps;
  readonly name: string;
  readonly credentials: Credentials;
  readonly books: Books;
  readonly payments: Payment[] = [];
  readonly payouts: Payout[] = [];
  /** Of the last operation. */
  exchanges: OperationResult['exchanges'] = [];

  #started = 0;
  #running = 0;
  readonly #token = tokenInMemory();

  constructor(
    subject: Subject,
    psps: Psps,
    name: string,
    credentials = subject.credentialsOf(name),
  ) {
    this.subject = subject;
    this.psps = psps;
    this.name = name;
    this.credentials = credentials;
    const key = subject.bookKeyOf(this.credentials);
    this.books = new Books(psps, this.provider, key, subject.booksNames);
    const { url } = psps.inbox(name);
    const secret = subject.webhookSecretOf(this.credentials);
    psps.simulators.configureWebhook(this.provider, { key, url, secret });
  }

  get connector(): Connector {
    return this.subject.connector;
  }

  get provider(): string {
    return this.connector.manifest.provider;
  }

  get inbox(): readonly Arrival[] {
    return this.psps.inbox(this.name).messages;
  }

  nowMs(): number {
    return this.psps.clock.nowMs();
  }

  newReference(): string {
    return newUuidHex({ clock: this.psps.clock, random: systemRandom });
  }

  /** Somebody else at the same PSP. */
  neighbour(credentials?: Credentials): Merchant {
    return new Merchant(this.subject, this.psps, `${this.name}b`, credentials);
  }

  /** A fault for this merchant alone, once unless told otherwise. */
  fault(fault: string, match: object, more: object = {}): void {
    const rule = { key: this.books.key, fault, match, times: 1, ...more };
    this.psps.simulators.addFault(this.provider, rule);
  }

  input(patch: Patch): ChargeInput {
    const reference = this.newReference();
    return {
      amount: money(1000n, 'USD'),
      method: null,
      country: null,
      captureMethod: 'automatic',
      customer: { id: 'cus_1', email: 'ama@example.com', name: 'Ama Mensah', phone: null },
      instrument: null,
      description: 'Order 1',
      returnUrl: `https://shop.example/return/${reference}`,
      cancelUrl: `https://shop.example/cancel/${reference}`,
      presentation: 'page',
      saveInstrument: false,
      expiresAtMs: this.nowMs() + 3_600_000,
      ...patch,
      reference,
      metadata: {
        org_id: 'org_1',
        payment_id: `pay_${reference}`,
        connection_id: 'con_1',
        ...patch.metadata,
      },
    };
  }

  /** Remembers a payment, without sending it. */
  open(patch: Patch): Payment {
    const payment = new Payment(this.input(patch), this.nowMs());
    this.payments.push(payment);
    return payment;
  }

  /** A plain charge: at once where the PSP can, else the first step of the ordinary journey. */
  get plain(): Patch {
    const { direct, journeys } = this.subject;
    return direct ?? journeys[0].patch;
  }

  async charge(patch = this.plain, line: Line = 'open'): Promise<Payment> {
    const payment = this.open(patch);
    await this.send(payment, line);
    return payment;
  }

  /** A charge that the customer, where there is something to do for him, has paid. */
  async paid(patch = this.plain): Promise<Payment> {
    const payment = await this.charge(patch);
    await this.finish(payment);
    return payment;
  }

  async finish(payment: Payment): Promise<void> {
    if (payment.belief?.kind !== 'requires_action') return;
    await pay(this, payment, this.subject.journeys[0]);
    await this.sync(payment);
  }

  async send(
    payment: Payment,
    line: Line = 'open',
    verb: 'charge' | 'authorize' = payment.operation,
  ): Promise<Outcome> {
    const { input } = payment;
    const start: Invoke = (connector, call) => connector[verb]!(input, call);
    const outcome = await this.#run(verb, start, true, line);
    this.books.check(payment.reference, outcome);
    return payment.learn(outcome);
  }

  async sync(payment: Payment, line: Line = 'open'): Promise<Outcome> {
    const ref = payment.ref();
    const outcome = await this.#run('sync', (one, call) => one.sync(ref, call), false, line);
    this.books.check(payment.reference, outcome);
    return payment.learn(outcome);
  }

  async submit(
    payment: Payment,
    field: SubmitInput['field'],
    value: string,
    line: Line = 'open',
  ): Promise<Outcome> {
    const input: SubmitInput = { attempt: payment.ref(), field, value };
    const outcome = await this.#run(
      'submitAction',
      (connector, call) => connector.submitAction!(input, call),
      true,
      line,
    );
    this.books.check(payment.reference, outcome);
    return payment.learn(outcome);
  }

  openDeed(
    kind: DeedKind,
    payment: Payment,
    amountMinor = payment.input.amount.amountMinor,
    reason: string | null = null,
  ): Deed {
    const amount = money(amountMinor, payment.input.amount.currency);
    const deed = new Deed(kind, payment, this.newReference(), amount, reason, this.nowMs());
    if (kind === 'refund') payment.refunds.push(deed);
    return deed;
  }

  async operate(
    kind: DeedKind,
    payment: Payment,
    amountMinor?: bigint,
    line: Line = 'open',
  ): Promise<Deed> {
    const deed = this.openDeed(kind, payment, amountMinor);
    await this.sendDeed(deed, line);
    return deed;
  }

  async sendDeed(deed: Deed, line: Line = 'open'): Promise<Outcome> {
    const input = deed.input();
    const { kind, payment } = deed;
    const outcome = await this.#run(kind, (one, call) => one[kind]!(input, call), true, line);
    if (kind !== 'refund' && outcome.kind === 'succeeded') {
      this.books.check(payment.reference, outcome);
      payment.belief = outcome;
    }
    return deed.learn(outcome);
  }

  async askRefund(deed: Deed, line: Line = 'open'): Promise<Outcome> {
    const input = deed.input();
    const ask: Invoke = (connector, call) => connector.syncRefund!(input, call);
    const from = this.inbox.length;
    const reply = deed.learn(await this.#run('syncRefund', ask, false, line));
    return (await this.#answer(deed, from)) ?? reply;
  }

  /** What the PSP answered by webhook, where it does, since there were `from` of them. */
  async #answer(of: Deed | Payout, from: number): Promise<Outcome | null> {
    if (!this.subject.answersByWebhook) return null;
    await this.psps.advance(100);
    for (const message of this.inbox.slice(from)) {
      const { connector, credentials } = this;
      if (connector.verifyWebhook(message, credentials, this.nowMs()) !== 'verified') continue;
      const said = connector.readWebhook(message);
      const named = [said?.target.reference, said?.target.refundReference];
      if (said?.outcome && named.includes(of.reference)) return of.learn(said.outcome);
    }
    return null;
  }

  openPayout(patch: Partial<PayoutInput> = {}): Payout {
    const payout = new Payout({
      narration: 'Invoice 7',
      beneficiary: null,
      ...this.subject.payouts!.ways[0].input,
      ...patch,
      reference: this.newReference(),
      metadata: { org_id: 'org_1', payment_id: 'pay_out_1', ...patch.metadata },
      pspReference: null,
      pspState: {},
      createdAtMs: this.nowMs(),
    });
    this.payouts.push(payout);
    return payout;
  }

  async payOut(patch: Partial<PayoutInput> = {}, line: Line = 'open'): Promise<Payout> {
    const payout = this.openPayout(patch);
    await this.sendPayout(payout, line);
    return payout;
  }

  async sendPayout(payout: Payout, line: Line = 'open'): Promise<Outcome> {
    const input = payout.input();
    const pay: Invoke = (connector, call) => connector.payout!(input, call);
    return payout.learn(await this.#run('payout', pay, true, line));
  }

  async askPayout(payout: Payout, line: Line = 'open'): Promise<Outcome> {
    const input = payout.input();
    const ask: Invoke = (connector, call) => connector.syncPayout!(input, call);
    const from = this.inbox.length;
    const reply = payout.learn(await this.#run('syncPayout', ask, false, line));
    return (await this.#answer(payout, from)) ?? reply;
  }

  /** Of the last hour and of now, all pages. */
  async readHistory(kind: HistoryKind): Promise<HistoryItem[]> {
    const window = { kind, fromMs: this.nowMs() - 3_600_000, toMs: this.nowMs() };
    const items: HistoryItem[] = [];
    let cursor: string | null = null;
    do {
      const query: HistoryQuery = { ...window, cursor };
      const told = await runQuestion(
        (call) => this.connector.history!(query, call),
        this.#call('open'),
      );
      if (told.kind !== 'told') throw new Error(told.message);
      expect(told.value.unreadable).toEqual([]);
      items.push(...told.value.items);
      cursor = told.value.next;
    } while (cursor !== null);
    this.expectNoSecret(
      JSON.stringify(items, (_, one) => (typeof one === 'bigint' ? `${one}` : one)),
    );
    return items;
  }

  async validate(line: Line = 'open'): Promise<Validation> {
    const { connector, psps } = this;
    const ask = (call: Call) => connector.validate(call);
    const result = await runValidation(ask, this.#call(line), psps.clock);
    this.expectNoSecret(result);
    this.exchanges = this.#counted(result.exchanges);
    return result.validation;
  }

  expectNoSecret(kept: unknown): void {
    const shown = shownCredentials(this.connector.manifest);
    const secrets = Object.entries(this.credentials).filter(([name]) => !shown.includes(name));
    const leaks = leaksIn(
      kept,
      secrets.map(([, value]) => value),
    );
    expect(leaks, 'credentials found at').toEqual([]);
  }

  #counted(exchanges: OperationResult['exchanges']): OperationResult['exchanges'] {
    const { tokenPath } = this.subject;
    return exchanges.filter(({ path }) => tokenPath === undefined || !path.startsWith(tokenPath));
  }

  #call(line: Line): Call {
    const { credentials, psps, provider } = this;
    return {
      credentials,
      mode: 'sandbox',
      nowMs: this.nowMs(),
      send: psps.line(provider, line),
      token: this.#token,
      callbackUrl: psps.inbox(this.name).url,
      shown: shownCredentials(this.connector.manifest),
    };
  }

  async #run(name: string, invoke: Invoke, moves: boolean, line: Line): Promise<Outcome> {
    const before = this.books.totals();
    const turn = ++this.#started;
    const first = this.#running === 0;
    this.#running += 1;
    const call = this.#call(line);
    const journal: { request: PspRequest; transmission: Transmission }[] = [];
    const tokens: { fetched: boolean; got: unknown }[] = [];
    const token: Call['token'] = async (wish) => {
      let fetched = false;
      const fetch = () => {
        fetched = true;
        return wish.fetch();
      };
      const got = await call.token({ ...wish, fetch });
      tokens.push({ fetched, got });
      return got;
    };
    const send = async (request: PspRequest) => {
      const transmission = await call.send(request);
      journal.push({ request, transmission });
      return transmission;
    };
    const perform = (by: Pick<Call, 'send' | 'token'>) =>
      runOperation(
        name,
        (guarded) => invoke(this.connector, guarded),
        { ...call, ...by },
        moves,
        this.psps.clock,
      );
    const result = await perform({ send, token }).finally(() => {
      this.#running -= 1;
    });
    const alone = first && this.#started === turn;
    this.exchanges = this.#counted(result.exchanges);
    const { outcome, exchanges } = result;
    this.expectNoSecret(outcome.clientToken ? { ...result, outcome: {} } : result);
    if (moves) expect(exchanges.length).toBeLessThanOrEqual(CALLS_MAX);
    if (alone && (outcome.kind === 'declined' || outcome.kind === 'not_sent'))
      expect(this.books.totals(), `${name} was ${outcome.kind}, but money moved`).toEqual(before);

    const replay = [...journal];
    const again = await perform({
      send: async (request) => {
        const next = replay.shift();
        expect(request, `${name} makes another request of the same input`).toEqual(next?.request);
        return next!.transmission;
      },
      token: async ({ fetch }) => {
        const next = tokens.shift()!;
        if (next.fetched) await fetch();
        return next.got as never;
      },
    });
    expect(again.outcome, `${name} reads the same replies in another way`).toEqual(outcome);
    return outcome;
  }
}

/** The amount in the middle of a payment that is taken or given in part. */
export function part({ input }: Payment, numerator: bigint, denominator: bigint): bigint {
  const { amountMinor }: Money = input.amount;
  return (amountMinor * numerator) / denominator;
}
