// A request under an Idempotency-Key has one effect and one answer, however often it is sent (reliability.md section 4).
// Key, effect and answer are one transaction (`once`); around a call of a PSP, which no transaction may wait for, the
// key is claimed before and answered after (`onceAround`).
import { Problem } from '../kernel/problem.ts';
import type { Executor } from '../store/db.ts';
import {
  answerKey,
  claimKey,
  findKey,
  forgetKey,
  type KeyPlace,
  releaseKey,
  type StoredKey,
} from '../store/idempotency.ts';
import { open, type SealContext, seal } from '../vault/envelope.ts';
import type { Context } from './context.ts';

export const KEY_LIFETIME_MS = 24 * 60 * 60_000;
/** A claim without an answer after this long was left by a process that died; a request takes 30 s at most. */
const ABANDONED_AFTER_MS = 60_000;

export interface KeyedRequest extends KeyPlace {
  readonly fingerprint: Buffer;
}

/** What a request is answered, as it is stored and sent. */
export interface Answer {
  readonly status: number;
  /** JSON text; empty: no body. */
  readonly body: string;
}

export interface GivenAnswer extends Answer {
  readonly replayed: boolean;
}

export interface OnceOptions {
  /** The answer of a refusal, in the words of the API that was asked. */
  readonly refusal: (problem: Problem) => Answer;
  /** The answer holds a secret that is shown once: it is stored sealed. */
  readonly secret?: boolean;
  /** Status of the same key with another request: 409 in Reevit, 422 on our own routes. */
  readonly conflictStatus?: 409 | 422;
}

/** `work` may run more than once, each time in a fresh transaction, and is applied at most once; also without a key. */
export async function once(
  context: Context,
  request: KeyedRequest | null,
  work: (tx: Executor) => Promise<Answer>,
  options: OnceOptions,
): Promise<GivenAnswer> {
  if (request === null) return fresh(await context.db.transaction(work));
  try {
    return await context.db.transaction(async (tx) => {
      if (!(await claim(context, tx, request))) return recallOrThrow(context, tx, request, options);
      const answer = await work(tx);
      await keep(context, tx, request, answer, options);
      return fresh(answer);
    });
  } catch (error) {
    // The effect was rolled back with the claim; a definite refusal is kept on its own.
    const refusal = definiteRefusal(error, options);
    if (refusal === null || isOfKey(error)) throw error;
    await claimAnswered(context, request, refusal, options);
    return fresh(refusal);
  }
}

/** For work that calls a PSP and may be repeated without harm when the process dies in between. */
export async function onceAround(
  context: Context,
  request: KeyedRequest | null,
  work: () => Promise<Answer>,
  options: OnceOptions,
): Promise<GivenAnswer> {
  if (request === null) return fresh(await work());
  const { db } = context;
  if (!(await claim(context, db, request))) return recallOrThrow(context, db, request, options);
  let answer: Answer;
  try {
    answer = await work();
  } catch (error) {
    const refusal = definiteRefusal(error, options);
    if (refusal === null) {
      await releaseKey(db, request, request.fingerprint);
      throw error;
    }
    answer = refusal;
  }
  await keep(context, db, request, answer, options);
  return fresh(answer);
}

export type Recalled =
  /** The key is free: never used, or older than its lifetime. */
  | { readonly kind: 'free' }
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'in_progress'; readonly resourceId: string | null };

/** What is known under a key. Throws `idempotency_conflict` when it was used for another request. */
export async function recall(
  context: Context,
  db: Executor,
  request: KeyedRequest,
  { secret = false, conflictStatus = 409 }: Pick<OnceOptions, 'secret' | 'conflictStatus'> = {},
): Promise<Recalled> {
  const stored = await findKey(db, request);
  if (stored === null) return { kind: 'free' };
  const expiredBeforeMs = context.ports.clock.nowMs() - KEY_LIFETIME_MS;
  if (stored.createdAt < expiredBeforeMs) {
    await forgetKey(db, request, expiredBeforeMs);
    return { kind: 'free' };
  }
  if (!stored.fingerprint.equals(request.fingerprint)) throw conflicting(conflictStatus);
  if (stored.status === null) return { kind: 'in_progress', resourceId: stored.resourceId };
  return { kind: 'answered', answer: readAnswer(context, request, stored, secret) };
}

export interface LastingKey {
  readonly fingerprint: Buffer;
  readonly resourceId: string | null;
  /** Null: not answered yet. */
  readonly answer: Answer | null;
}

/** What is known under a key whose lifetime is its row's: the Connxt API keeps them for a month (connxt.md 7.7). */
export async function recallLasting(
  context: Context,
  request: KeyedRequest,
): Promise<LastingKey | null> {
  const stored = await findKey(context.db, request);
  if (stored === null) return null;
  const { fingerprint, resourceId } = stored;
  const answer = stored.status === null ? null : readAnswer(context, request, stored, true);
  return { fingerprint, resourceId, answer };
}

export function inProgress(): Problem {
  const message = 'A request with this Idempotency-Key is still being answered';
  return new Problem(409, 'idempotency_in_progress', message, {}, 1);
}

/** Whether an answer holds for every repeat: 4xx that a repeat may turn into a success do not. */
export function isDefinite(status: number): boolean {
  return status < 500 && ![401, 403, 408, 409, 425, 429].includes(status);
}

async function recallOrThrow(
  context: Context,
  db: Executor,
  request: KeyedRequest,
  options: OnceOptions,
): Promise<GivenAnswer> {
  const recalled = await recall(context, db, request, options);
  if (recalled.kind !== 'answered') throw inProgress();
  return { ...recalled.answer, replayed: true };
}

function claim(context: Context, db: Executor, request: KeyedRequest): Promise<boolean> {
  const nowMs = context.ports.clock.nowMs();
  return claimKey(db, {
    ...request,
    nowMs,
    expiredBeforeMs: nowMs - KEY_LIFETIME_MS,
    abandonedBeforeMs: nowMs - ABANDONED_AFTER_MS,
  });
}

/** In one commit: a claim that a crash left without its answer would keep repeats waiting. False: it is taken. */
function claimAnswered(
  context: Context,
  request: KeyedRequest,
  answer: Answer,
  options: Pick<OnceOptions, 'secret'>,
): Promise<boolean> {
  return context.db.transaction(async (tx) => {
    if (!(await claim(context, tx, request))) return false;
    await keep(context, tx, request, answer, options);
    return true;
  });
}

async function keep(
  context: Context,
  db: Executor,
  request: KeyedRequest,
  { status, body }: Answer,
  { secret = false }: Pick<OnceOptions, 'secret'>,
): Promise<void> {
  const { keyRing, ports } = context;
  const kept = secret ? seal(keyRing, placeOf(request), body, ports.random) : body;
  await answerKey(db, request, request.fingerprint, status, kept);
}

function readAnswer(
  { keyRing }: Context,
  request: KeyedRequest,
  { status, body }: StoredKey,
  secret: boolean,
): Answer {
  const text = body ?? '';
  // Refusals are told by the same form: what was sealed is opened.
  return { status: status ?? 500, body: secret ? open(keyRing, placeOf(request), text) : text };
}

function placeOf({ environmentId, route, key }: KeyPlace): SealContext {
  return answerPlace(environmentId, `${route} ${key}`);
}

/** Where the answer of a request is sealed for; `subject`: its route and key, with a space between. */
export function answerPlace(environmentId: string, subject: string): SealContext {
  return { environmentId, subject, field: 'idempotent_answer' };
}

function definiteRefusal(error: unknown, { refusal }: OnceOptions): Answer | null {
  if (!(error instanceof Problem) || error.status < 400 || !isDefinite(error.status)) return null;
  return refusal(error);
}

/** The key's own refusals (409, 422) are not the operation's. */
function isOfKey(error: unknown): boolean {
  return error instanceof Problem && error.code.startsWith('idempotency_');
}

function conflicting(status: 409 | 422 = 409): Problem {
  const message = 'This Idempotency-Key was used for another request';
  return new Problem(status, 'idempotency_conflict', message);
}

function fresh(answer: Answer): GivenAnswer {
  return { ...answer, replayed: false };
}

/** The stored form of an answer that holds secrets. */
export function sealAnswer(
  { keyRing, ports }: Context,
  request: KeyedRequest,
  body: string,
): string {
  return seal(keyRing, placeOf(request), body, ports.random);
}

/** Stores the answer of a request whose key was claimed with its effect. */
export function keepAnswer(context: Context, request: KeyedRequest, answer: Answer): Promise<void> {
  return keep(context, context.db, request, answer, { secret: true });
}

/** Keeps a definite refusal under a key, unless the key says something else already: then that is the answer. */
export async function keepRefusal(
  context: Context,
  request: KeyedRequest,
  refusal: Answer,
): Promise<GivenAnswer> {
  if (await claimAnswered(context, request, refusal, { secret: true })) return fresh(refusal);
  const recalled = await recall(context, context.db, request, { secret: true });
  if (recalled.kind === 'answered') return { ...recalled.answer, replayed: true };
  if (recalled.kind === 'in_progress') throw inProgress();
  return fresh(refusal);
}
