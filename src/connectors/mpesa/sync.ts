// Asks what became of a payment. An STK push can be asked about by Safaricom's own id only (psp/mpesa.md section 2.2);
// when that was lost with the reply, and for what a payer pays in by himself, the list of payments is read.
import { declined, type Outcome, type PspFacts, unknown } from '../../domain/attempt/outcome.ts';
import type { AttemptRef, Call } from '../contract.ts';
import { idOf, textOf } from '../json.ts';
import { ask } from './api.ts';
import { passwordOf, payInAction, promptOn } from './charge.ts';
import { paidInTo } from './pull.ts';
import { type Answer, verdictOf } from './reply.ts';
import { PAID, STILL_PROCESSING, stkDecline } from './results.ts';
import { accountOf } from './texts.ts';

const MINUTE_MS = 60_000;
/** Section 5: so long a callback may still come for a push whose reply was lost. */
const CALLBACK_WINDOW_MS = 3 * MINUTE_MS;
/** Section 2.2: a result that we cannot read leaves it open so long, and no longer. */
const OPEN_MS = 30 * MINUTE_MS;

export async function sync(attempt: AttemptRef, call: Call): Promise<Outcome> {
  if (attempt.pspState.flow === 'c2b') return syncPayIn(attempt, call);
  const checkout = attempt.pspReference ?? attempt.hints?.checkout_request_id;
  if (!checkout) return findPush(attempt, call);
  const json = {
    ...passwordOf(call.credentials, call.nowMs),
    BusinessShortCode: call.credentials.business_short_code ?? '',
    CheckoutRequestID: checkout,
  };
  const path = '/mpesa/stkpushquery/v1/query';
  const answer = await ask({ path, json, movesNoMoney: true }, call);
  return readQuery(answer, attempt, checkout, call.nowMs);
}

function readQuery(answer: Answer, attempt: AttemptRef, checkout: string, nowMs: number): Outcome {
  const facts: PspFacts = { pspReference: checkout, pspState: attempt.pspState };
  if (answer.kind === 'error')
    return verdictOf(answer) === 'pending'
      ? stillOpen(attempt, facts)
      : unknown(`${answer.code || answer.httpStatus}: ${answer.message}`);
  if (answer.kind !== 'reply') return unknown(answer.reason);
  const { body } = answer;
  if (textOf(body.CheckoutRequestID) !== checkout)
    return unknown('the reply is about another payment');
  const code = idOf(body.ResultCode);
  if (code === PAID) return paid(attempt, facts);
  const said = textOf(body.ResultDesc) ?? '';
  const decline = code === null ? null : stkDecline(code);
  if (decline !== null) return declined(decline, said || `result ${code}`, code, facts);
  if (code === STILL_PROCESSING || nowMs - attempt.createdAtMs < OPEN_MS)
    return stillOpen(attempt, facts);
  return { ...facts, ...unknown(`result ${code}: ${said}`) };
}

/** The query names neither amount nor receipt: a push is paid whole or not at all. */
function paid({ amount, hints, pspState }: AttemptRef, facts: PspFacts): Outcome {
  const { amountMinor, currency } = amount;
  const told = hints?.checkout_request_id === facts.pspReference ? hints : undefined;
  if (told?.amount_minor !== undefined && told.amount_minor !== amountMinor.toString())
    return { ...facts, ...unknown('paid, but its callback names another amount') };
  const receipt = pspState.receipt ?? told?.receipt;
  return {
    ...facts,
    ...(receipt ? { pspState: { ...pspState, receipt } } : {}),
    kind: 'succeeded',
    what: 'captured',
    amountMinor,
    currency,
  };
}

function stillOpen({ pspState }: AttemptRef, facts: PspFacts): Outcome {
  return { ...facts, kind: 'requires_action', action: promptOn(pspState.phone ?? '') };
}

const NOT_LISTED: Outcome = {
  kind: 'unknown',
  reason: 'not among the payments of the short code',
  notFound: true,
};

/** A push whose reply was lost. Until its callback can no longer come, that it is not listed proves nothing. */
async function findPush(attempt: AttemptRef, call: Call): Promise<Outcome> {
  if (call.nowMs - attempt.createdAtMs < CALLBACK_WINDOW_MS)
    return unknown('the reply was lost; its callback may still come');
  const account = accountOf('S', attempt.reference);
  const found = await paidInTo(account, attempt.createdAtMs, call);
  if (found === null) return unknown('Safaricom did not list its payments');
  const [first] = found;
  if (!first) return NOT_LISTED;
  return received(attempt, found, attempt.pspReference);
}

async function syncPayIn(attempt: AttemptRef, call: Call): Promise<Outcome> {
  const account = attempt.pspReference ?? accountOf('P', attempt.reference);
  const found = await paidInTo(account, attempt.createdAtMs, call);
  if (found === null) return unknown('Safaricom did not list its payments');
  if (found.length > 0) return received(attempt, found, account);
  const expiresAt = attempt.pspState.expires_at ?? null;
  return {
    kind: 'requires_action',
    action: payInAction(call.credentials, account, attempt.amount, expiresAt),
    pspReference: account,
    pspState: attempt.pspState,
  };
}

/** All that came in to the account: whether it is what was asked for is the host's to compare. */
function received(
  { pspState, amount }: AttemptRef,
  found: readonly { readonly receipt: string; readonly amountMinor: bigint }[],
  pspReference: string | null,
): Outcome {
  const [first] = found;
  return {
    kind: 'succeeded',
    what: 'captured',
    amountMinor: found.reduce((sum, one) => sum + one.amountMinor, 0n),
    currency: amount.currency,
    ...(pspReference === null ? {} : { pspReference }),
    pspState: { ...pspState, receipt: first?.receipt ?? '' },
  };
}

/** The receipt of a paid attempt, as far as Safaricom still lists it; null: it could not be asked. */
export async function receiptOf(attempt: AttemptRef, call: Call): Promise<string | null> {
  const known = attempt.pspState.receipt;
  if (known) return known;
  const kind = attempt.pspState.flow === 'c2b' ? 'P' : 'S';
  const account = accountOf(kind, attempt.reference);
  const found = await paidInTo(account, attempt.createdAtMs, call);
  return found === null ? null : (found[0]?.receipt ?? '');
}
