// Idempotency of the routes that change a payment. The key is claimed by the same statement as the effect, and the
// answer is stored by the statement that settles it; so a repeat finds the stored answer, a call still under way
// (409, come back), or a call whose process died, which is then resumed: asked about, never done again.
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  latestAttempt,
  type Operation,
  operationOf,
  type PaymentRecord,
} from '../../../domain/payment/payment.ts';
import { KeyTaken } from '../../../flows/change-payment.ts';
import type { Caller, Context } from '../../../flows/context.ts';
import {
  type Answer,
  inProgress,
  isDefinite,
  type KeyedRequest,
  keepAnswer,
  keepRefusal,
  recall,
  sealAnswer,
} from '../../../flows/idempotency.ts';
import { findBegun, resumeMutation } from '../../../flows/payment/resume-mutation.ts';
import { Problem } from '../../../kernel/problem.ts';
import type { KeyAnswer, KeyClaim } from '../../../store/payments.ts';
import { answerOf, keyedRequest, sendAnswer } from '../../idempotency/idempotent.ts';

export interface Options {
  readonly claim: KeyClaim | null;
  readonly answer: ((record: PaymentRecord, operationId?: string) => KeyAnswer) | null;
}

export interface Result {
  readonly record: PaymentRecord;
  readonly operation: Operation | null;
}

export interface Mutation {
  readonly status: number | ((result: Result) => number);
  /** Top-level members of the body in which two requests with one key may differ. */
  readonly ignored?: readonly string[];
  /** The payment that the key is bound to, when it exists before. */
  readonly paymentId?: string;
  readonly run: (options: Options) => Promise<Result>;
  readonly render: (result: Result) => unknown;
}

/** A key that only a browser holds: api/reevit.md section 3. */
export function isBrowserKey(scopes: readonly string[]): boolean {
  return scopes.includes('checkout:write') && !scopes.includes('payments:write');
}

export async function answerOnce(
  context: Context,
  caller: Caller,
  request: FastifyRequest,
  reply: FastifyReply,
  mutation: Mutation,
): Promise<FastifyReply> {
  const keyed = keyedRequest(request, caller.environment.id, mutation.ignored);
  const { status, render } = mutation;
  const answerWith = (result: Result) =>
    answerOf({
      status: typeof status === 'number' ? status : status(result),
      body: render(result),
    });
  if (keyed === null) {
    return sendAnswer(reply, {
      ...answerWith(await mutation.run({ claim: null, answer: null })),
      replayed: false,
    });
  }
  for (;;) {
    let refused: Problem | null = null;
    const kept: Kept = { record: null, answer: null };
    try {
      const result = await mutation.run(optionsOf(context, keyed, mutation, answerWith, kept));
      const answer = isOf(kept, result) ? kept.answer : answerWith(result);
      return sendAnswer(reply, { ...answer, replayed: false });
    } catch (error) {
      if (error instanceof Problem && error.status < 500) refused = error;
      else if (!(error instanceof KeyTaken)) throw error;
    }
    // A repeat may be refused because of what the first request did: what its key says comes first.
    const recalled = await recall(context, context.db, keyed, { secret: true });
    if (recalled.kind === 'answered')
      return sendAnswer(reply, { ...recalled.answer, replayed: true });
    if (recalled.kind === 'in_progress') {
      const { resourceId } = recalled;
      if (resourceId === null) throw inProgress();
      const begun = await findBegun(context, caller.environment, resourceId);
      // What was settled since the key was read has its answer by now; only what a process left behind has none.
      const settled = await recall(context, context.db, keyed, { secret: true });
      if (settled.kind === 'answered')
        return sendAnswer(reply, { ...settled.answer, replayed: true });
      const result = await resumeMutation(context, caller.environment, begun);
      const answer = answerWith(result);
      if (isAnswered(result)) await keepAnswer(context, keyed, answer);
      return sendAnswer(reply, { ...answer, replayed: false });
    }
    if (refused) return answerRefusal(context, keyed, request, reply, refused);
    // The key outlived its time in between: it is as good as new.
  }
}

/** The answer that was stored under the key, and the record that it shows; empty while none was. */
interface Kept {
  record: PaymentRecord | null;
  answer: Answer | null;
}

/** What was stored is sent as it is, unless the payment moved on: a commit copies the payment, not the rest. */
function isOf(kept: Kept, { record }: Result): kept is { record: PaymentRecord; answer: Answer } {
  return (
    kept.record !== null &&
    kept.record.attempts === record.attempts &&
    kept.record.operations === record.operations &&
    kept.record.payment.eventSequence === record.payment.eventSequence &&
    record.payment.version - kept.record.payment.version <= 1
  );
}

/** While the PSP's answer is unknown the key stays bound to what it began, and a repeat asks again. */
function isAnswered({ record, operation }: Result): boolean {
  const status = operation ? operation.status : latestAttempt(record)?.status;
  return status !== 'sent' && status !== 'unknown' && status !== 'ready';
}

function optionsOf(
  context: Context,
  keyed: KeyedRequest,
  { paymentId = '' }: Mutation,
  answerWith: (result: Result) => Answer,
  kept: Kept,
): Options {
  const { route, key, fingerprint } = keyed;
  const createdAt = context.ports.clock.nowMs();
  return {
    claim: { route, key, fingerprint, resourceId: paymentId, createdAt },
    answer: (record, operationId) => {
      const operation = operationId === undefined ? null : operationOf(record, operationId);
      const answer = answerWith({ record, operation });
      Object.assign(kept, { record, answer });
      // Answers hold client secrets: stored sealed.
      return { route, key, status: answer.status, body: sealAnswer(context, keyed, answer.body) };
    },
  };
}

/** A definite refusal is kept under its key too; one that a repeat may cure is not. */
async function answerRefusal(
  context: Context,
  keyed: KeyedRequest,
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Problem,
): Promise<FastifyReply> {
  if (!isDefinite(problem.status)) throw problem;
  const answer = answerOf({ status: problem.status, body: request.server.envelope(problem) });
  return sendAnswer(reply, await keepRefusal(context, keyed, answer));
}
