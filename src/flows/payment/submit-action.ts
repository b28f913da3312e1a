// Passes on what the customer typed (OTP, PIN, birthday …) to the PSP that asked for it. The value is not kept.
import type { SubmitInput } from '../../connectors/contract.ts';
import { saidByLaterCall } from '../../domain/attempt/later-call.ts';
import { latestAttempt, type PaymentRecord } from '../../domain/payment/payment.ts';
import { isOpen } from '../../domain/payment/status.ts';
import { Problem } from '../../kernel/problem.ts';
import { callConnector } from '../call-connector.ts';
import { settleEvidence } from '../charge/index.ts';
import type { Context, Environment } from '../context.ts';
import { attemptRef } from '../sync/attempt-ref.ts';
import { findPayment } from './find-payment.ts';

export async function submitAction(
  context: Context,
  environment: Environment,
  paymentId: string,
  field: SubmitInput['field'],
  value: string,
): Promise<PaymentRecord> {
  const record = await findPayment(context, environment, paymentId);
  const attempt = latestAttempt(record);
  const asked = attempt?.action?.type === 'submit' ? attempt.action.field : null;
  const { status } = record.payment;
  if (attempt?.status !== 'requires_action' || asked === null || !isOpen(status)) {
    const message = 'The payment does not wait for something to be submitted';
    throw new Problem(409, 'no_action_expected', message, { status });
  }
  if (asked !== field) {
    throw new Problem(400, 'wrong_action', `The PSP asks for ${asked}, not for ${field}`, {
      field: 'type',
      expected: asked,
    });
  }
  const configuration = await context.configurations.get(environment);
  const result = await callConnector(context, {
    environment,
    configuration,
    connectionId: attempt.connectionId,
    provider: attempt.provider,
    name: 'submitAction',
    moves: true,
    invoke: async (connector, call) =>
      connector.submitAction?.({ attempt: attemptRef(attempt), field, value }, call) ?? {
        kind: 'unknown',
        reason: 'this PSP takes no submitted values',
      },
  });
  const settled = await settleEvidence(context, environment, paymentId, {
    attemptId: attempt.id,
    // Not `reply`: the customer was prompted at this PSP, so no refusal may open another connection.
    source: 'poll',
    // A step that was refused as a request can be tried again; only a refusal of the payment is one.
    outcome: saidByLaterCall(result.outcome),
    // The request carried what the customer typed; only what came back is kept.
    raw: { submitted: field, exchanges: result.exchanges },
    latencyMs: result.latencyMs,
    asked: false,
  });
  return settled.record;
}
