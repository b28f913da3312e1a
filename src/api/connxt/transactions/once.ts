// Idempotency of POST /transactions (connxt.md 7.7): the key is `externalRequestId` or the header, bound to the action.
// It is claimed by the statement that writes the payment; a repeat finds the stored answer, or what a process that died
// began, which is told as it stands.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { latestAttempt } from '../../../domain/payment/payment.ts';
import { transactionIdOf } from '../../../domain/transaction/transaction.ts';
import { KeyTaken } from '../../../flows/change-payment.ts';
import type { Context, Environment } from '../../../flows/context.ts';
import { type KeyedRequest, keepAnswer, recallLasting } from '../../../flows/idempotency.ts';
import { conflict, validationFailed } from '../../../flows/psp/refusals.ts';
import { type Transaction, transactionAt } from '../../../flows/transaction/find-transaction.ts';
import { Problem } from '../../../kernel/problem.ts';
import { findOperationOwner } from '../../../store/payments.ts';
import { answerOf, sendAnswer } from '../../idempotency/idempotent.ts';
import { fingerprintOf, readKey } from '../../idempotency/key.ts';

export interface Once {
  readonly run: (claim: Claim | null) => Promise<Transaction>;
  readonly render: (transaction: Transaction) => unknown;
}

type Claim = Pick<KeyedRequest, 'route' | 'key' | 'fingerprint'>;

const IGNORED = ['brandId', 'environmentId'];

export async function answerTransaction(
  context: Context,
  environment: Environment,
  request: FastifyRequest,
  reply: FastifyReply,
  { run, render }: Once,
): Promise<FastifyReply> {
  const keyed = keyedTransaction(environment, request);
  const answerWith = (transaction: Transaction) =>
    answerOf({ status: 200, body: render(transaction) });
  if (keyed === null) return sendAnswer(reply, { ...answerWith(await run(null)), replayed: false });
  const known = await recallLasting(context, keyed);
  if (known === null) {
    try {
      const { route, key, fingerprint } = keyed;
      const transaction = await run({ route, key, fingerprint });
      const answer = answerWith(transaction);
      if (isAnswered(context, transaction)) await keepAnswer(context, keyed, answer);
      return sendAnswer(reply, { ...answer, replayed: false });
    } catch (error) {
      if (!(error instanceof KeyTaken)) throw error;
    }
  }
  return repeat(context, environment, reply, keyed, answerWith);
}

async function repeat(
  context: Context,
  environment: Environment,
  reply: FastifyReply,
  keyed: KeyedRequest,
  answerWith: (transaction: Transaction) => { status: number; body: string },
): Promise<FastifyReply> {
  const known = await recallLasting(context, keyed);
  if (known === null) throw processed();
  const { resourceId, fingerprint, answer } = known;
  const begun = resourceId === null ? null : await begunAt(context, environment, resourceId);
  if (!fingerprint.equals(keyed.fingerprint)) {
    const id = begun?.id ?? (resourceId === null ? 'unknown' : transactionIdOf(resourceId));
    throw conflict(
      `Transaction with external request ID '${keyed.key}' already exists. Existing transaction ID: ${id}`,
    );
  }
  if (answer !== null) return sendAnswer(reply, { ...answer, replayed: true });
  if (!begun || isUnderWay(context, begun)) throw processed();
  const told = answerWith(begun);
  if (isAnswered(context, begun)) await keepAnswer(context, keyed, told);
  return sendAnswer(reply, { ...told, replayed: true });
}

async function begunAt(
  context: Context,
  environment: Environment,
  resourceId: string,
): Promise<Transaction | null> {
  if (!/^(ref|cap|void)_/.test(resourceId))
    return transactionAt(context, environment, { paymentId: resourceId, operationId: null });
  const paymentId = await findOperationOwner(context.db, environment.id, resourceId);
  if (paymentId === null) return null;
  return transactionAt(context, environment, { paymentId, operationId: resourceId });
}

function processed(): Problem {
  return new Problem(409, 'in_progress', 'Transaction is being processed', {}, 2);
}

/** A call of it may still be running in some process. */
function isUnderWay({ ports }: Context, { record, operation }: Transaction): boolean {
  const begun = operation ?? latestAttempt(record);
  return begun?.status === 'sent' && (begun.nextSyncAt ?? 0) > ports.clock.nowMs();
}

/** While the PSP's answer is unknown, a repeat is told what became of it. */
function isAnswered(_context: Context, { record, operation }: Transaction): boolean {
  const status = (operation ?? latestAttempt(record))?.status;
  return status !== 'sent' && status !== 'unknown' && status !== 'ready';
}

function keyedTransaction(environment: Environment, request: FastifyRequest): KeyedRequest | null {
  const body = request.body as {
    readonly externalRequestId?: string | null;
    readonly flowActionId: string;
  };
  const header = readKey(request);
  const given = body.externalRequestId || null; // an empty one names nothing
  if (header !== null && given !== null && header !== given)
    throw validationFailed({
      field: 'externalRequestId',
      message: 'externalRequestId and Idempotency-Key differ',
      code: 'mismatch',
    });
  const key = given ?? header;
  if (key === null) return null;
  return {
    environmentId: environment.id,
    route: `connxt ${body.flowActionId}`,
    key,
    fingerprint: fingerprintOf(request.body, IGNORED),
  };
}
