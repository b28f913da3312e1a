// The record of what one operation said to the PSP and heard from it. It is evidence: stored, shown to operators,
// and the only thing the host believes about what left this machine. Request bodies and headers are never kept.
import type { Clock } from '../kernel/ports.ts';
import type { Call } from './contract.ts';
import type { Redact } from './redact.ts';
import type { PspRequest, Transmission } from './transport.ts';

export interface Exchange {
  readonly method: PspRequest['method'];
  /** Path and query, credentials removed. */
  readonly path: string;
  readonly movesNoMoney: boolean;
  readonly sent: Transmission['sent'];
  /** HTTP status when replied. */
  readonly status: number | null;
  /** A 5xx that the PSP documents as a refusal. */
  readonly refusal?: true;
  /** Why there is no reply. */
  readonly reason: string | null;
  /** The start of the reply, credentials removed. */
  readonly replyText: string | null;
  readonly latencyMs: number;
}

const exchangeLimits = { replyCharacters: 4096, pathCharacters: 1024, calls: 20 } as const;

interface Entry {
  readonly request: PspRequest;
  /** `unknown` until `send` came back: a connector that does not wait for its reply has lost it. */
  transmission: Transmission;
  latencyMs: number;
}

export class Recorder {
  readonly #entries: Entry[] = [];
  readonly #tokens: string[] = [];
  /** The connector's call: the same one, with every exchange recorded. */
  readonly call: Call;

  constructor(call: Call, clock: Clock) {
    this.call = {
      ...call,
      send: (request) => this.#send(request, call, clock),
      token: async (wish) => {
        const got = await call.token(wish);
        if ('token' in got) this.#tokens.push(got.token);
        return got;
      },
    };
  }

  /** The access tokens that the connector was given: as secret as credentials. */
  get tokens(): readonly string[] {
    return this.#tokens;
  }

  exchanges(redact: Redact): Exchange[] {
    return this.#entries.map((entry) => exchangeOf(entry, redact));
  }

  async #send(request: PspRequest, call: Call, clock: Clock): Promise<Transmission> {
    if (!/^\/(?![/\\])[^\s\\]*$/.test(request.path)) throw new Error('request path is not a path');
    if (this.#entries.length >= exchangeLimits.calls)
      throw new Error('too many requests in one operation');
    const startedMs = clock.nowMs();
    const transmission: Transmission = { sent: 'unknown', reason: 'reply not awaited' };
    const entry: Entry = { request, transmission, latencyMs: 0 };
    this.#entries.push(entry);
    try {
      entry.transmission = await call.send(request);
      return entry.transmission;
    } finally {
      entry.latencyMs = Math.max(0, clock.nowMs() - startedMs);
    }
  }
}

function exchangeOf({ request, transmission, latencyMs }: Entry, redact: Redact): Exchange {
  const replied = transmission.sent === 'replied';
  return {
    method: request.method,
    path: storable(redact(request.path), exchangeLimits.pathCharacters),
    movesNoMoney: request.movesNoMoney === true,
    sent: transmission.sent,
    status: replied ? transmission.status : null,
    ...(isRefusal({ request, transmission }) ? { refusal: true } : {}),
    reason: replied ? null : storable(redact(transmission.reason), 200),
    replyText: replyTextOf({ request, transmission }, redact),
    latencyMs,
  };
}

type Exchanged = Pick<Entry, 'request' | 'transmission'>;

function isRefusal({ request, transmission }: Exchanged): boolean {
  return (
    transmission.sent === 'replied' &&
    transmission.status >= 500 &&
    request.refusesBy5xx?.(transmission.text) === true
  );
}

function replyTextOf({ request, transmission }: Exchanged, redact: Redact): string | null {
  if (transmission.sent !== 'replied') return null;
  if (request.secretReply) return '[not kept]';
  // Redacted before it is cut: half a credential at the cut would no longer be recognised.
  return storable(redact(transmission.text), exchangeLimits.replyCharacters);
}

/** Postgres refuses NUL and lone surrogates in text. */
export function storable(text: string, maxCharacters: number): string {
  const cut = text.length > maxCharacters ? `${text.slice(0, maxCharacters - 1)}…` : text;
  return cut.replaceAll('\u0000', '').toWellFormed();
}
