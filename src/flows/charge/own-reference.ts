// One payment at a PSP pays for one of ours (connector-contract.md G-12). A script that names the PSP's id of another
// payment that succeeded is not believed: the second one stays open, is asked about, and ends with an operator.
import { unknown } from '../../domain/attempt/outcome.ts';
import { findPaidUnderSameReference, type Paid } from '../../store/transactions.ts';
import type { Context, Environment } from '../context.ts';
import { inLine } from '../transaction/in-line.ts';
import type { Heard } from './send-attempt.ts';

/** `settle` is given what may be believed. Two that succeed at once under one id are settled one after the other. */
export function underOwnReference<T>(
  context: Context,
  environment: Environment,
  paymentId: string,
  heard: Heard,
  settle: (believed: Heard) => Promise<T>,
): Promise<T> {
  const { kind, pspReference } = heard.outcome;
  if (kind !== 'succeeded' || !pspReference || !isOfScript(heard)) return settle(heard);
  const name = `paid ${environment.id} ${pspReference}`;
  const one = { paymentId, attemptId: heard.attemptId, pspReference };
  const work = async () => settle(await withOwnReference(context, environment, one, heard));
  return inLine(context, name, Number.POSITIVE_INFINITY, work, work);
}

async function withOwnReference(
  { db, log }: Context,
  environment: Environment,
  one: Paid,
  heard: Heard,
): Promise<Heard> {
  const other = await findPaidUnderSameReference(db, environment.id, one);
  if (other === null) return heard;
  log.warn({ payment: one.paymentId, other }, 'the PSP’s id is that of another payment');
  return { ...heard, outcome: unknown('the PSP’s id is that of another payment') };
}

function isOfScript({ raw }: Heard): boolean {
  return typeof raw === 'object' && raw !== null && 'script' in raw;
}
