// A payout with all that its views need: the record, what stands beside it, and its history.
import type { FastifyRequest } from 'fastify';
import type { PaymentRecord } from '../../../domain/payment/payment.ts';
import type { Configuration } from '../../../flows/configuration.ts';
import type { Context, Environment } from '../../../flows/context.ts';
import { findPayout, findPayoutFacts } from '../../../flows/payout/index.ts';
import { type HistoryLine, listHistory } from '../../../store/payment-lists.ts';
import { findPayoutByReference, type Payout } from '../../../store/payouts.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { unknownThing } from '../envelope.ts';
import { everNamedIn } from '../named.ts';

export interface Shown {
  readonly record: PaymentRecord;
  readonly payout: Payout;
  readonly history: readonly HistoryLine[];
}

export async function loadShown(
  context: Context,
  environment: Environment,
  paymentId: string,
): Promise<Shown> {
  const [record, payout, history] = await Promise.all([
    findPayout(context, environment, paymentId),
    findPayoutFacts(context, environment, paymentId),
    listHistory(context.db, environment.id, paymentId),
  ]);
  return { record, payout, history };
}

/** What a request's path names, and who asks. */
export async function initiationOfPath(context: Context, request: FastifyRequest) {
  const caller = callerOf(request);
  const { environment } = caller;
  const configuration = await context.configurations.get(environment);
  const { id } = request.params as { readonly id: string };
  const { paymentId } = await payoutOfPath(context, environment, configuration, id);
  return { caller, environment, configuration, paymentId };
}

/** The payout that an id names; a deleted one is none. */
async function payoutOfPath(
  context: Context,
  environment: Environment,
  configuration: Configuration,
  id: string,
): Promise<Payout> {
  const { connectionId, reference } = everNamedIn(configuration, id, 'Payment initiation');
  const payout = await findPayoutByReference(context.db, environment.id, connectionId, reference);
  if (!payout) throw unknownThing('Payment initiation');
  return payout;
}
