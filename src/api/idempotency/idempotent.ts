// A mutation of an API under its Idempotency-Key. The pieces (readKey, fingerprintOf, keyedRequest, sendAnswer) serve
// payments too, which claim their key in the statement that writes the payment.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../../flows/context.ts';
import {
  type Answer,
  type GivenAnswer,
  type KeyedRequest,
  type OnceOptions,
  once,
  onceAround,
} from '../../flows/idempotency.ts';
import type { Executor } from '../../store/db.ts';
import { callerOf } from '../auth/reevit-caller.ts';
import { fingerprintOf, readKey, routeOf } from './key.ts';

export interface Result {
  readonly status: number;
  /** Absent: no body (204). */
  readonly body?: unknown;
}

export interface IdempotentOptions {
  readonly secret?: boolean;
  readonly conflictStatus?: 409 | 422;
  /** Who the key belongs to, where there is no caller. */
  readonly environmentId?: string;
}

/** Runs `work` in one transaction with its key, and answers the request. */
export async function idempotent(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  work: (tx: Executor) => Promise<Result>,
  options: IdempotentOptions = {},
): Promise<FastifyReply> {
  const keyed = keyedRequest(request, options.environmentId);
  const run = async (tx: Executor) => answerOf(await work(tx));
  return sendAnswer(reply, await once(context, keyed, run, onceOptions(request, options)));
}

/** As `idempotent`, for work that calls a PSP: no transaction is open while it does. */
export async function idempotentAround(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Promise<Result>,
  options: IdempotentOptions = {},
): Promise<FastifyReply> {
  const run = async () => answerOf(await work());
  const keyed = keyedRequest(request, options.environmentId);
  const answer = await onceAround(context, keyed, run, onceOptions(request, options));
  return sendAnswer(reply, answer);
}

/** The key of a request with everything it is compared by; null when none was sent. */
export function keyedRequest(
  request: FastifyRequest,
  environmentId?: string,
  ignored: readonly string[] = [],
): KeyedRequest | null {
  const key = readKey(request);
  if (key === null) return null;
  return {
    environmentId: environmentId ?? callerOf(request).environment.id,
    route: routeOf(request),
    key,
    fingerprint: fingerprintOf(request.body, ignored),
  };
}

/** A stored answer is sent byte for byte. */
export function sendAnswer(
  reply: FastifyReply,
  { status, body, replayed }: GivenAnswer,
): FastifyReply {
  if (replayed) reply.header('idempotent-replayed', 'true');
  reply.code(status);
  if (body === '') return reply.send();
  return reply
    .header('content-type', 'application/json; charset=utf-8')
    .serializer(String)
    .send(body);
}

export function answerOf({ status, body }: Result): Answer {
  return { status, body: body === undefined ? '' : JSON.stringify(body) };
}

function onceOptions(
  { server }: FastifyRequest,
  { secret = false, conflictStatus = 409 }: IdempotentOptions,
): OnceOptions {
  return {
    secret,
    conflictStatus,
    refusal: (problem) => answerOf({ status: problem.status, body: server.envelope(problem) }),
  };
}
