// Delivers to one endpoint what is due for it: several at once while it answers well, few while it fails, until nothing
// is due or its turn is over. Each delivery is settled by its own answer; what is not recorded is due again, so that an
// event is delivered at least once whatever happens here (reliability.md F13).

import type { MerchantReply } from '../../connectors/merchant-post.ts';
import {
  DISABLE_AFTER_MS,
  type Judgement,
  judge,
  parseRetryAfter,
  SLOW_AFTER_MS,
} from '../../domain/delivery/schedule.ts';
import { type DueDelivery, dueDeliveries, recordTried } from '../../store/deliveries.ts';
import {
  disableEndpoint,
  type Endpoint,
  type Health,
  keepHealth,
  renewLease,
} from '../../store/endpoints.ts';
import type { Context, Environment } from '../context.ts';
import { reachOf } from '../endpoint/endpoint-url.ts';
import { openSecrets } from '../endpoint/secrets.ts';
import { messageOf } from './message.ts';
import { type Sign, signerOf } from './sign.ts';

/** Longer than an attempt with its settling. */
export const LANE_LEASE_MS = 30_000;
/** How long a change of the endpoint, or of what was read ahead, may go unnoticed. */
const READ_EVERY_MS = 1_000;
/** Then the others have their turn. */
const TURN_MS = 30_000;
const AT_ONCE = 64;
/** Until it answers; each success is one more. Thousands that went silent together cost few connections each. */
const AT_ONCE_FIRST = 4;
const AT_ONCE_FAILING = 2;
/** Read and not recorded yet; a database that is slow to record is asked for no more. */
const KNOWN_MAX = 512;
const ERROR_CHARACTERS = 300;

export class Lane {
  readonly #context: Context;
  readonly #environment: Environment;
  /** Read and not begun, oldest first. */
  #ahead: DueDelivery[] = [];
  /** Ids of events that were read and are not recorded yet. */
  readonly #known = new Set<string>();
  #sending = 0;
  #succeeded = 0;
  /** There may be more to read. */
  #more = true;
  readonly #turnEndsAt: number;
  #endpoint: Endpoint;
  #sign: Sign;
  #health: Health;
  #readAt: number;
  #ending = false;
  #failure: unknown = null;
  #news = Promise.withResolvers<void>();
  readonly #slowed = Promise.withResolvers<void>();

  constructor(context: Context, environment: Environment, endpoint: Endpoint) {
    this.#context = context;
    this.#environment = environment;
    this.#endpoint = endpoint;
    this.#health = endpoint;
    this.#sign = signerOf(openSecrets(context, endpoint));
    this.#readAt = context.ports.clock.nowMs();
    this.#turnEndsAt = this.#readAt + TURN_MS;
  }

  /** Ends early, with the rest still going on, when the endpoint turns out to be slow: it must not hold up fast ones. */
  run(): { readonly done: Promise<void>; readonly slot: Promise<void> } {
    const done = this.#run();
    return { done, slot: Promise.race([done, this.#slowed.promise]) };
  }

  /** Something became due. */
  wake(): void {
    this.#more = true;
    this.#news.resolve();
  }

  /** Begins nothing new. */
  end(): void {
    this.#ending = true;
    this.#news.resolve();
  }

  async #run(): Promise<void> {
    const { db, ports } = this.#context;
    try {
      while (await this.#step());
    } finally {
      this.#ending = true;
      for (; this.#begun > 0; await this.#news.promise) this.#news = Promise.withResolvers();
      await keepHealth(db, this.#endpoint, this.#health, ports.clock.nowMs());
    }
  }

  /** False when there is nothing left to do. */
  async #step(): Promise<boolean> {
    await this.#look();
    this.#news = Promise.withResolvers(); // before the read: what becomes due during it is read next
    await this.#read();
    this.#begin();
    if (this.#begun === 0) return this.#more && !this.#ending;
    await this.#news.promise;
    if (this.#failure !== null) throw this.#failure;
    return true;
  }

  /** On their way, or not recorded yet. */
  get #begun(): number {
    return this.#known.size - this.#ahead.length;
  }

  get #width(): number {
    if (this.#health.failures > 0) return AT_ONCE_FAILING;
    return Math.min(AT_ONCE, AT_ONCE_FIRST + this.#succeeded);
  }

  /** Reads ahead, so that the endpoint does not wait for the database. */
  async #read(): Promise<void> {
    const { db, ports } = this.#context;
    const limit = 2 * this.#width - this.#ahead.length;
    if (this.#ending || !this.#more || limit <= this.#width || this.#known.size >= KNOWN_MAX)
      return;
    this.#more = false;
    const known = [...this.#known];
    const due = await dueDeliveries(db, this.#endpoint, {
      nowMs: ports.clock.nowMs(),
      known,
      limit,
    });
    if (due.length === limit) this.#more = true;
    for (const one of due) this.#known.add(one.eventId);
    this.#ahead.push(...due);
  }

  /** Notices within a second that the endpoint was changed, and keeps the lease. */
  async #look(): Promise<void> {
    const { db, ports } = this.#context;
    const nowMs = ports.clock.nowMs();
    if (nowMs >= this.#turnEndsAt) this.#ending = true;
    if (this.#ending || this.#isFresh(nowMs)) return;
    const now = await renewLease(db, this.#endpoint, nowMs + LANE_LEASE_MS);
    this.#readAt = nowMs;
    if (now === null) {
      this.#ending = true;
      return;
    }
    this.#endpoint = now;
    this.#sign = signerOf(openSecrets(this.#context, now));
    // What waits here may have been canceled.
    for (const { eventId } of this.#ahead) this.#known.delete(eventId);
    if (this.#ahead.length > 0) this.#more = true;
    this.#ahead = [];
  }

  #isFresh(nowMs: number): boolean {
    return nowMs - this.#readAt < READ_EVERY_MS;
  }

  /** As many as the endpoint gets at once. */
  #begin(): void {
    const nowMs = this.#context.ports.clock.nowMs();
    if (this.#ending) return;
    while (this.#sending < this.#width && this.#isFresh(nowMs)) {
      const next = this.#ahead.shift();
      if (!next) break;
      void this.#start(next, nowMs);
    }
    const low = this.#ahead.length < this.#width && this.#more && this.#known.size < KNOWN_MAX;
    if (low || !this.#isFresh(nowMs)) this.#news.resolve();
  }

  async #start(delivery: DueDelivery, nowMs: number): Promise<void> {
    this.#sending += 1;
    try {
      await this.#deliver(delivery, nowMs);
    } catch (error) {
      this.#failure = error;
    } finally {
      this.#known.delete(delivery.eventId);
      if (this.#begun === 0 || this.#failure !== null) this.#news.resolve();
    }
  }

  async #deliver(delivery: DueDelivery, startedMs: number): Promise<void> {
    const { db, ports, postToMerchant } = this.#context;
    const { url, retry } = this.#endpoint;
    const reply = await postToMerchant({
      url,
      ...messageOf(this.#context, this.#environment, this.#sign, delivery, startedMs),
      reach: reachOf(this.#context, this.#environment),
      onSlow: () => this.#slow(),
      slowAfterMs: SLOW_AFTER_MS,
    });
    const nowMs = ports.clock.nowMs();
    const status = reply.kind === 'replied' ? reply.status : null;
    const retryAfterMs = reply.kind === 'replied' ? parseRetryAfter(reply.retryAfter, nowMs) : null;
    const draw = ports.random.bytes(4).readUInt32BE() / 2 ** 32;
    const judged = judge({ status, retryAfterMs }, retry, delivery.round + 1, draw);
    this.#learn(judged, nowMs, nowMs - startedMs >= SLOW_AFTER_MS);
    this.#count(judged, delivery, startedMs);
    this.#sending -= 1;
    this.#begin(); // the next one does not wait for the record
    const { environmentId, id: endpointId } = this.#endpoint;
    await recordTried(db, {
      environmentId,
      eventId: delivery.eventId,
      endpointId,
      ...settled(judged, nowMs),
      responseStatus: status,
      error: errorOf(reply, judged),
      latencyMs: Math.max(0, nowMs - startedMs),
      nowMs,
    });
    await this.#disableAfter(judged, nowMs);
  }

  #learn(judged: Judgement, nowMs: number, slow: boolean): void {
    if (judged.kind === 'succeeded') {
      this.#succeeded += 1;
      const pace = slow ? this.#health.pace : 'fast';
      const healthy = { failures: 0, failingSince: null, lastSuccessAt: nowMs, pace } as const;
      this.#health = { ...this.#health, ...healthy };
      return;
    }
    const failingSince = this.#health.failingSince ?? nowMs;
    const failures = this.#health.failures + 1;
    this.#health = { ...this.#health, failures, failingSince, lastFailureAt: nowMs, pace: 'slow' };
    if (judged.kind === 'gone') this.#ending = true;
  }

  #count({ kind }: Judgement, { attempts, createdAt }: DueDelivery, startedMs: number): void {
    const { metrics } = this.#context;
    const failed = kind === 'again' ? kind : 'failed';
    metrics?.delivery(kind === 'succeeded' ? 'delivered' : failed);
    if (attempts === 0) metrics?.deliveryWait(Math.max(0, startedMs - createdAt) / 1_000);
  }

  async #disableAfter(judged: Judgement, nowMs: number): Promise<void> {
    if (judged.kind === 'succeeded') return;
    const sinceMs = nowMs - (this.#health.failingSince ?? nowMs);
    if (judged.kind === 'gone') await this.#disable('it answered 410 Gone', nowMs);
    else if (sinceMs >= DISABLE_AFTER_MS)
      await this.#disable('nothing came through for five days', nowMs);
  }

  async #disable(reason: string, nowMs: number): Promise<void> {
    this.#ending = true;
    const actor = { type: 'system', id: 'switchyard', keyId: '' } as const;
    await disableEndpoint(this.#context.db, this.#endpoint, reason, { actor, nowMs });
  }

  /** From here on it is served among the slow ones. */
  #slow(): void {
    if (this.#health.pace === 'slow') return;
    this.#health = { ...this.#health, pace: 'slow' };
    this.#ending = true;
    this.#slowed.resolve();
  }
}

function settled(judged: Judgement, nowMs: number) {
  switch (judged.kind) {
    case 'succeeded':
      return { status: 'succeeded', nextTryAt: null } as const;
    case 'again':
      return { status: 'pending', nextTryAt: nowMs + judged.afterMs } as const;
    default:
      return { status: 'failed', nextTryAt: null } as const;
  }
}

/** For the merchant to read: his own server's words. */
function errorOf(reply: MerchantReply, judged: Judgement): string {
  if (judged.kind === 'succeeded') return '';
  if (reply.kind === 'failed') return reply.reason;
  const text = reply.text.replaceAll(/[^\P{C}]+/gu, ' ').trim();
  return `HTTP ${reply.status}${text === '' ? '' : `: ${text}`}`.slice(0, ERROR_CHARACTERS);
}
