// Reads what a handler returned: the shape of connxt.md 9.5 and the sizes, nothing about its meaning. Whatever a script
// puts there is data; names that JavaScript treats in special ways are dropped, and secrets are taken out.
import type { Json, ScriptLimits, StepResult } from './contract.ts';

const DEPTH_MAX = 64;
const DROPPED = ['__proto__', 'constructor', 'prototype'];
const OUTCOMES = ['PENDING', 'ACCEPTED', 'SUCCEEDED', 'FAILED', 'REJECTED'];
const MESSAGE_CHARACTERS_MAX = 1_000;
const URL_CHARACTERS_MAX = 8_192;

/** A result that is none; the message is one of the documented ones, or for the author only. */
export class BadResult extends Error {}

type Redact = (text: string) => string;
type Fields = Readonly<Record<string, Json>>;

/** Throws a BadResult. */
export function readResult(text: string, limits: ScriptLimits, redact: Redact): StepResult {
  const result = clean(parsed(text), redact, 0);
  if (typeof result !== 'object' || result === null || Array.isArray(result)) {
    throw new BadResult('Handler must return an object');
  }
  const fields = result as Fields;
  const extras = readExtras(fields, limits);
  switch (fields.__type) {
    case undefined:
      throw new BadResult('Handler result must have __type property');
    case 'success':
      return { ...extras, __type: 'success', data: fields.data ?? null };
    case 'failure':
      return { ...extras, __type: 'failure', ...readFailure(fields) };
    case 'redirect':
      return { ...extras, __type: 'redirect', url: readUrl(fields.url), data: fields.data ?? {} };
    default:
      throw new BadResult(`Invalid __type: ${String(fields.__type).slice(0, 100)}`);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadResult('the result is not JSON');
  }
}

function clean(value: unknown, redact: Redact, depth: number): Json {
  if (depth > DEPTH_MAX)
    throw new BadResult(`the result is nested deeper than ${DEPTH_MAX} levels`);
  if (typeof value === 'string') return redact(value);
  if (typeof value !== 'object' || value === null) return value as Json;
  if (Array.isArray(value)) return value.map((item) => clean(item, redact, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !DROPPED.includes(name))
      .map(([name, inner]) => [redact(name), clean(inner, redact, depth + 1)]),
  );
}

/** Published scripts hand on whatever the PSP said, also when it said nothing. */
function readFailure({ message, status }: Fields) {
  const said = typeof message === 'string' ? message : JSON.stringify(message ?? null);
  const known = typeof status === 'number' && Number.isInteger(status);
  return {
    message: said === 'null' ? 'Connector error' : said.slice(0, MESSAGE_CHARACTERS_MAX),
    status: known && status >= 100 && status <= 599 ? status : 400,
  };
}

/** A web address, or a path of the merchant's origin (connxt.md 10.1): `ctx.urls` may hold either. */
function readUrl(url: Json | undefined): string {
  const leads = typeof url === 'string' && /^(https?:\/\/|\/(?![/\\]))/i.test(url);
  if (leads && url.length <= URL_CHARACTERS_MAX) return url;
  throw new BadResult('url of a redirect must start with http://, https:// or a single /');
}

function readExtras(fields: Fields, { stateBytes }: ScriptLimits) {
  const { outcome, state, amount, ack } = fields;
  const pspTxnId = readText(fields, 'pspTxnId', 128);
  const currency = readText(fields, 'currency', 12);
  const errorCode = readText(fields, 'errorCode', 64);
  if (outcome !== undefined && !(typeof outcome === 'string' && OUTCOMES.includes(outcome))) {
    throw new BadResult(`outcome must be one of ${OUTCOMES.join(', ')}`);
  }
  if (
    amount !== undefined &&
    !(typeof amount === 'string' && /^\d{1,20}(\.\d{1,10})?$/.test(amount))
  ) {
    throw new BadResult('amount must be decimal text like "10.50"');
  }
  if (state !== undefined && Buffer.byteLength(JSON.stringify(state)) > stateBytes) {
    throw new BadResult(`state is larger than ${stateBytes} bytes`);
  }
  return {
    ...(outcome === undefined ? {} : { outcome: outcome as NonNullable<StepResult['outcome']> }),
    ...(pspTxnId === undefined ? {} : { pspTxnId }),
    ...(amount === undefined ? {} : { amount }),
    ...(currency === undefined ? {} : { currency }),
    ...(errorCode === undefined ? {} : { errorCode }),
    ...(state === undefined ? {} : { state }),
    ...(ack === undefined ? {} : { ack: readAck(ack) }),
  };
}

/** Null counts as absent: PSPs' answers are full of it. */
function readText(fields: Fields, name: string, charactersMax: number): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value.length <= charactersMax) return value;
  throw new BadResult(`${name} must be a string of at most ${charactersMax} characters`);
}

function readAck(ack: Json): NonNullable<StepResult['ack']> {
  const { status, body, contentType } = (
    typeof ack === 'object' && ack !== null ? ack : {}
  ) as Fields;
  const fits =
    (status === undefined ||
      (Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 599)) &&
    (body === undefined || (typeof body === 'string' && body.length <= 4_096)) &&
    (contentType === undefined ||
      (typeof contentType === 'string' && /^[\w.+/;= -]{1,100}$/.test(contentType)));
  if (!fits)
    throw new BadResult('ack must be {status?: 200–599, body?: string, contentType?: string}');
  return {
    ...(status === undefined ? {} : { status: Number(status) }),
    ...(body === undefined ? {} : { body: String(body) }),
    ...(contentType === undefined ? {} : { contentType: String(contentType) }),
  };
}
