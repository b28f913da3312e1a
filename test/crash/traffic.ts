// Orders at once, each followed by what its shop and customer do next, and the log of every call: what was asked, what
// was answered. What the log calls acknowledged must never be lost.
import type { Answer, Merchant, Reply } from './merchant.ts';
import type { Order, Step } from './orders.ts';
import { until } from './until.ts';

export interface Call {
  readonly order: Order;
  readonly what: 'create' | 'refund' | 'capture' | 'cancel';
  readonly path: string;
  readonly body: object;
  readonly key: string | null;
  answer: Answer;
  /** Until the first answer. */
  readonly tookMs: number;
}

const REPEAT_WITHIN_MS = 50_000;
const REPEAT_EVERY_MS = 250;

export class Traffic {
  readonly calls: Call[] = [];
  readonly #merchant: Merchant;
  readonly #pspUrl: string;
  #acknowledged = 0;
  #waiting: { readonly count: number; readonly wake: () => void }[] = [];

  constructor(merchant: Merchant, pspUrl: string) {
    this.#merchant = merchant;
    this.#pspUrl = pspUrl;
  }

  /** All at once. Resolves when every call has its answer or has lost it. */
  async send(orders: readonly Order[]): Promise<void> {
    await Promise.all(orders.map((order) => this.#serve(order)));
    for (const { wake } of this.#waiting.splice(0)) wake();
  }

  /** Resolves when so many more payments were acknowledged, or when the orders under way are done. */
  acknowledged(more: number): Promise<void> {
    return new Promise((wake) => this.#waiting.push({ count: this.#acknowledged + more, wake }));
  }

  /** One create, whose answer's status it answers; null when there was none. */
  async tryOne(order: Order): Promise<number | null> {
    const call = await this.#call(order, 'create', '/v1/payments/intents', order.body, order.key);
    return call.answer.reply?.status ?? null;
  }

  /** How many calls were answered what in the first place. */
  statuses(): Record<string, number> {
    const all = this.calls.map(({ answer: { reply, lost } }) =>
      String(reply?.status ?? lost?.reason),
    );
    return Object.fromEntries([...Map.groupBy(all, (one) => one)].map(([k, v]) => [k, v.length]));
  }

  /** Of what the calls came to in the first place. */
  count(): { readonly creates: number; readonly acknowledged: number } {
    const creates = this.calls.filter(({ what }) => what === 'create').length;
    return { creates, acknowledged: this.#acknowledged };
  }

  /** Calls with a key and a definite answer. */
  answered(): Call[] {
    return this.calls.filter(({ key, answer: { reply } }) => key !== null && isDefinite(reply));
  }

  /** Calls with a key whose answer was lost, or says to come back. */
  unanswered(): Call[] {
    return this.calls.filter(({ key, answer: { reply } }) => key !== null && !isDefinite(reply));
  }

  /** What a client does that got no answer. */
  async repeatAll(calls: readonly Call[]): Promise<void> {
    await Promise.all(
      calls.map(async (call) => {
        call.answer = { reply: await this.repeat(call), lost: null };
      }),
    );
  }

  /** The same request again, as a client does that got no answer: until there is a definite one. */
  async repeat(call: Call): Promise<Reply> {
    let last: Answer | null = null;
    const look = async () => {
      last = await this.#post(call);
      return isDefinite(last.reply) ? last.reply : null;
    };
    const what = `an answer to the repeat of ${call.what}`;
    return until(what, REPEAT_WITHIN_MS, look, REPEAT_EVERY_MS).catch(async (error) => {
      const [, id = null] = /payments\/(pay_\w+)/.exec(call.path) ?? [];
      const said = JSON.stringify(last?.reply?.body ?? last?.lost);
      const story = id === null ? '' : await this.storyOf(id);
      throw new Error(
        `${error.message} of order ${call.order.number}; the last was ${said}${story}`,
      );
    });
  }

  /** What a payment went through, as the server explains it and as its client saw it. */
  async storyOf(id: string): Promise<string> {
    const { reply } = await this.#merchant.send('GET', `/v1/payments/${id}/explain`);
    const asked = this.calls.filter(
      ({ path, answer }) => path.includes(id) || answer.reply?.body?.id === id,
    );
    const told = asked.map(({ what, order, key, answer: { reply: said, lost } }) => {
      const answered = said ? `${said.status} ${said.body.status ?? said.text}` : lost?.reason;
      return `client: ${what} of order ${order.number} (${order.kind}), key ${key}: ${answered}`;
    });
    const story = reply?.body.story ?? [`explain says ${reply?.status}`];
    return ['', `Story of ${id}:`, ...story, ...told].join('\n  ');
  }

  async #serve(order: Order): Promise<void> {
    const { key, body } = order;
    const call = await this.#call(order, 'create', '/v1/payments/intents', body, key);
    const payment = acknowledgedBody(call);
    if (payment === null) return;
    this.#acknowledged += 1;
    for (const { wake } of this.#waiting.filter(({ count }) => count <= this.#acknowledged)) wake();
    for (const step of order.steps) await this.#do(step, order, payment);
  }

  // biome-ignore lint/suspicious/noExplicitAny: the payment as the API shows it
  async #do(step: Step, order: Order, { id, status, next_action }: any): Promise<void> {
    const keyOf = (name: string) => (order.key === null ? null : `${name}-${order.number}`);
    const path = `/v1/payments/${id}`;
    const share = (percent: number) => ({ amount: Math.floor((order.amount * percent) / 100) });
    switch (step) {
      case 'press':
        if (next_action?.url) await this.#customer(next_action.url);
        return;
      case 'approve':
        if (status === 'requires_action' || status === 'pending')
          await this.#customer(`${this.#pspUrl}/simulators/phone/${order.phone}`);
        return;
      case 'capture':
        await this.#call(order, 'capture', `${path}/capture`, {}, keyOf('capture'));
        return;
      case 'capture_part':
        await this.#call(order, 'capture', `${path}/capture`, share(40), keyOf('capture'));
        return;
      case 'cancel':
        // Without a key: a claim that a crash left behind keeps repeats waiting for a minute.
        await this.#call(order, 'cancel', `${path}/cancel`, {}, null);
        return;
      case 'refund_part':
        await this.#call(order, 'refund', `${path}/refund`, share(30), keyOf('refund'));
        return;
      case 'refund_race':
        await Promise.all(
          ['refund-a', 'refund-b'].map((name) =>
            this.#call(order, 'refund', `${path}/refund`, share(60), keyOf(name)),
          ),
        );
    }
  }

  async #call(
    order: Order,
    what: Call['what'],
    path: string,
    body: object,
    key: string | null,
  ): Promise<Call> {
    const beganMs = Date.now();
    const answer = await this.#post({ path, body, key });
    const call = { order, what, path, body, key, answer, tookMs: Date.now() - beganMs };
    this.calls.push(call);
    return call;
  }

  #post({ path, body, key }: Pick<Call, 'path' | 'body' | 'key'>): Promise<Answer> {
    return this.#merchant.send('POST', path, body, key === null ? {} : { 'idempotency-key': key });
  }

  /** At the PSP, which has not crashed. */
  async #customer(url: string): Promise<void> {
    const body = new URLSearchParams({ outcome: 'success' });
    const reply = await fetch(url, { method: 'POST', body, redirect: 'manual' });
    await reply.arrayBuffer();
  }
}

const COME_BACK = new Set([409, 429, 500, 503]);

function isDefinite(reply: Reply | null): reply is Reply {
  return reply !== null && !COME_BACK.has(reply.status);
}

/** The body of a 2xx; null when the call was refused or lost. */
export function acknowledgedBody({ answer: { reply } }: Call) {
  return reply && reply.status < 300 ? reply.body : null;
}
