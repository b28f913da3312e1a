// A payout that goes on when the merchant has typed what the PSP sent him: passed on, and not kept; or sent again. What is
// refused is the code, never the payout.
import type { SubmitInput } from '../../connectors/contract.ts';
import { type Attempt, latestAttempt, type PaymentRecord } from '../../domain/payment/payment.ts';
import { Problem } from '../../kernel/problem.ts';
import { inputOfPayout } from '../charge/index.ts';
import { askConnection } from '../connection/ask.ts';
import type { Context, Environment } from '../context.ts';
import { askLatest } from '../payment/find-payment.ts';
import { passOn } from '../payment/pass-on.ts';
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
  const attempt = waiting(await findPayout(context, environment, paymentId));
  const hidden = hiddenIn(await inputOfPayout(context, attempt));
  const passed = await passOn(context, environment, attempt, { field, value, hidden });
  // It may have been taken, and only the answer was lost.
  if (passed.outcome.kind === 'unknown') return askLatest(context, environment, passed.record);
  return passed.record;
}

/** Answers what the PSP says. */
export async function resendPayoutCode(
  context: Context,
  environment: Environment,
  paymentId: string,
): Promise<string> {
  const attempt = waiting(await findPayout(context, environment, paymentId));
  const { reference } = attemptRef(attempt);
  const what = 'codes again';
  return askConnection(context, environment, attempt.connectionId, what, (connector, call) =>
    connector.resendCode?.({ reference }, call),
  );
}

function waiting(record: PaymentRecord): Attempt {
  const attempt = latestAttempt(record);
  if (attempt?.status === 'pending' && attempt.action?.type === 'submit') return attempt;
  const message = 'The payout does not wait for something to be submitted';
  throw new Problem(409, 'no_action_expected', message, { status: record.payment.status });
}
