// Passes on what the customer typed to the PSP that asked for it.
import type { SubmitInput } from '../../connectors/contract.ts';
import { latestAttempt, type PaymentRecord } from '../../domain/payment/payment.ts';
import { isOpen } from '../../domain/payment/status.ts';
import { Problem } from '../../kernel/problem.ts';
import type { Context, Environment } from '../context.ts';
import { findPayment } from './find-payment.ts';
import { passOn } from './pass-on.ts';

export async function submitAction(
  context: Context,
  environment: Environment,
  paymentId: string,
  field: SubmitInput['field'],
  value: string,
): Promise<PaymentRecord> {
  const record = await findPayment(context, environment, paymentId);
  const attempt = latestAttempt(record);
  const { status } = record.payment;
  const waits = attempt?.status === 'requires_action' && attempt.action?.type === 'submit';
  if (!waits || !isOpen(status)) {
    const message = 'The payment does not wait for something to be submitted';
    throw new Problem(409, 'no_action_expected', message, { status });
  }
  return (await passOn(context, environment, attempt, { field, value })).record;
}
