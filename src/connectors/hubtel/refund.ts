// Gives a payment back whole (psp/hubtel.md section 2.5). There is no status of a refund: that it is done is seen by the
// payment's own status. Hubtel takes no key, so a lost request is asked about, and never sent again.
import { declined, type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { AttemptRef, Call, OperationInput } from '../contract.ts';
import { textOf } from '../json.ts';
import { ask, isListed, posOf } from './api.ts';
import { addressFor } from './charge.ts';
import { type Answer, refused } from './reply.ts';
import { readStatus } from './sync.ts';

const DAY_MS = 86_400_000;
const WINDOW_MS = 45 * DAY_MS;

export async function refund(input: OperationInput, call: Call): Promise<Outcome> {
  if (input.pspReference !== null) return syncRefund(input, call);
  const { attempt, amount } = input;
  const refusal = refuse(attempt, amount.amountMinor, call);
  if (refusal) return refusal;
  const order = orderOf(attempt);
  if (order === null)
    return declined('invalid_request', 'Hubtel has not told an order of this payment');
  const path = `/refund/${posOf(call)}/order/${encodeURIComponent(order)}`;
  const json = { callbackUrl: addressFor('r', input.reference, call) };
  return readRefund(await ask({ host: 'refund', path, json }, call), order);
}

function refuse(attempt: AttemptRef, amountMinor: bigint, call: Call): Outcome | null {
  if (amountMinor !== attempt.amount.amountMinor)
    return declined('invalid_request', 'Hubtel refunds whole payments only');
  if (!isListed(call))
    return declined('merchant_config', "refunds need this server's address on Hubtel's list");
  if (amountMinor < 100n) return declined('amount_too_small', 'Hubtel refunds at least one cedi');
  return call.nowMs - attempt.createdAtMs > WINDOW_MS
    ? declined('invalid_request', 'Hubtel refunds within 45 days')
    : null;
}

/** The order of the callback; the documents do not say which id a page's payment has (section 9). */
function orderOf({ pspState }: AttemptRef): string | null {
  return pspState.order_id ?? (pspState.paid === '1' ? (pspState.transaction_id ?? null) : null);
}

function readRefund(answer: Answer, order: string): Outcome {
  const pspState = { order_id: order };
  if (answer.kind !== 'reply' || !['0000', '0001'].includes(answer.reply.code))
    return refused(answer, 'merchant', { pspState });
  const named = textOf(answer.reply.data.orderid);
  if (named !== null && named !== order)
    return { ...unknown('the reply is about another order'), pspState };
  return { kind: 'pending', pspReference: order, pspState: { ...pspState, accepted: '1' } };
}

export async function syncRefund(input: OperationInput, call: Call): Promise<Outcome> {
  const { attempt, amount, pspState, pspReference } = input;
  const path = `/transactions/${posOf(call)}/status?clientReference=${encodeURIComponent(attempt.reference)}`;
  const answer = await ask({ host: 'txnstatus', path }, call);
  // As if nothing had been known of it: then Refunded is told apart from Paid.
  const said = readStatus(answer, { ...attempt, pspState: {} });
  if (said === null || said === 'unpaid' || said.kind !== 'succeeded')
    return unknown('the status of the payment is not told');
  const order = pspReference ?? pspState.order_id ?? orderOf(attempt);
  const facts = { pspReference: order, pspState };
  if (said.what === 'refunded') {
    const { amountMinor, currency } = amount;
    return { ...facts, kind: 'succeeded', what: 'refunded', amountMinor, currency };
  }
  const isAccepted = pspReference !== null || pspState.accepted === '1';
  if (isAccepted) return { ...facts, kind: 'pending', message: 'accepted by Hubtel' };
  // Paid, and no word of a refund: it may be under way.
  return unknown('the payment is not refunded yet');
}
