// How often one key may ask, in fixed windows of a minute. Counted in this process: with several behind a balancer each
// counts what it gets. A request over the limit is refused before its body is read, so nothing of it exists.
import type { FastifyReply } from 'fastify';
import type { Clock } from '../kernel/ports.ts';
import { Problem } from '../kernel/problem.ts';

const WINDOW_MS = 60_000;

export class RateLimiter {
  readonly #perMinute: number;
  readonly #clock: Clock;
  #window = 0;
  /** Only of this window, and only of keys that proved themselves: it cannot be grown from outside. */
  #counts = new Map<string, number>();

  /** `perMinute` 0: no limit. */
  constructor(perMinute: number, clock: Clock) {
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  /** Counts a request and says so in its headers. Throws 429 when it is one too many. */
  count(keyId: string, reply: FastifyReply): void {
    if (this.#perMinute === 0) return;
    const nowMs = this.#clock.nowMs();
    const window = Math.floor(nowMs / WINDOW_MS);
    if (window !== this.#window) {
      this.#window = window;
      this.#counts = new Map();
    }
    const used = (this.#counts.get(keyId) ?? 0) + 1;
    this.#counts.set(keyId, used);
    const resetMs = (window + 1) * WINDOW_MS;
    reply.headers({
      'x-ratelimit-limit': this.#perMinute,
      'x-ratelimit-remaining': Math.max(0, this.#perMinute - used),
      'x-ratelimit-reset': Math.ceil(resetMs / 1_000),
    });
    if (used <= this.#perMinute) return;
    const afterS = Math.max(1, Math.ceil((resetMs - nowMs) / 1_000));
    throw new Problem(429, 'rate_limited', 'Too many requests with this key', {}, afterS);
  }
}
