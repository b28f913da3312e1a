// One payment at a PSP pays for one of ours (connector-contract.md G-12). A script that names the PSP's id of another
// payment that succeeded is not believed: the second one stays open, is asked about, and ends with an operator.
import { unknown } from '../../domain/attempt/outcome.ts';
import { findPaidUnderSameReference } from '../../store/transactions.ts';
import type { Context, Environment } from '../context.ts';
import type { Heard } from './send-attempt.ts';

export async function withOwnReference(
  { db, log }: Context,
  environment: Environment,
  paymentId: string,
  heard: Heard,
): Promise<Heard> {
  const { outcome, attemptId } = heard;
  if (outcome.kind !== 'succeeded' || !isOfScript(heard)) return heard;
  const other = await findPaidUnderSameReference(db, environment.id, {
    paymentId,
    attemptId,
    pspReference: outcome.pspReference ?? null,
  });
  if (other === null) return heard;
  log.warn({ payment: paymentId, other }, 'the PSP’s id is that of another payment');
  return { ...heard, outcome: unknown('the PSP’s id is that of another payment') };
}

function isOfScript({ raw }: Heard): boolean {
  return typeof raw === 'object' && raw !== null && 'script' in raw;
}
