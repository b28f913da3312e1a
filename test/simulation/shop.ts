// A merchant's program and its customers, over the public API only, and the log of what they were told: nothing that
// was acknowledged may be lost, and nothing may happen twice because somebody asked twice.
import type { Account } from './books.ts';
import type { Button, Customers } from './customers.ts';
import type { Dice } from './dice.ts';
import type { Market } from './markets.ts';
import type { Order, Step } from './orders.ts';
import type { Answer, Request } from './process.ts';
import type { Time } from './time.ts';
import type { Trace } from './trace.ts';

/** What was asked for, as the merchant knows it. */
interface Subject {
  readonly name: string;
  readonly amount: number;
  /** Of a payout: who is to be paid; null: the merchant himself. */
  readonly account?: string | null;
}

export interface Told {
  readonly about: Subject;
  readonly what: string;
  readonly path: string;
  readonly key: string | null;
  /** Null: never heard of. */
  readonly answer: Answer | null;
}

interface Asked {
  readonly about: Subject;
  readonly what: string;
  readonly path: string;
  readonly payload: object;
  readonly key: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** It may be asked again without a key. */
  readonly repeats?: boolean;
}

export interface Heard {
  readonly type: string;
  readonly paymentId: string;
  readonly sequence: number;
  readonly body: string;
}

export interface ShopParts {
  readonly name: string;
  readonly time: Time;
  readonly dice: Dice;
  readonly trace: Trace;
  readonly environmentId: string;
  readonly apiKey: string;
  readonly connxtToken: string;
  readonly ledgerClient: { readonly client_id: string; readonly client_secret: string };
  readonly markets: readonly Market[];
  readonly accounts: readonly Account[];
  /** To any of the processes; null when there was no reply. */
  readonly request: (request: Request) => Promise<Answer | null>;
  readonly customers: Customers;
}

const GIVES_UP_MS = 35_000;
const TRIES = 10;
const COME_BACK = new Set([408, 425, 429, 500, 502, 503, 504]);

export class Shop {
  readonly told: Told[] = [];
  /** Of payouts. */
  readonly paidOut: Told[] = [];
  /** Of what was recorded over the Formance API. */
  readonly recorded: Told[] = [];
  /** Of transactions of the Connxt API. */
  readonly deposited: Told[] = [];
  /** Accounts that were connected over the Formance API. */
  readonly installed: Account[] = [];
  /** Accounts at PSPs that scripts describe. */
  readonly scripted: Account[] = [];
  /** The events that came to its endpoint, by id, as they came first. */
  readonly heard = new Map<string, Heard>();
  readonly #parts: ShopParts;
  #apiKey: string;

  constructor(parts: ShopParts) {
    this.#parts = parts;
    this.#apiKey = parts.apiKey;
  }

  get name(): string {
    return this.#parts.name;
  }

  get environmentId(): string {
    return this.#parts.environmentId;
  }

  get accounts(): readonly Account[] {
    return [...this.#parts.accounts, ...this.installed, ...this.scripted];
  }

  get markets(): readonly Market[] {
    return this.#parts.markets;
  }

  get ledgerClient(): ShopParts['ledgerClient'] {
    return this.#parts.ledgerClient;
  }

  nowMs(): number {
    return this.#parts.time.nowMs();
  }

  sleep(ms: number): Promise<void> {
    return this.#parts.time.sleep(ms);
  }

  /** What the merchant changes about himself: until there is an answer that settles it. */
  async change(method: Request['method'], path: string, payload?: object): Promise<Answer | null> {
    const { time, dice, trace, name } = this.#parts;
    let answer: Answer | null = null;
    for (let tries = 0; tries < TRIES; tries += 1) {
      answer = await this.#send({ method, path, ...(payload ? { payload } : {}) });
      trace.say(name, `${method} ${path}: ${answer === null ? 'no reply' : answer.status}`);
      if (answer !== null && !COME_BACK.has(answer.status)) break;
      await time.sleep(dice.wait(2_000));
    }
    return answer;
  }

  /** A new key with the scopes of the old one, which is revoked. */
  async rollKey(): Promise<void> {
    const known = await this.change('GET', '/v1/api-keys');
    const [old, another] = known?.body ?? [];
    // A key that was made and whose secret never came is nobody's: one roll is enough then.
    if (!old || another) return;
    const made = await this.change('POST', '/v1/api-keys', { name: 'rolled', scopes: old.scopes });
    if (made?.status !== 201) return;
    this.#apiKey = made.body.key;
    await this.change('DELETE', `/v1/api-keys/${old.id}`);
  }

  get endpoint(): string {
    return `https://${this.name}.test/events`;
  }

  hears(body: string): void {
    const { id, type, sequence, data } = JSON.parse(body);
    if (!this.heard.has(id))
      this.heard.set(id, { type, sequence, body, paymentId: data.payment_id ?? data.id });
  }

  async sell(order: Order): Promise<void> {
    await this.#parts.time.sleep(order.startsAfterMs);
    const payment = await this.#create(order);
    if (payment === null) return;
    for (const step of order.steps) {
      await this.#parts.time.sleep(step.afterMs);
      await this.#do(step, order, payment);
    }
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer | null> {
    return this.#send({ method: 'GET', path, headers });
  }

  /** The customer on a page, and back. */
  async pays(page: string, button: Button): Promise<void> {
    await this.#comeBack(await this.#parts.customers.browse(page, button));
  }

  /** What a request of the Connxt API carries. */
  get connxt(): Readonly<Record<string, string>> {
    return { 'x-secret-token': this.#parts.connxtToken };
  }

  // biome-ignore lint/suspicious/noExplicitAny: the payment as the API shows it
  async #create(order: Order): Promise<any> {
    const answer = await this.#buy(order, 'create', '/v1/payments/intents', order.body, order.key);
    return answer !== null && answer.status < 300 ? answer.body : null;
  }

  // biome-ignore lint/suspicious/noExplicitAny: the payment as the API showed it
  async #do(step: Step, order: Order, payment: any): Promise<void> {
    const path = `/v1/payments/${payment.id}`;
    const { dice } = this.#parts;
    const keyOf = (what: string) =>
      order.key === null ? null : `${what}-${order.key}-${dice.between(0, 1e9)}`;
    const share = (percent: number) => ({
      amount: Math.max(1, Math.floor((order.amount * percent) / 100)),
    });
    switch (step.do) {
      case 'pay': {
        const isFirst = step.page === 'first' && payment.next_action;
        const now = isFirst ? payment : (await this.get(path))?.body;
        if (now?.id) await this.#comeBack(await this.#customerPays(now, order, step.outcome));
        return;
      }
      case 'return':
        await this.#comeBack(`/return/${payment.id}`);
        return;
      case 'repeat':
        if (order.key !== null) await this.#create(order);
        return;
      case 'confirm':
      case 'cancel':
      case 'retry':
        await this.#buy(order, step.do, `${path}/${step.do}`, {}, keyOf(step.do));
        return;
      case 'capture':
        await this.#buy(order, 'capture', `${path}/capture`, {}, keyOf('capture'));
        return;
      case 'capture_part':
        await this.#buy(order, 'capture', `${path}/capture`, share(step.percent), keyOf('part'));
        return;
      case 'refund':
        await this.#buy(order, 'refund', `${path}/refund`, share(step.percent), keyOf('refund'));
        return;
      case 'refund_race':
        await Promise.all(
          ['a', 'b'].map((which) =>
            this.#buy(
              order,
              'refund',
              `${path}/refund`,
              share(step.percent),
              keyOf(`refund-${which}`),
            ),
          ),
        );
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: the payment as the API showed it
  #customerPays(payment: any, { phone }: Order, button: Button): Promise<string | null> {
    return this.#parts.customers.act(payment, phone, this.accounts, button);
  }

  async #comeBack(url: string | null): Promise<void> {
    if (url === null || !/\/return\/|\/connxt\//.test(url)) return;
    const { pathname, search } = new URL(url, 'http://switchyard.test');
    await this.#parts.request({ method: 'GET', path: `${pathname}${search}` });
  }

  #buy(about: Order, what: string, path: string, payload: object, key: string | null) {
    return this.ask({ about, what, path, payload, key }, this.told);
  }

  /** With a key: until there is a definite answer. Without one: once, as a careful client does. */
  async ask(
    { about, what, path, payload, key, headers, repeats }: Asked,
    log: Told[],
  ): Promise<Answer | null> {
    const { time, dice, trace, name } = this.#parts;
    let answer: Answer | null = null;
    for (let tries = 0; tries < TRIES; tries += 1) {
      answer = await this.#send({
        method: 'POST',
        path,
        payload,
        headers: { ...headers, ...(key === null ? {} : { 'idempotency-key': key }) },
      });
      const said =
        answer === null
          ? 'no reply'
          : `${answer.status} ${answer.body?.status ?? answer.body?.code ?? ''}`;
      trace.say(
        name,
        `${what} of ${about.name} (${answer?.body?.payment_id ?? answer?.body?.id ?? path}): ${said}`,
      );
      // The first of its repeats is still being answered: 409 with a time to come back.
      const inFlight = answer?.status === 409 && answer.headers['retry-after'] !== undefined;
      if (answer !== null && !inFlight && !COME_BACK.has(answer.status)) break;
      if (key === null && !repeats) break;
      await time.sleep(dice.wait(2_000 * 2 ** Math.min(tries, 5)));
    }
    log.push({ about, what, path, key, answer });
    return answer;
  }

  async #send(request: Request): Promise<Answer | null> {
    const { time, dice } = this.#parts;
    await time.sleep(dice.wait(20));
    return new Promise((resolve) => {
      const giveUp = time.after(GIVES_UP_MS, () => resolve(null));
      const headers = { 'x-reevit-key': this.#apiKey, ...request.headers };
      void this.#parts.request({ ...request, headers }).then((answer) => {
        giveUp();
        resolve(answer);
      });
    });
  }
}
