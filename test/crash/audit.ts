// Compares what the merchant was told, what our server says and what the PSPs' books hold. Time may heal a difference
// that recovery is still working on; it never heals money taken twice or an acknowledged payment that is gone.

import type { Json, Merchant, Reply } from './merchant.ts';
import { type Booked, NOTHING, type Psps } from './psps.ts';
import { acknowledgedBody, type Call, type Traffic } from './traffic.ts';

export interface Settled {
  /** As the API shows them. */
  readonly payments: readonly Json[];
  /** For the test's output. */
  readonly figures: string;
}

interface Complaints {
  /** Never, not even for a moment. */
  readonly wrong: readonly string[];
  /** Not yet. */
  readonly open: readonly string[];
}

interface Sight {
  readonly books: Map<string, Booked>;
  readonly views: Map<string, Json>;
  readonly refunds: Map<string, Json[]>;
  /** Captures and voids of what is authorized, by payment. */
  readonly operations: Map<string, Json[]>;
}

const READ_AT_ONCE = 12;
const PAGE = 200;
const STORIES = 3;
const NO_TRACE = /not found|no such|no object|lists no/i;

interface Audited {
  readonly merchant: Merchant;
  readonly psps: Psps;
  readonly traffic: Traffic;
}

export class Audit {
  readonly #merchant: Merchant;
  readonly #psps: Psps;
  readonly #traffic: Traffic;
  /** Payments that still may move without anybody's doing. */
  #untraced: ReadonlySet<string> = new Set();

  constructor({ merchant, psps, traffic }: Audited) {
    this.#merchant = merchant;
    this.#psps = psps;
    this.#traffic = traffic;
  }

  /** Looks until nothing is open; throws with the stories of payments that are wrong, or still open by then. */
  async agree(withinMs: number): Promise<Settled> {
    const startedMs = Date.now();
    let sight = await this.#look();
    for (;;) {
      const { wrong, open } = this.#complaints(sight);
      if (wrong.length > 0) throw await this.#told(wrong);
      const judged = await Promise.all(open.map((one) => this.#isUntraced(one, sight.books)));
      const left = open.filter((_, index) => !judged[index]);
      // Still `unknown`: the PSP has no trace of them, which the host believes only after a minute.
      this.#untraced = new Set(open.filter((_, index) => judged[index]).map(idOf));
      if (left.length === 0) break;
      if (Date.now() - startedMs > withinMs) throw await this.#told(left);
      const ids = new Set(left.map(idOf));
      await new Promise((resolve) => setTimeout(resolve, 250));
      sight = await this.#look(sight, ids);
    }
    const payments = [...sight.views.values()];
    const afterMs = Date.now() - startedMs;
    const figures =
      `${payments.length} payments, 0 lost, 0 charged twice, all as in the PSPs' books ${afterMs} ms later` +
      (this.#untraced.size > 0
        ? ` (${this.#untraced.size} still asked about: the PSP has no trace of them)`
        : '');
    return { payments, figures };
  }

  /**
   * Every keyed request that was answered, once more: the same payment, the same answer where it was final, and not a
   * cent moves. Answers how many.
   */
  async repeatAll(): Promise<number> {
    const before = await this.#psps.books();
    const keyed = this.#traffic.answered();
    const complaints: string[] = [];
    await eachOf(keyed, async (call) => {
      const first = call.answer.reply!;
      const again = await this.#traffic.repeat(call);
      if (isSameAnswer(call, first, again)) return;
      const id = first.body.payment_id ?? first.body.id ?? again.body.id;
      complaints.push(
        `${id}: the repeat of ${call.what} says ${brief(again)}, the first said ${brief(first)}`,
      );
    });
    if (complaints.length > 0) throw await this.#told(complaints);
    const after = await this.#psps.books();
    const moved = [...new Set([...before.keys(), ...after.keys()])]
      .filter((id) => !this.#untraced.has(id))
      .map((id) => ({
        id,
        was: JSON.stringify(before.get(id)),
        is: JSON.stringify(after.get(id)),
      }))
      .filter(({ was, is }) => was !== is)
      .map(({ id, was, is }) => `${id}: repeats moved money, from ${was} to ${is}`);
    if (moved.length > 0) throw await this.#told(moved);
    return keyed.length;
  }

  /** Requests that got no answer although they had an effect: they were accepted, so they had to be answered. */
  async effectsWithoutAnswer(): Promise<string[]> {
    const sight = await this.#look();
    const found: string[] = [];
    const lost = this.#traffic.calls.filter(({ answer }) => answer.lost !== null);
    for (const { what, order } of lost.filter((call) => call.what === 'create'))
      for (const { id, reference } of sight.views.values())
        if (reference === order.body.reference) found.push(`${id}: ${what} had no answer`);
    const orders = new Set(lost.filter(({ what }) => what !== 'create').map(({ order }) => order));
    for (const order of orders) {
      const calls = this.#traffic.calls.filter((call) => call.order === order);
      const answered = calls.filter((call) => call.what !== 'create' && acknowledgedBody(call));
      const id = calls.map(acknowledgedBody).find((body) => body?.reference)?.id;
      const { history } = await this.#merchant.get(`/v1/payments/${id}/explain`);
      const begun = history.filter(({ reason }: Json) => reason.endsWith(' requested'));
      if (begun.length > answered.length)
        found.push(`${id}: ${begun.length} begun, ${answered.length} answered`);
    }
    return found;
  }

  /** Reads everything, or the payments named. Books first: what they hold, we must know. */
  async #look(known?: Sight, only?: ReadonlySet<string>): Promise<Sight> {
    const books = await this.#psps.books();
    const ids = only ? [...only] : (await this.#list('/v1/payments')).map(({ id }) => id);
    const [views, operations] = [new Map(known?.views), new Map(known?.operations)];
    await eachOf(ids, async (id) => {
      const view = await this.#merchant.get(`/v1/payments/${id}`);
      views.set(id, view);
      operations.delete(id);
      if (view.status !== 'authorized') return;
      const { operations: all } = await this.#merchant.get(`/v1/payments/${id}/explain`);
      operations.set(id, all);
    });
    const refunds = Map.groupBy(await this.#list('/v1/payments/refunds'), (one) => one.payment_id);
    return { books, views, refunds, operations };
  }

  async #list(path: string): Promise<Json[]> {
    const rows: Json[] = [];
    for (;;) {
      const page = await this.#merchant.get(`${path}?limit=${PAGE}&offset=${rows.length}`);
      rows.push(...page);
      if (page.length < PAGE) return rows;
    }
  }

  #complaints(sight: Sight): Complaints {
    const { books, views, refunds, operations } = sight;
    const wrong: string[] = [];
    const open: string[] = [];
    for (const [id] of books)
      if (!views.has(id)) wrong.push(`${id}: money moved for a payment that we do not know`);
    for (const [id, view] of views) {
      const booked = books.get(id) ?? NOTHING;
      wrong.push(...wrongWith(view, booked).map((what) => `${id}: ${what}`));
      open.push(...openIn(view, refunds.get(id) ?? [], booked).map((what) => `${id}: ${what}`));
      for (const { id: which, status } of operations.get(id) ?? [])
        if (UNDER_WAY.has(status)) open.push(`${id}: operation ${which} is ${status}`);
    }
    for (const [reference, of] of Map.groupBy(views.values(), (view) => view.reference))
      if (of.length > 1) wrong.push(`${of[0].id}: ${of.length} payments were made of ${reference}`);
    for (const call of this.#traffic.calls) wrong.push(...lostOf(call, sight));
    return { wrong, open };
  }

  /** Left `unknown` only because the PSP says that it never got the request; the books say the same. */
  async #isUntraced(complaint: string, books: Sight['books']): Promise<boolean> {
    if (!/ is (unknown|pending)$/.test(complaint)) return false;
    const id = idOf(complaint);
    const booked = books.get(id) ?? NOTHING;
    const { attempts, history } = await this.#merchant.get(`/v1/payments/${id}/explain`);
    const lastOf = (field: string, value: string) =>
      history.findLast((line: Json) => line[field] === value && line.source === 'poll');
    const [, what, which] = /: (attempt|refund|operation) (\S+) is/.exec(complaint) ?? [];
    if (what === undefined || which === undefined) return false;
    const word = lastOf(`${what === 'attempt' ? 'attempt' : 'operation'}_id`, which)?.reason ?? '';
    const silent = /^(\w+ )?unknown: /.test(word) && NO_TRACE.test(word);
    if (what !== 'attempt') return silent;
    const settled = attempts.filter((one: Json) => one.id !== which);
    return silent && (booked.charged === 0 || settled.length > 0);
  }

  async #told(complaints: readonly string[]): Promise<Error> {
    const ids = [...new Set(complaints.map(idOf))];
    const stories = await Promise.all(ids.slice(0, STORIES).map((id) => this.#story(id)));
    const more = complaints.length > 20 ? [`… and ${complaints.length - 20} more`] : [];
    return new Error([...complaints.slice(0, 20), ...more, ...stories].join('\n'));
  }

  async #story(id: string): Promise<string> {
    const booked = (await this.#psps.books()).get(id) ?? NOTHING;
    return `${await this.#traffic.storyOf(id)}\n  books: ${JSON.stringify(booked)}`;
  }
}

function wrongWith(view: Json, booked: Booked): string[] {
  const wrong: string[] = [];
  if (booked.charged > view.amount) wrong.push(`charged ${booked.charged} of ${view.amount}`);
  if (booked.charges > 1) wrong.push(`charged ${booked.charges} times`);
  if (booked.holders > 1) wrong.push(`${booked.holders} attempts hold money`);
  if (booked.refunded > booked.charged)
    wrong.push(`refunded ${booked.refunded} of ${booked.charged}`);
  if (view.refunded_amount > view.captured_amount) wrong.push('refunds exceed the capture');
  if (view.conflict !== null) wrong.push(`in conflict: ${view.conflict}`);
  return wrong;
}

const UNDER_WAY = new Set(['ready', 'sent', 'unknown']);

function openIn(view: Json, refunds: readonly Json[], booked: Booked): string[] {
  const open: string[] = [];
  for (const { attempt_id, status } of view.route)
    if (UNDER_WAY.has(status)) open.push(`attempt ${attempt_id} is ${status}`);
  if (view.captured_amount !== booked.charged)
    open.push(`captured ${view.captured_amount}, but charged ${booked.charged}`);
  if ((view.status === 'authorized') !== booked.authorized > 0)
    open.push(`${view.status}, but ${booked.authorized} is authorized at the PSP`);
  for (const { id, status } of refunds)
    if (status === 'pending') open.push(`refund ${id} is pending`);
  if (view.refunded_amount !== booked.refunded)
    open.push(`refunded ${view.refunded_amount}, but the PSP gave back ${booked.refunded}`);
  return open;
}

/** What may become of a status that was acknowledged, when nobody is declined after having been taken. */
const LATER: Readonly<Record<string, readonly string[]>> = {
  failed: [],
  canceled: [],
  succeeded: ['partially_refunded', 'refunded'],
  partially_captured: ['partially_refunded', 'refunded'],
  partially_refunded: ['refunded'],
  refunded: [],
  authorized: ['succeeded', 'partially_captured', 'canceled', 'partially_refunded', 'refunded'],
  requires_action: ['pending', 'succeeded', 'partially_refunded', 'refunded'],
};

/** Complaints when something that was acknowledged is gone, or is not what it was. */
function lostOf(call: Call, { views, refunds }: Sight): string[] {
  const told = acknowledgedBody(call);
  if (told === null) return [];
  if (call.what === 'refund') {
    const kept = (refunds.get(told.payment_id) ?? []).find(({ id }) => id === told.id);
    if (!kept) return [`${told.payment_id}: refund ${told.id} was acknowledged and is lost`];
    const turned = told.status !== 'pending' && kept.status !== told.status;
    return turned || kept.amount !== told.amount
      ? [`${told.payment_id}: refund ${told.id} was ${told.status}, and is ${kept.status}`]
      : [];
  }
  const kept = views.get(told.id);
  if (!kept) return [`${told.id}: ${call.what} was acknowledged and is lost`];
  const same = ['reference', 'amount', 'currency'].every((field) => kept[field] === told[field]);
  if (!same) return [`${told.id}: is another payment than was acknowledged`];
  const may = LATER[told.status];
  if (may && told.status !== kept.status && !may.includes(kept.status))
    return [`${told.id}: was acknowledged as ${told.status}, and is ${kept.status}`];
  const shrank = ['captured_amount', 'refunded_amount'].some((field) => kept[field] < told[field]);
  return shrank ? [`${told.id}: had more captured or refunded when it was acknowledged`] : [];
}

function idOf(complaint: string): string {
  return complaint.split(':', 1)[0]!;
}

/** What was not known when it was answered is asked about again by a repeat (reliability.md section 4). */
function isSameAnswer({ what }: Call, first: Reply, again: Reply): boolean {
  if (first.status !== again.status || first.body.id !== again.body.id) return false;
  const known = first.body.status !== (what === 'capture' ? 'authorized' : 'pending');
  return !known || (first.text === again.text && again.replayed);
}

function brief({ status, body }: Reply): string {
  return `${status} ${body.id ?? body.code} ${body.status ?? body.message}`;
}

async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: READ_AT_ONCE }, async () => {
      for (const item of left) await work(item);
    }),
  );
}
