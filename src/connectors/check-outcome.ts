// A connector is not trusted to be right (api/connector-contract.md G-14): its outcome is copied member by member,
// texts are shortened and redacted, and one that makes no sense is no outcome at all.
import { type Decline, declines } from '../domain/attempt/decline.ts';
import type { CustomerAction, Outcome, PspFacts } from '../domain/attempt/outcome.ts';
import { storable } from './exchange.ts';
import type { Redact } from './redact.ts';

const MESSAGE_MAX = 500;
const IDENTIFIER_MAX = 512;
const URL_MAX = 4096;
const STATE_MAX_ENTRIES = 32;
const WHATS = ['captured', 'authorized', 'voided', 'refunded', 'paid_out'] as const;
const FIELDS = ['otp', 'pin', 'phone', 'birthday', 'address'] as const;
const FALLBACKS = ['never', 'once', 'yes'] as const;

type Loose = Readonly<Record<string, unknown>>;

class Senseless extends Error {}

/** The outcome as the host may store it. Throws with the member's name when it makes no sense. */
export function checkOutcome(value: unknown, redact: Redact): Outcome {
  const given = record(value, 'outcome');
  const message = (member: string) => text(given[member], member, redact);
  const facts = factsOf(given);
  switch (given.kind) {
    case 'succeeded':
      return {
        ...facts,
        kind: 'succeeded',
        what: oneOf(WHATS, given.what, 'what'),
        amountMinor: minor(given.amountMinor, 'amountMinor'),
        currency: currency(given.currency),
      };
    case 'requires_action':
      return { ...facts, kind: 'requires_action', action: actionOf(given.action, redact) };
    case 'pending':
      return given.message === undefined
        ? { ...facts, kind: 'pending' }
        : { ...facts, kind: 'pending', message: message('message') };
    case 'declined':
      return { ...facts, kind: 'declined', decline: declineOf(given.decline, redact) };
    case 'not_sent':
      return { ...facts, kind: 'not_sent', reason: message('reason') };
    case 'unknown': {
      const notFound = given.notFound === true ? { notFound: true } : {};
      return { ...facts, kind: 'unknown', reason: message('reason'), ...notFound };
    }
    default:
      throw new Senseless('outcome kind');
  }
}

function factsOf(given: Loose): PspFacts {
  const { pspReference, pspState, clientToken, feeMinor, feeCurrency } = given;
  return {
    ...(pspReference === undefined ? {} : { pspReference: orNull(pspReference, 'pspReference') }),
    ...(pspState === undefined ? {} : { pspState: stateOf(pspState) }),
    ...(clientToken === undefined ? {} : { clientToken: orNull(clientToken, 'clientToken') }),
    // A fee is a side note: one that cannot be read must not cost us the outcome.
    ...(typeof feeMinor === 'bigint' && feeMinor >= 0n && isCurrencyCode(feeCurrency)
      ? { feeMinor, feeCurrency }
      : {}),
  };
}

function stateOf(value: unknown): Record<string, string> {
  const entries = Object.entries(record(value, 'pspState'));
  if (entries.length > STATE_MAX_ENTRIES) throw new Senseless('pspState');
  return Object.fromEntries(
    entries.map(([name, one]) => [
      identifier(name, 'pspState'),
      identifier(one, 'pspState', URL_MAX),
    ]),
  );
}

function actionOf(value: unknown, redact: Redact): CustomerAction {
  const action = record(value, 'action');
  const say = (member: string) => text(action[member], `action.${member}`, redact);
  switch (action.type) {
    case 'redirect':
      return { type: 'redirect', url: webUrl(action.url) };
    case 'client':
      return { type: 'client' };
    case 'submit': {
      const field = oneOf(FIELDS, action.field, 'action.field');
      return { type: 'submit', field, message: say('message') };
    }
    case 'wait':
      return { type: 'wait', message: say('message') };
    case 'ussd':
      return {
        type: 'ussd',
        code: identifier(action.code, 'action.code'),
        message: say('message'),
      };
    case 'bank_transfer':
      return {
        type: 'bank_transfer',
        bankName: say('bankName'),
        accountNumber: identifier(action.accountNumber, 'action.accountNumber'),
        accountName: say('accountName'),
        expiresAt: orNull(action.expiresAt, 'action.expiresAt'),
        message: say('message'),
      };
    case 'qr': {
      const imageUrl = action.imageUrl === null ? null : webUrl(action.imageUrl);
      return { type: 'qr', imageUrl, text: identifier(action.text, 'action.text', URL_MAX) };
    }
    default:
      throw new Senseless('action type');
  }
}

function declineOf(value: unknown, redact: Redact): Decline {
  const given = record(value, 'decline');
  const { code, fallbackOverride } = given;
  if (typeof code !== 'string' || !Object.hasOwn(declines, code))
    throw new Senseless('decline code');
  const decline: Decline = {
    code: code as Decline['code'],
    message: text(given.message, 'decline.message', redact),
    pspCode: given.pspCode === null ? null : text(given.pspCode, 'decline.pspCode', redact),
  };
  if (fallbackOverride === undefined) return decline;
  return { ...decline, fallbackOverride: oneOf(FALLBACKS, fallbackOverride, 'fallbackOverride') };
}

function record(value: unknown, member: string): Loose {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Senseless(member);
  return value as Loose;
}

function oneOf<T extends string>(allowed: readonly T[], value: unknown, member: string): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new Senseless(member);
  return found;
}

function minor(value: unknown, member: string): bigint {
  // Above this a bigint column of Postgres would refuse it.
  if (typeof value !== 'bigint' || value < 0n || value >= 1n << 63n) throw new Senseless(member);
  return value;
}

function isCurrencyCode(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Z]{3}$/.test(value);
}

function currency(value: unknown): string {
  if (!isCurrencyCode(value)) throw new Senseless('currency');
  return value;
}

function text(value: unknown, member: string, redact: Redact): string {
  if (typeof value !== 'string') throw new Senseless(member);
  return storable(redact(value), MESSAGE_MAX);
}

/** Identifiers are used again, so a long one is wrong rather than shortened. */
function identifier(value: unknown, member: string, maxCharacters = IDENTIFIER_MAX): string {
  const usable =
    typeof value === 'string' &&
    value.length <= maxCharacters &&
    storable(value, URL_MAX) === value;
  if (!usable) throw new Senseless(member);
  return value;
}

function orNull(value: unknown, member: string): string | null {
  return value === null ? null : identifier(value, member);
}

/** A customer's browser is sent there: never `javascript:`, `data:` or a relative address. */
function webUrl(value: unknown): string {
  const url = identifier(value, 'action.url', URL_MAX);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new Senseless('action.url');
  return url;
}
