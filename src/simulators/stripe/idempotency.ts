// Stripe's idempotency (psp/stripe.md section 5): one answer per Idempotency-Key, kept for at least a day with the
// objects it made, repeated word for word; a key is bound to its request; a second use at the same time is refused.
import { createHash } from 'node:crypto';
import type { Collection } from '../books.ts';
import type { Parts } from '../simulator.ts';
import { StripeError } from './errors.ts';
import { type Form, type FormValue, isForm } from './form.ts';

export interface SavedAnswer {
  readonly key: string;
  readonly path: string;
  readonly fingerprint: string;
  readonly status: number;
  readonly body: string;
  readonly requestId: string;
  readonly savedMs: number;
}

const KEPT_MS = 24 * 3_600_000;
const SWEEP_EVERY = 1_000;

export class IdempotencyStore {
  readonly #parts: Parts;
  readonly #answers: Collection<SavedAnswer>;
  readonly #inFlight = new Set<string>();
  #savedSinceSweep = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#answers = parts.books.collection('_idempotency');
  }

  /** The saved answer, or null: then the caller carries the request out and must `release` the key at its end. */
  claim(account: string, key: string, path: string, fingerprint: string): SavedAnswer | null {
    if (this.#inFlight.has(`${account} ${key}`)) throw inUse();
    const saved = this.#answers.get(account, key);
    if (saved && this.#parts.ports.clock.nowMs() - saved.savedMs < KEPT_MS) {
      if (saved.path !== path || saved.fingerprint !== fingerprint)
        throw mismatch(key, saved.path, path);
      return saved;
    }
    this.#inFlight.add(`${account} ${key}`);
    return null;
  }

  save(account: string, key: string, answer: Omit<SavedAnswer, 'key' | 'savedMs'>): void {
    const savedMs = this.#parts.ports.clock.nowMs();
    this.#answers.put(account, key, { ...answer, key, savedMs });
    this.#savedSinceSweep += 1;
    if (this.#savedSinceSweep >= SWEEP_EVERY) this.#sweep(savedMs);
  }

  /** The client was told 500 although the work was done: the key keeps saying so, as Stripe's does. */
  spoil(account: string, key: string, body: string): void {
    const saved = this.#answers.get(account, key);
    if (saved) this.#answers.put(account, key, { ...saved, status: 500, body });
  }

  release(account: string, key: string): void {
    this.#inFlight.delete(`${account} ${key}`);
  }

  #sweep(nowMs: number): void {
    this.#savedSinceSweep = 0;
    for (const account of this.#parts.books.keys())
      for (const { key, savedMs } of this.#answers.list(account))
        if (nowMs - savedMs >= KEPT_MS) this.#answers.remove(account, key);
  }
}

export function fingerprintOf(method: string, form: Form): string {
  return createHash('sha256')
    .update(`${method} ${JSON.stringify(sorted(form))}`)
    .digest('base64url');
}

/** The same parameters in another order are the same request. */
function sorted(value: FormValue): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isForm(value)) return value;
  const names = Object.keys(value).sort();
  return names.map((name) => [name, sorted(value[name]!)]);
}

function inUse(): StripeError {
  return new StripeError(409, {
    type: 'invalid_request_error',
    code: 'idempotency_key_in_use',
    message: 'Another request is using this key.',
  });
}

function mismatch(key: string, before: string, now: string): StripeError {
  const other = `Try using a key other than '${key}' if you meant to execute a different request.`;
  const message =
    before === now
      ? `Keys for idempotent requests can only be used with the same parameters they were first used with. ${other}`
      : `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${before}' vs '${now}'). ${other}`;
  return new StripeError(400, { type: 'idempotency_error', message });
}
