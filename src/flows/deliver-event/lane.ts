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
import type { Secrets } from './sign.ts';

/** Longer than an attempt with its settling. */
export const LANE_LEASE_MS = 30_000;
/** How long a change of the endpoint may go unnoticed. */
const READ_EVERY_MS = 1_000;
/** Then the others have their turn. */
const TURN_MS = 30_000;
const AT_ONCE = 64;
const AT_ONCE_FAILING = 2;
const ERROR_CHARACTERS = 300;

export class Lane {
  readonly #context: Context;
  readonly #environment: Environment;
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #turnEndsAt: number;
  #endpoint: Endpoint;
  #secrets: Secrets;
  #health: Health;
  #readAt: number;
  #ending = false;
  #woken = Promise.withResolvers<void>();
  readonly #slowed = Promise.withResolvers<void>();

  constructor(context: Context, environment: Environment, endpoint: Endpoint) {
    this.#context = context;
    this.#environment = environment;
    this.#endpoint = endpoint;
    this.#health = endpoint;
    this.#secrets = openSecrets(context, endpoint);
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
    this.#woken.resolve();
  }

  /** Begins nothing new. */
  end(): void {
    this.#ending = true;
  }

  async #run(): Promise<void> {
    const { db, ports } = this.#context;
    try {
      while (await this.#step());
    } finally {
      await Promise.allSettled(this.#underWay.values());
      await keepHealth(db, this.#endpoint, this.#health, ports.clock.nowMs());
    }
  }

  /** False when there is nothing left to do. */
  async #step(): Promise<boolean> {
    await this.#look();
    const free = (this.#health.failures > 0 ? AT_ONCE_FAILING : AT_ONCE) - this.#underWay.size;
    let found = 0;
    if (!this.#ending && free > 0) {
      this.#woken = Promise.withResolvers();
      const due = await this.#due(free);
      found = due.length;
      for (const delivery of due) this.#start(delivery);
    }
    if (this.#underWay.size === 0) return false;
    const news = !this.#ending && found < free ? [this.#woken.promise] : [];
    await Promise.race([...this.#underWay.values(), ...news]);
    return true;
  }

  #due(limit: number): Promise<DueDelivery[]> {
    const { db, ports } = this.#context;
    const underWay = [...this.#underWay.keys()];
    return dueDeliveries(db, this.#endpoint, { nowMs: ports.clock.nowMs(), underWay, limit });
  }

  /** Notices within a second that the endpoint was changed, and keeps the lease. */
  async #look(): Promise<void> {
    const { db, ports } = this.#context;
    const nowMs = ports.clock.nowMs();
    if (nowMs >= this.#turnEndsAt) this.#ending = true;
    if (this.#ending || nowMs - this.#readAt < READ_EVERY_MS) return;
    const now = await renewLease(db, this.#endpoint, nowMs + LANE_LEASE_MS);
    this.#readAt = nowMs;
    if (now === null) {
      this.#ending = true;
      return;
    }
    this.#endpoint = now;
    this.#secrets = openSecrets(this.#context, now);
  }

  #start(delivery: DueDelivery): void {
    const { eventId } = delivery;
    const work = this.#deliver(delivery).finally(() => this.#underWay.delete(eventId));
    work.catch(() => {}); // whoever waits for it hears it
    this.#underWay.set(eventId, work);
  }

  async #deliver(delivery: DueDelivery): Promise<void> {
    const { db, ports, postToMerchant } = this.#context;
    const { url, retry } = this.#endpoint;
    const startedMs = ports.clock.nowMs();
    const reply = await postToMerchant({
      url,
      ...messageOf(this.#context, this.#environment, this.#secrets, delivery, startedMs),
      reach: reachOf(this.#context, this.#environment),
      onSlow: () => this.#slow(),
      slowAfterMs: SLOW_AFTER_MS,
    });
    const nowMs = ports.clock.nowMs();
    const status = reply.kind === 'replied' ? reply.status : null;
    const retryAfterMs = reply.kind === 'replied' ? parseRetryAfter(reply.retryAfter, nowMs) : null;
    const draw = ports.random.bytes(4).readUInt32BE() / 2 ** 32;
    const judged = judge({ status, retryAfterMs }, retry, delivery.round + 1, draw);
    const { environmentId, eventId, endpointId } = delivery;
    await recordTried(db, {
      environmentId,
      eventId,
      endpointId,
      ...settled(judged, nowMs),
      responseStatus: status,
      error: errorOf(reply, judged),
      latencyMs: Math.max(0, nowMs - startedMs),
      nowMs,
    });
    await this.#learn(judged, nowMs, nowMs - startedMs >= SLOW_AFTER_MS);
  }

  async #learn(judged: Judgement, nowMs: number, slow: boolean): Promise<void> {
    if (judged.kind === 'succeeded') {
      const pace = slow ? this.#health.pace : 'fast';
      const healthy = { failures: 0, failingSince: null, lastSuccessAt: nowMs, pace } as const;
      this.#health = { ...this.#health, ...healthy };
      return;
    }
    const failingSince = this.#health.failingSince ?? nowMs;
    const failures = this.#health.failures + 1;
    this.#health = { ...this.#health, failures, failingSince, lastFailureAt: nowMs, pace: 'slow' };
    if (judged.kind === 'gone') await this.#disable('it answered 410 Gone', nowMs);
    else if (nowMs - failingSince >= DISABLE_AFTER_MS)
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
