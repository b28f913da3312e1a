// What every object that we create at Stripe carries, and the check that an answer is about the object we mean.
// Stripe cannot be asked by our reference (psp/stripe.md 2.1): metadata is the only way back from an object to us.
import type { Mode } from '../contract.ts';
import { clip } from './decline.ts';
import { isId, type Json, objectAt, textAt } from './json.ts';

/** How the customer is to pay: a token that we confirm, Stripe.js in the browser, or Stripe's page. */
export type Flow = 'token' | 'client' | 'page';

/** Kept at the object, so that an attempt that is found again without its state is still understood. */
export const flowKey = 'switchyard_flow';

export function flowIn(object: Json): Flow {
  const flow = textAt(objectAt(object, 'metadata'), flowKey);
  return flow === 'token' || flow === 'page' ? flow : 'client';
}

// Stripe's limits: 50 keys of 40 characters without square brackets, values of 500 characters.
const KEYS_MAX = 50;
const KEY_MAX = 40;
const VALUE_MAX = 500;

/** Ours first and never displaced; the merchant's sorted, because a stored object may come back in another order. */
export function metadataOf(
  ours: Readonly<Record<string, string>>,
  merchants: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const rest = Object.entries(merchants)
    .filter(([key, value]) => usable(key, value) && !Object.hasOwn(ours, key))
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const kept = [...Object.entries(ours), ...rest].slice(0, KEYS_MAX);
  return Object.fromEntries(kept.map(([key, value]) => [key, clip(value, VALUE_MAX) ?? '']));
}

/** How webhooks find their way back; a merchant with fifty keys must not push them out. */
const ROUTING = ['payment_id', 'org_id', 'connection_id'];

function rank(key: string): number {
  const index = ROUTING.indexOf(key);
  return index === -1 ? ROUTING.length : index;
}

function usable(key: string, value: unknown): boolean {
  return (
    key !== '' &&
    key.length <= KEY_MAX &&
    !/[[\]]/.test(key) &&
    typeof value === 'string' &&
    !!value
  );
}

/** The object that an answer must be about. */
export interface About {
  readonly reference: string;
  readonly mode: Mode;
  /** Set when it was asked for by id: then metadata may be missing, but not contradict. */
  readonly id: string | null;
}

/** Why an object is not the one we mean; null when it is. */
export function mismatch(object: Json, type: string, about: About): string | null {
  const id = textAt(object, 'id');
  if (textAt(object, 'object') !== type || !isId(id)) return `the answer is not a ${type}`;
  if (about.id !== null && id !== about.id) return 'the answer is about another object';
  const livemode = object.livemode;
  if (typeof livemode === 'boolean' && livemode !== (about.mode === 'live')) {
    return `the answer is of ${livemode ? 'live' : 'test'} mode`;
  }
  const reference = referenceIn(object);
  const named = reference ?? (about.id === null ? null : about.reference);
  return named === about.reference ? null : 'the answer does not carry our reference';
}

export function referenceIn(object: Json): string | null {
  return textAt(objectAt(object, 'metadata'), 'reference');
}
