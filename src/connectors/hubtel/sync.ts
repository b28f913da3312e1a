// Asks what became of a payment. Two services answer, in different shapes (psp/hubtel.md section 2.4): the documented one,
// for listed addresses, knows Paid, Unpaid and Refunded; the public one lists every try, the failed ones too. Unpaid
// proves nothing by itself.
import { declined, type Outcome, type PspFacts, unknown } from '../../domain/attempt/outcome.ts';
import { isCurrency } from '../../kernel/currency.ts';
import type { AttemptRef, Call } from '../contract.ts';
import { type Json, textOf } from '../json.ts';
import { ask, isListed, posOf } from './api.ts';
import { IN_WIDGET, promptOn } from './charge.ts';
import { type Answer, declineOfText, verdictOf } from './reply.ts';
import { fromCedis } from './texts.ts';

/** Section 3: younger than this, "no record" proves nothing. */
const KNOWN_AFTER_MS = 5 * 60_000;

export async function sync(attempt: AttemptRef, call: Call): Promise<Outcome> {
  const reference = encodeURIComponent(attempt.reference);
  let isKnown = hasAnswered(attempt);
  if (isListed(call)) {
    const path = `/transactions/${posOf(call)}/status?clientReference=${reference}`;
    const said = readStatus(await ask({ host: 'txnstatus', path }, call), attempt);
    if (said !== 'unpaid' && said !== null) return said;
    isKnown ||= said === 'unpaid';
  }
  const path = `/v1/merchantaccount/merchants/${posOf(call)}/transactions/status?clientReference=${reference}`;
  const answer = await ask({ host: 'rmsc', path }, call);
  return readTries(answer, attempt, isKnown, call.nowMs);
}

/** Hubtel took it: it told us a page or a transaction. Or it may still: the customer's browser goes there itself. */
function hasAnswered({ pspState }: AttemptRef): boolean {
  return Boolean(pspState.url || pspState.transaction_id || pspState.flow === 'widget');
}

/** The documented service. Null: it has no record, or does not let us ask. */
export function readStatus(answer: Answer, attempt: AttemptRef): Outcome | 'unpaid' | null {
  if (answer.kind !== 'reply') return unknown(answer.reason);
  const { code, data, message, httpStatus } = answer.reply;
  // Not on the list after all; or it has no record.
  if (httpStatus === 403 || code === '4720') return null;
  if (code !== '0000') return unknown(`${code || httpStatus}: ${message}`);
  if (textOf(data.clientreference) !== attempt.reference)
    return unknown('the reply is about another reference');
  switch (textOf(data.status)?.toLowerCase()) {
    case 'paid':
      return paid(attempt, data, data.charges, data.amountaftercharges);
    case 'refunded':
      return refunded(attempt, data);
    case 'unpaid':
      return 'unpaid';
    default:
      return unknown(`status ${textOf(data.status)}`);
  }
}

function readTries(answer: Answer, attempt: AttemptRef, isKnown: boolean, nowMs: number): Outcome {
  if (answer.kind !== 'reply') return unknown(answer.reason);
  const { reply } = answer;
  const { code, rows, message, httpStatus } = reply;
  if (code === '4720') return isKnown ? stillOpen(attempt) : noRecord(attempt, nowMs);
  if (code !== '0000' || rows === null || verdictOf(reply, 'payer') === 'auth_failed')
    return unknown(`${code || httpStatus}: ${message}`);
  const ours = rows.filter((row) => textOf(row.clientreference) === attempt.reference);
  const success = ours.find((row) => /^(success|paid)/i.test(statusOf(row)));
  if (success) return paid(attempt, success, success.fee, success.amountafterfees);
  const failed = ours.findLast((row) => /^fail/i.test(statusOf(row)));
  // On the page another try may follow; a prompt has only one.
  if (failed && attempt.pspState.flow === 'direct')
    return failure(attempt, textOf(failed.providerdescription) ?? statusOf(failed));
  return stillOpen(attempt);
}

function statusOf(row: Json): string {
  return textOf(row.transactionstatus) ?? textOf(row.invoicestatus) ?? '';
}

function failure({ reference, pspState }: AttemptRef, said: string): Outcome {
  return declined(declineOfText(said), said, '2001', { pspReference: reference, pspState });
}

/** Nobody has paid so far. */
function stillOpen(attempt: AttemptRef): Outcome {
  const { pspState, reference, hints } = attempt;
  const facts: PspFacts = { pspReference: reference, pspState };
  const { flow, url, phone = '', channel = '' } = pspState;
  if (flow === 'page' && url)
    return { ...facts, kind: 'requires_action', action: { type: 'redirect', url } };
  if (flow === 'widget') return { ...facts, kind: 'requires_action', action: IN_WIDGET };
  // Of a page whose address was lost nothing can be shown.
  if (flow !== 'direct') return { ...facts, kind: 'pending', message: 'not paid yet' };
  // Told at the secret address of this attempt, and denied by neither service.
  if (hints?.failed !== undefined) return failure(attempt, hints.failed);
  return { ...facts, kind: 'requires_action', action: promptOn(phone, channel) };
}

function noRecord({ createdAtMs }: AttemptRef, nowMs: number): Outcome {
  if (nowMs - createdAtMs < KNOWN_AFTER_MS) return unknown('no record yet');
  return { kind: 'unknown', reason: 'no record', notFound: true };
}

/** Fees may stand on top of what was asked for, or be taken from it; less than that never counts (section 2.4). */
function paid(attempt: AttemptRef, data: Json, fee: unknown, afterFees: unknown): Outcome {
  const amount = fromCedis(data.amount ?? data.transactionamount);
  const feeMinor = fromCedis(fee);
  if (amount === null || amount <= 0n) return unknown('paid, but without an amount');
  const currency = textOf(data.currencycode) ?? 'GHS';
  if (!isCurrency(currency)) return unknown('paid, but in an unreadable currency');
  const asked = attempt.amount.amountMinor;
  const candidates = [amount, fromCedis(afterFees), amount - (feeMinor ?? 0n)];
  return {
    ...factsOf(attempt, data),
    kind: 'succeeded',
    what: 'captured',
    amountMinor: amount >= asked && candidates.includes(asked) ? asked : amount,
    currency,
    ...(feeMinor === null || feeMinor < 0n ? {} : { feeMinor, feeCurrency: currency }),
  };
}

/** Given back, so it was taken: said as such unless it was known before. */
function refunded(attempt: AttemptRef, data: Json): Outcome {
  const told = paid(attempt, data, data.charges, data.amountaftercharges);
  const known = attempt.pspState.paid === '1';
  return told.kind === 'succeeded' && !known ? { ...told, what: 'refunded' } : told;
}

function factsOf({ reference, pspState, hints }: AttemptRef, data: Json): PspFacts {
  const ids = [data.transactionid, data.hubteltransactionid].map(textOf);
  const transaction = ids.find((id) => id !== null);
  return {
    pspReference: reference,
    pspState: {
      ...pspState,
      paid: '1',
      ...(transaction ? { transaction_id: transaction } : {}),
      // Only the callback names the order, which a refund needs; it was sent to an address of ours.
      ...(hints?.order_id ? { order_id: hints.order_id } : {}),
    },
  };
}
