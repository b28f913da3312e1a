// Passes on to the PSP what somebody has typed because it asked (OTP, PIN, birthday …), and settles what it says. The value
// is not kept.
import type { SubmitInput } from '../../connectors/contract.ts';
import { saidByLaterCall } from '../../domain/attempt/later-call.ts';
import type { Outcome } from '../../domain/attempt/outcome.ts';
import type { Attempt, PaymentRecord } from '../../domain/payment/payment.ts';
import { Problem } from '../../kernel/problem.ts';
import { callConnector } from '../call-connector.ts';
import { settleEvidence } from '../charge/index.ts';
import type { Context, Environment } from '../context.ts';
import { attemptRef } from '../sync/attempt-ref.ts';

export interface Typed {
  readonly field: SubmitInput['field'];
  readonly value: string;
  /** What else must not stand in the evidence. */
  readonly hidden?: readonly string[];
}

/** Throws when the PSP asked for something else. */
export async function passOn(
  context: Context,
  environment: Environment,
  attempt: Attempt,
  { field, value, hidden = [] }: Typed,
): Promise<{ readonly record: PaymentRecord; readonly outcome: Outcome }> {
  const asked = attempt.action?.type === 'submit' ? attempt.action.field : null;
  if (asked !== field) {
    const message = `The PSP asks for ${asked}, not for ${field}`;
    throw new Problem(400, 'wrong_action', message, { field: 'type', expected: asked });
  }
  const result = await callConnector(context, {
    environment,
    configuration: await context.configurations.get(environment),
    connectionId: attempt.connectionId,
    provider: attempt.provider,
    name: 'submitAction',
    moves: true,
    hidden: [...hidden, value],
    invoke: async (connector, call) =>
      connector.submitAction?.({ attempt: attemptRef(attempt), field, value }, call) ?? {
        kind: 'unknown',
        reason: 'this PSP takes no submitted values',
      },
  });
  const { record } = await settleEvidence(context, environment, attempt.paymentId, {
    attemptId: attempt.id,
    // Not `reply`: it is under way at this PSP, so no refusal may open another connection.
    source: 'poll',
    // A step that was refused as a request can be tried again; only a refusal of the payment is one.
    outcome: saidByLaterCall(result.outcome),
    raw: { submitted: field, exchanges: result.exchanges },
    latencyMs: result.latencyMs,
    asked: false,
  });
  return { record, outcome: result.outcome };
}
