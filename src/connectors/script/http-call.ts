// One `sdk.http` call on the host's side: judged, sent once through the transport, traced. It never rejects, and never
// repeats anything but a GET that the same host redirected.
import type { Clock } from '../../kernel/ports.ts';
import type { PspRequest, Transmission } from '../transport.ts';
import type { ScriptExchange, ScriptLimits, ScriptMeta, ScriptSend } from './contract.ts';
import { type EgressTarget, judgeUrl } from './egress.ts';
import type { Secrets } from './secrets.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
/** What a browser may send beside letters, and nothing that ends a line. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]{0,8192}$/;
const HOST_SETS =
  /^(host|content-length|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect|cookie|proxy-.*)$/i;
const HEADERS_MAX = 50;
const REDIRECTS_MAX = 3;
const REDIRECTS = [301, 302, 303, 307, 308];
const SECRET_HEADERS =
  /^(authorization|cookie|set-cookie|x-api-key|api-?key|sign|signature|x-sign(ature)?)$/i;
const CARD_NUMBER = /(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.])/g;
const META_CHARACTERS = 16 * 1024;

export interface HttpArgs {
  readonly method: PspRequest['method'];
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly movesNoMoney: boolean;
}

/** What the prelude makes an answer of (sandbox/sdk.ts). */
export interface HttpReply {
  readonly success: boolean;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly sent: Transmission['sent'];
  readonly problem?: { readonly message: string; readonly type: string };
}

export interface Wire {
  readonly send: ScriptSend;
  readonly egress: readonly string[];
  readonly limits: ScriptLimits;
  readonly clock: Clock;
  /** Every request that is handed to the transport, from then on. */
  readonly exchanges: Traced[];
  warn(text: string): void;
}

/** An exchange as it happens: `unknown` until its answer is there. */
export interface Traced {
  readonly args: HttpArgs;
  readonly startedAtMs: number;
  transmission: Transmission;
  latencyMs: number;
}

export function readHttpArgs(value: unknown): HttpArgs | null {
  const { method, url, headers, body, movesNoMoney } = (value ?? {}) as Partial<HttpArgs>;
  const fits =
    METHODS.includes(String(method)) &&
    typeof url === 'string' &&
    typeof headers === 'object' &&
    headers !== null &&
    (body === null || typeof body === 'string');
  if (!fits) return null;
  return { method: method!, url, headers, body, movesNoMoney: movesNoMoney === true };
}

export async function callHttp(args: HttpArgs, wire: Wire): Promise<HttpReply> {
  const { egress, limits } = wire;
  const verdict = judgeUrl(args.url, egress);
  const refusal = verdict.allowed ? refusalOf(args, limits) : verdict.reason;
  if (!verdict.allowed || refusal !== null) {
    wire.warn(`refused call: ${refusal}`);
    return unsent(422, `refused: ${refusal}`, 'NetworkError');
  }
  let target: EgressTarget = verdict;
  for (let hop = 0; ; hop += 1) {
    const transmission = await exchange(args, target, wire);
    const next =
      args.method === 'GET' && hop < REDIRECTS_MAX ? redirected(transmission, target) : null;
    const onward = next === null ? null : judgeUrl(next, egress);
    if (!onward?.allowed || onward.origin !== target.origin) return replyOf(transmission);
    target = onward;
  }
}

/** Too many calls: nothing is sent. */
export function tooMany(callsMax: number): HttpReply {
  return unsent(429, `more than ${callsMax} calls in one run`, 'LimitError');
}

function refusalOf({ headers, body }: HttpArgs, { requestBytes }: ScriptLimits): string | null {
  const entries = Object.entries(headers);
  if (entries.length > HEADERS_MAX) return 'too many headers';
  for (const [name, value] of entries) {
    if (!HEADER_NAME.test(name)) return 'a header name that is none';
    if (HOST_SETS.test(name)) return `header ${name} is set by the host`;
    if (typeof value !== 'string' || !HEADER_VALUE.test(value)) {
      return `header ${name} has a value that is not one line of text`;
    }
  }
  return body !== null && Buffer.byteLength(body) > requestBytes
    ? `the body is larger than ${requestBytes} bytes`
    : null;
}

async function exchange(args: HttpArgs, target: EgressTarget, wire: Wire): Promise<Transmission> {
  const { send, limits, clock, exchanges } = wire;
  const traced: Traced = {
    args: { ...args, url: `${target.origin}${target.path}` },
    startedAtMs: clock.nowMs(),
    transmission: { sent: 'unknown', reason: 'reply not awaited' },
    latencyMs: 0,
  };
  exchanges.push(traced);
  let transmission: Transmission;
  try {
    transmission = await send({
      method: args.method,
      origin: target.origin,
      path: target.path,
      headers: args.headers,
      deadlineMs: limits.callMs,
      ...(args.body === null ? {} : { body: args.body }),
      ...(args.movesNoMoney ? { movesNoMoney: true } : {}),
    });
  } catch {
    transmission = { sent: 'unknown', reason: 'the sender failed' };
  }
  // An answer that the script is not given proves nothing to it, whatever its status was.
  if (transmission.sent === 'replied' && Buffer.byteLength(transmission.text) > limits.replyBytes) {
    transmission = { sent: 'unknown', reason: `reply larger than ${limits.replyBytes} bytes` };
  }
  traced.transmission = transmission;
  traced.latencyMs = Math.max(0, clock.nowMs() - traced.startedAtMs);
  return transmission;
}

function redirected(transmission: Transmission, target: EgressTarget): string | null {
  if (transmission.sent !== 'replied' || !REDIRECTS.includes(transmission.status)) return null;
  const { location } = transmission.headers;
  const from = `${target.origin}${target.path}`;
  return location !== undefined && URL.canParse(location, from)
    ? new URL(location, from).href
    : null;
}

function replyOf(transmission: Transmission): HttpReply {
  if (transmission.sent === 'replied') {
    const { status, headers, text } = transmission;
    const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    return {
      success: status >= 200 && status <= 299,
      status,
      headers: Object.fromEntries(lower),
      text,
      sent: 'replied',
    };
  }
  const { sent, reason } = transmission;
  const late = /deadline|TIMEOUT/.test(reason);
  return late
    ? { ...unsent(408, `no answer in time: ${reason}`, 'TimeoutError'), sent }
    : { ...unsent(422, `network failure: ${reason}`, 'NetworkError'), sent };
}

function unsent(status: number, message: string, type: string): HttpReply {
  return {
    success: false,
    status,
    headers: {},
    text: '',
    sent: 'not_sent',
    problem: { message, type },
  };
}

export function evidenceOf(
  { args, transmission, latencyMs }: Traced,
  secrets: Secrets,
): ScriptExchange {
  const replied = transmission.sent === 'replied';
  return {
    method: args.method,
    url: shown(args.url, secrets, 2_048),
    movesNoMoney: args.movesNoMoney,
    sent: transmission.sent,
    status: replied ? transmission.status : null,
    reason: replied ? null : shown(transmission.reason, secrets, 200),
    latencyMs,
  };
}

/** For people (connxt.md 9.5): redacted by value and by name. */
export function metaOf(traced: Traced, secrets: Secrets): ScriptMeta['http'][string] {
  const { args, transmission, latencyMs } = traced;
  const reply = replyOf(transmission);
  const { url, method, headers, body } = args;
  return {
    request: {
      url: shown(url, secrets, 2_048),
      method,
      headers: shownHeaders(headers, secrets),
      data: body === null ? null : shown(body, secrets, META_CHARACTERS),
    },
    response: {
      status: reply.status,
      headers: shownHeaders(reply.headers, secrets),
      data: transmission.sent === 'replied' ? shown(reply.text, secrets, META_CHARACTERS) : null,
    },
    duration: latencyMs,
  };
}

function shownHeaders(headers: Readonly<Record<string, string>>, secrets: Secrets) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      SECRET_HEADERS.test(name) ? '[redacted]' : shown(String(value), secrets, 2_048),
    ]),
  );
}

/** Redacted before it is cut: half a secret at the cut would no longer be known. */
function shown(text: string, secrets: Secrets, charactersMax: number): string {
  const safe = secrets.redact(text).replace(CARD_NUMBER, withoutCard).replaceAll('\u0000', '');
  return (
    safe.length > charactersMax ? `${safe.slice(0, charactersMax - 1)}…` : safe
  ).toWellFormed();
}

function withoutCard(text: string): string {
  const digits = text.replace(/\D/g, '');
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = Number(digits[digits.length - 1 - at]) * (at % 2 === 0 ? 1 : 2);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0 ? `${digits.slice(0, 6)}…${digits.slice(-4)}` : text;
}
