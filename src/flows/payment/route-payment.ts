// Sends a payment that was created without a method: the customer has chosen now.
import type { Method } from '../../connectors/contract.ts';
import type { PaymentRecord, PaymentRequest } from '../../domain/payment/payment.ts';
import { Problem } from '../../kernel/problem.ts';
import type { Context, Environment } from '../context.ts';
import { findPayment } from './find-payment.ts';
import { type MutationOptions, startAttempt } from './retry-payment.ts';

export interface Choice {
  readonly method: Method | null;
  readonly provider: string | null;
  readonly instrument: PaymentRequest['instrument'];
}

export async function routePayment(
  context: Context,
  environment: Environment,
  paymentId: string,
  choice: Choice,
  options: MutationOptions = {},
): Promise<PaymentRecord> {
  // A payout that waits for its time looks like one, and is none.
  const known = await findPayment(context, environment, paymentId);
  return startAttempt(
    context,
    environment,
    paymentId,
    { ...options, known },
    ({ payment, attempts }) => {
      if (payment.status !== 'pending' || attempts.length > 0) {
        throw new Problem(409, 'payment_already_routed', 'The payment was sent to a PSP already', {
          status: payment.status,
        });
      }
      const request: PaymentRequest = {
        ...payment.request,
        instrument: choice.instrument ?? payment.request.instrument,
        allowedProviders:
          choice.provider === null ? payment.request.allowedProviders : [choice.provider],
      };
      return { ...payment, method: choice.method ?? payment.method, request };
    },
  );
}
