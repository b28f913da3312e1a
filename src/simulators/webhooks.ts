// Sends a simulator's webhooks: later than the reply, at least once, a bounded number of tries, and with the faults
// that were asked for. The simulator gives the body and its PSP's signature; this file knows no PSP.
import { Agent, request } from 'undici';
import type { Books, Collection } from './books.ts';
import { type Fault, type Faults, faultNamed, type PspOperation } from './faults.ts';
import type { Log } from './simulator.ts';
import type { Timers } from './timers.ts';

export interface WebhookTarget {
  /** Null: wherever the PSP sends webhooks of a key that has no endpoint of its own. */
  readonly url: string | null;
  /** Signing secret of the merchant's endpoint; null where the PSP signs with the key itself. */
  readonly secret: string | null;
}

export interface Webhook {
  readonly key: string;
  readonly event: string;
  readonly body: string;
  /**
   * The PSP's headers over exactly this body. `secret` is that of the target, and wrong when the fault says so; a
   * PSP that signs the time, too, dates the message back by `agedS`.
   */
  sign(body: string, secret: string | null, agedS: number): Readonly<Record<string, string>>;
  /** Absent: `application/json`. */
  readonly contentType?: string;
  /** The body as a forger would write it, for a PSP that signs inside the body; absent: the headers are spoiled. */
  forge?(body: string): string;
  /** What the payment itself wants of this message (magic values), besides what the rules say. */
  readonly faults?: readonly Fault[];
  /** Instead of the endpoint of the key (PSPs that take a callback URL per request). */
  readonly url?: string | null;
  readonly reference: string | null;
  readonly amount: string | null;
  readonly operation: PspOperation;
  /** Statuses that the PSP takes for delivered; absent: any 2xx. */
  readonly accepted?: (status: number) => boolean;
  /** `metadata.simulate` of the payment that it is about. */
  readonly simulate: string | null;
}

/** Answers the status, throws when there was no answer. */
export type Deliver = (
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
) => Promise<number>;

export interface SenderOptions {
  readonly provider: string;
  readonly defaultUrl: () => string;
  readonly books: Books;
  readonly faults: Faults;
  readonly timers: Timers;
  readonly deliver: Deliver;
  readonly log: Log;
}

/** Delays before each try: the first leaves the reply of the API call a head start. */
const TRY_AFTER_MS = [30, 500, 1_000, 2_000, 4_000];
const IN_FLIGHT_MAX = 32;
const WAITING_MAX = 20_000;
/** A reordered message waits for its successor, but not for ever. */
const HOLD_MS = 3_000;

interface Job {
  readonly webhook: Webhook;
  readonly forged: boolean;
  readonly agedS: number;
  tries: number;
}

export class WebhookSender {
  readonly #options: SenderOptions;
  readonly #targets: Collection<WebhookTarget>;
  readonly #ready: Job[] = [];
  readonly #held = new Map<string, Job>();
  readonly #cancels = new Set<() => void>();
  #early: Promise<void>[] = [];
  #inFlight = 0;
  #stopped = false;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#targets = options.books.collection('_webhook_targets');
  }

  configure(key: string, target: WebhookTarget): void {
    this.#targets.put(key, 'endpoint', target);
  }

  target(key: string): { readonly url: string; readonly secret: string | null } {
    const { url = null, secret = null } = this.#targets.get(key, 'endpoint') ?? {};
    return { url: url ?? this.#options.defaultUrl(), secret };
  }

  send(webhook: Webhook): void {
    const { key, operation, event, amount, reference, simulate } = webhook;
    const probe = { key, operation, method: 'POST', path: event, amount, reference, simulate };
    const faults = [...(webhook.faults ?? []), ...this.#options.faults.ofWebhook(probe)];
    if (faultNamed(faults, 'webhook_lost')) return;
    const forged = faultNamed(faults, 'webhook_forged') !== undefined;
    const aged = faultNamed(faults, 'webhook_aged');
    const job = { webhook, forged, agedS: aged ? agedSeconds(aged) : 0, tries: 0 };
    if (faultNamed(faults, 'webhook_twice')) this.#later({ ...job }, TRY_AFTER_MS[0]! * 2);
    if (faultNamed(faults, 'webhook_reordered')) this.#hold(job);
    else if (faultNamed(faults, 'webhook_early')) this.#early.push(this.#try(job));
    else this.#later(job, TRY_AFTER_MS[0]!);
  }

  /** Resolves when the webhooks that must come before the API's reply were delivered. */
  async earlyOnes(): Promise<void> {
    const early = this.#early;
    this.#early = [];
    await Promise.all(early);
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#ready.length = 0;
  }

  #later(job: Job, ms: number): void {
    if (this.#stopped || this.#cancels.size >= WAITING_MAX) return;
    const cancel = this.#options.timers.after(ms, () => {
      this.#cancels.delete(cancel);
      this.#ready.push(job);
      this.#pump();
    });
    this.#cancels.add(cancel);
  }

  #pump(): void {
    while (this.#inFlight < IN_FLIGHT_MAX) {
      const job = this.#ready.shift();
      if (!job) return;
      this.#inFlight += 1;
      void this.#try(job).finally(() => {
        this.#inFlight -= 1;
        this.#pump();
      });
    }
  }

  /** Keeps a message back until the key's next one was delivered. */
  #hold(job: Job): void {
    const { key } = job.webhook;
    this.#release(key);
    this.#held.set(key, job);
    const cancel = this.#options.timers.after(HOLD_MS, () => {
      this.#cancels.delete(cancel);
      if (this.#held.get(key) === job) this.#release(key);
    });
    this.#cancels.add(cancel);
  }

  #release(key: string): void {
    const held = this.#held.get(key);
    if (!held) return;
    this.#held.delete(key);
    this.#later(held, 0);
  }

  async #try(job: Job): Promise<void> {
    const { webhook, forged, agedS } = job;
    const target = this.target(webhook.key);
    const secret = forged ? 'forged' : target.secret;
    const body = forged && webhook.forge ? webhook.forge(webhook.body) : webhook.body;
    const signed = webhook.sign(body, secret, agedS);
    const headers = {
      'content-type': webhook.contentType ?? 'application/json',
      ...(forged ? scrambled(signed) : signed),
    };
    job.tries += 1;
    const status = await this.#options
      .deliver(addressOf(webhook, forged) ?? target.url, headers, body)
      .catch(() => 0);
    if ((webhook.accepted ?? isSuccess)(status)) return this.#release(webhook.key);
    const { provider, log } = this.#options;
    const fields = { provider, event: webhook.event, status, tries: job.tries };
    const delay = TRY_AFTER_MS[job.tries];
    if (delay !== undefined && !forged) this.#later(job, delay);
    else log.warn(fields, 'simulator gave a webhook up');
  }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** Who forges a callback to an address that one request named was not told it: the last digit is another. */
function addressOf({ url }: Webhook, forged: boolean): string | null {
  if (!url) return null;
  return forged ? `${url.slice(0, -1)}${url.endsWith('0') ? '1' : '0'}` : url;
}

/** Beyond the 300 s that receivers allow, unless `webhook_aged:<seconds>` says otherwise. */
function agedSeconds({ argument }: Fault): number {
  return /^\d{1,8}$/.test(argument ?? '') ? Number(argument) : 400;
}

/** Another last digit: a signature of the right form that fits nothing. */
function scrambled(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      `${value.slice(0, -1)}${value.endsWith('0') ? '1' : '0'}`,
    ]),
  );
}

/** Real delivery; redirects are not followed. */
export function httpDelivery(): { deliver: Deliver; close(): Promise<void> } {
  const agent = new Agent({
    connections: IN_FLIGHT_MAX,
    connectTimeout: 5_000,
    headersTimeout: 15_000,
    bodyTimeout: 15_000,
    maxResponseSize: 1024 * 1024,
  });
  return {
    deliver: async (url, headers, body) => {
      const reply = await request(url, { dispatcher: agent, method: 'POST', headers, body });
      await reply.body.dump();
      return reply.statusCode;
    },
    close: () => agent.destroy(),
  };
}
