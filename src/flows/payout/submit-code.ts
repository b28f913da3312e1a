// A payout that goes on when the merchant has typed what the PSP sent him: passed on, and not kept; or sent again. What is
// refused is the code, never the payout.
import type { SubmitInput } from '../../connectors/contract.ts';
import { saidByLaterCall } from '../../domain/attempt/later-call.ts';
import { type Attempt, latestAttempt, type PaymentRecord } from '../../domain/payment/payment.ts';
import { Problem } from '../../kernel/problem.ts';
import { callConnector } from '../call-connector.ts';
import { inputOfPayout, settleEvidence } from '../charge/index.ts';
import { askConnection } from '../connection/ask.ts';
import type { Context, Environment } from '../context.ts';
import { askLatest } from '../payment/find-payment.ts';
import { attemptRef } from '../sync/attempt-ref.ts';
import { findPayout } from './find-payout.ts';
import { hiddenIn } from './payout-input.ts';

export async function submitPayoutCode(
  context: Context,
  environment: Environment,
  paymentId: string,
  field: SubmitInput['field'],
  value: string,
): Promise<PaymentRecord> {
  const record = await findPayout(context, environment, paymentId);
  const { attempt, asked } = waiting(record);
  if (asked !== field) {
    const message = `The PSP asks for ${asked}, not for ${field}`;
    throw new Problem(400, 'wrong_action', message, { field: 'type', expected: asked });
  }
  const input = await inputOfPayout(context, attempt);
  const result = await callConnector(context, {
    environment,
    configuration: await context.configurations.get(environment),
    connectionId: attempt.connectionId,
    provider: attempt.provider,
    name: 'submitAction',
    moves: true,
    hidden: [...hiddenIn(input), value],
    invoke: async (connector, call) =>
      connector.submitAction?.({ attempt: attemptRef(attempt), field, value }, call) ?? {
        kind: 'unknown',
        reason: 'this PSP takes no submitted values',
      },
  });
  const settled = await settleEvidence(context, environment, paymentId, {
    attemptId: attempt.id,
    // Not `reply`: the payout is under way at this PSP, so no refusal may open another connection.
    source: 'poll',
    outcome: saidByLaterCall(result.outcome),
    raw: { submitted: field, exchanges: result.exchanges },
    latencyMs: result.latencyMs,
    asked: false,
  });
  // It may have been taken, and only the answer was lost.
  if (result.outcome.kind === 'unknown') return askLatest(context, environment, settled.record);
  return settled.record;
}

/** Answers what the PSP says. */
export async function resendPayoutCode(
  context: Context,
  environment: Environment,
  paymentId: string,
): Promise<string> {
  const { attempt } = waiting(await findPayout(context, environment, paymentId));
  const { reference } = attemptRef(attempt);
  const what = 'codes again';
  return askConnection(context, environment, attempt.connectionId, what, (connector, call) =>
    connector.resendCode?.({ reference }, call),
  );
}

function waiting(record: PaymentRecord): { readonly attempt: Attempt; readonly asked: string } {
  const attempt = latestAttempt(record);
  const action = attempt?.status === 'pending' ? attempt.action : null;
  if (attempt && action?.type === 'submit') return { attempt, asked: action.field };
  const message = 'The payout does not wait for something to be submitted';
  throw new Problem(409, 'no_action_expected', message, { status: record.payment.status });
}
