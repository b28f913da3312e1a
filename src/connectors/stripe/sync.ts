// Asks Stripe what became of an attempt: by the session or intent we were told, else by searching for our reference.
import { type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { AttemptRef, Call } from '../contract.ts';
import { readSession, type SessionReading } from './checkout.ts';
import { expandFee, intentOutcome, lastError, type State } from './intent.ts';
import { idAt, type Json, objectAt, textAt } from './json.ts';
import { searchList } from './list.ts';
import { type Flow, flowIn, mismatch, referenceIn } from './metadata.ts';
import { nothingLearned, readReply } from './reply.ts';
import { get, segment } from './request.ts';

export type Fetched =
  | { readonly kind: 'object'; readonly object: Json }
  | { readonly kind: 'failed'; readonly outcome: Outcome };

export async function sync(attempt: AttemptRef, call: Call): Promise<Outcome> {
  const session = sessionOf(attempt);
  if (session !== null) return syncSession(session, attempt, call);
  const intent = intentOf(attempt);
  if (intent !== null) return syncIntent(intent, flowOf(attempt), attempt, call);
  return find(attempt, call);
}

export function sessionOf({ pspReference, pspState }: AttemptRef): string | null {
  const named = pspState.session;
  if (named) return named;
  return pspReference?.startsWith('cs_') ? pspReference : null;
}

export function intentOf({ pspReference, pspState }: AttemptRef): string | null {
  const named = pspState.intent;
  if (named) return named;
  return pspReference?.startsWith('pi_') ? pspReference : null;
}

/** The intent, which a paid page names only when asked. Null when there is none, or Stripe did not say. */
export async function locateIntent(attempt: AttemptRef, call: Call): Promise<string | null> {
  const known = intentOf(attempt);
  const session = sessionOf(attempt);
  if (known !== null || session === null) return known;
  const fetched = await fetchSession(session, attempt, call);
  return fetched.kind === 'object' ? idAt(fetched.object, 'payment_intent') : null;
}

export function flowOf(attempt: AttemptRef): Flow {
  if (sessionOf(attempt) !== null) return 'page';
  return attempt.pspState.confirmed === '1' ? 'token' : 'client';
}

export async function fetchIntent(id: string, attempt: AttemptRef, call: Call): Promise<Fetched> {
  const query = { expand: expandFee };
  return fetchObject(`payment_intents/${segment(id)}`, query, 'payment_intent', id, attempt, call);
}

export async function fetchSession(id: string, attempt: AttemptRef, call: Call): Promise<Fetched> {
  return fetchObject(`checkout/sessions/${segment(id)}`, {}, 'checkout.session', id, attempt, call);
}

async function fetchObject(
  path: string,
  query: { readonly expand?: readonly string[] },
  type: string,
  id: string,
  attempt: AttemptRef,
  call: Call,
): Promise<Fetched> {
  const reply = readReply(await call.send(get(call, path, query)));
  if (reply.kind !== 'object') return { kind: 'failed', outcome: nothingLearned(reply) };
  const about = { reference: attempt.reference, mode: call.mode, id };
  const wrong = mismatch(reply.object, type, about);
  return wrong === null
    ? { kind: 'object', object: reply.object }
    : { kind: 'failed', outcome: unknown(wrong) };
}

async function syncIntent(
  id: string,
  flow: Flow,
  attempt: AttemptRef,
  call: Call,
  state: State = attempt.pspState,
): Promise<Outcome> {
  const fetched = await fetchIntent(id, attempt, call);
  return fetched.kind === 'failed' ? fetched.outcome : intentOutcome(fetched.object, flow, state);
}

async function syncSession(id: string, attempt: AttemptRef, call: Call): Promise<Outcome> {
  const fetched = await fetchSession(id, attempt, call);
  if (fetched.kind === 'failed') return fetched.outcome;
  const reading = readSession(fetched.object, attempt.pspState);
  if (reading.kind === 'told') return reading.outcome;
  if (reading.kind === 'open') return openPage(reading, attempt, call);
  return syncIntent(reading.intent, 'page', attempt, call, reading.state);
}

/** The page still takes another card after a failed try, so only money that moves is news. */
async function openPage(
  { outcome, intent }: SessionReading & { kind: 'open' },
  attempt: AttemptRef,
  call: Call,
): Promise<Outcome> {
  if (intent === null) return outcome;
  const fetched = await fetchIntent(intent, attempt, call);
  if (fetched.kind === 'failed') return outcome;
  const paid = intentOutcome(fetched.object, 'page', outcome.pspState ?? {});
  if (paid.kind === 'succeeded') return paid;
  const error = objectAt(fetched.object, 'last_payment_error');
  return { ...outcome, pspState: { ...outcome.pspState, ...lastError(error) } };
}

const KEY_LIFE_MS = 24 * 3_600_000;
/** Stripe's clock against ours. */
const SKEW_S = 300;
const FIRST_SENDING_S = 900;

/**
 * No id: the reply to the creation was lost. While Stripe keeps the key, repeating it is the better question. Later
 * the lists of that day are read, and only after both were read to the end is the object said not to exist.
 */
export async function find(attempt: AttemptRef, call: Call): Promise<Outcome> {
  const keyIsDead = call.nowMs - attempt.createdAtMs > KEY_LIFE_MS;
  let sawAll = keyIsDead;
  for (const created of windows(attempt, keyIsDead)) {
    for (const path of ['checkout/sessions', 'payment_intents'] as const) {
      const search = await searchList(call, path, { created }, (object) => isOurs(object, attempt));
      const id = textAt(search.found, 'id');
      if (search.found !== null && id !== null) {
        return path === 'checkout/sessions'
          ? syncSession(id, attempt, call)
          : syncIntent(id, flowIn(search.found), attempt, call);
      }
      sawAll &&= search.sawAll;
    }
  }
  if (!sawAll) return unknown('the attempt is not identified at Stripe yet');
  return { kind: 'unknown', reason: 'Stripe has no object with our reference', notFound: true };
}

/** First the minutes around the sending, where it nearly always is; then the rest of the key's life. */
function windows(attempt: AttemptRef, whole: boolean): { gte: number; lte: number }[] {
  const createdAtS = Math.floor(attempt.createdAtMs / 1000);
  const likely = { gte: createdAtS - SKEW_S, lte: createdAtS + FIRST_SENDING_S };
  const rest = { gte: likely.lte + 1, lte: createdAtS + KEY_LIFE_MS / 1000 + SKEW_S };
  return whole ? [likely, rest] : [likely];
}

function isOurs(object: Json, { reference }: AttemptRef): boolean {
  return referenceIn(object) === reference || textAt(object, 'client_reference_id') === reference;
}
