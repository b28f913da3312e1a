// Asks what became of a payout or a reversal (psp/mpesa.md section 2.6). Safaricom acknowledges the question and sends
// the answer to an address of ours, which is made for this question and told to nobody else: only what comes there is
// believed (webhook.ts). The result that Safaricom sends by itself is a reason to ask, no more.
import type { DeclineCode } from '../../domain/attempt/decline.ts';
import { declined, type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { Call } from '../contract.ts';
import { idOf, type Json, objectOf, textOf } from '../json.ts';
import { fromShillings } from './amount.ts';
import { ask, initiatorOf } from './api.ts';
import { addressFor } from './callback-address.ts';
import { isAccepted } from './reply.ts';
import { ALREADY_REVERSED, merchantDecline, NO_SUCH, PAID } from './results.ts';

export interface Question {
  readonly about: 'r' | 'd';
  readonly reference: string;
  /** The conversation of the request that is asked about. */
  readonly conversation: string;
  readonly shortCode: string;
}

export async function askStatus(question: Question, call: Call): Promise<Outcome> {
  const initiator = initiatorOf(call.credentials);
  if (initiator === null) return unknown('the connection has no initiator to ask with');
  const address = addressFor(question.about, question.reference, call, call.nowMs);
  const json = {
    Initiator: initiator.name,
    SecurityCredential: initiator.credential,
    CommandID: 'TransactionStatusQuery',
    OriginalConversationID: question.conversation,
    PartyA: question.shortCode,
    IdentifierType: '4',
    ResultURL: address,
    QueueTimeOutURL: address,
    Remarks: 'Status',
    Occasion: 'Status',
  };
  const path = '/mpesa/transactionstatus/v1/query';
  const answer = await ask({ path, json, movesNoMoney: true }, call);
  if (answer.kind === 'reply' && isAccepted(answer.body))
    return unknown('asked; M-PESA sends the answer');
  return unknown(answer.kind === 'error' ? answer.message : 'the question was not taken');
}

/** `ResultParameters`: a list, or one alone. */
export function parametersOf(result: Json): Json {
  const { ResultParameter: given } = objectOf(result.ResultParameters);
  const list = Array.isArray(given) ? given : [given];
  return Object.fromEntries(
    list
      .map(objectOf)
      .flatMap(({ Key: key, Value: value }) => (textOf(key) === null ? [] : [[key, value]])),
  );
}

const UNDER_WAY = /^(authorized|initiated|pending|processing|submitted)$/i;
const REFUSED = /^(declined|cancelled|canceled|expired|failed)$/i;

/**
 * What the answer to our question says. One that says nothing is `unknown` and no reason to ask again: its answer would
 * be the next such reason, and so on for ever.
 */
export function readStatus(result: Json, about: 'r' | 'd'): Outcome {
  const resultCode = idOf(result.ResultCode);
  if (resultCode === NO_SUCH)
    return { kind: 'unknown', reason: 'M-PESA knows of no such transaction', notFound: true };
  // Any other error is one of the question itself, and none of the thing asked about.
  if (resultCode !== PAID) return unknown(`M-PESA does not answer: result ${resultCode}`);
  const parameters = parametersOf(result);
  const status = textOf(parameters.TransactionStatus) ?? '';
  const amountMinor = fromShillings(parameters.Amount);
  const receipt = idOf(parameters.ReceiptNo);
  const pspState = receipt === null ? {} : { own_receipt: receipt };
  const done = (): Outcome =>
    amountMinor === null || amountMinor <= 0n
      ? unknown(`M-PESA says ${status} without an amount`)
      : {
          kind: 'succeeded',
          what: about === 'r' ? 'refunded' : 'paid_out',
          amountMinor,
          currency: 'KES',
          pspState,
        };
  if (/^completed$/i.test(status)) return done();
  if (UNDER_WAY.test(status)) return { kind: 'pending', message: status };
  if (!REFUSED.test(status)) return unknown(`M-PESA says ${status.slice(0, 60)}`);
  const reason = textOf(parameters.TransactionReason) ?? '';
  if (about === 'r' && saysReversed(reason)) return done();
  const code = reasonCode(reason);
  if (code !== null) return declined(code, reason, status);
  // A reversal that was refused for a reason we are not told may have been done before: somebody has to look.
  const message = `M-PESA says ${status} and no reason: look in its portal`;
  if (about === 'r') return { kind: 'requires_action', action: { type: 'wait', message } };
  return declined('generic_decline', reason || status, status);
}

function saysReversed(reason: string): boolean {
  return reason.includes(ALREADY_REVERSED) || /already (been )?reversed/i.test(reason);
}

function reasonCode(reason: string): DeclineCode | null {
  for (const [word] of reason.matchAll(/\b(?:R\d{6}|SFC_IC0003|\d{1,4})\b/g)) {
    const code = merchantDecline(word);
    if (code !== null) return code;
  }
  return /insufficient/i.test(reason) ? 'merchant_balance_insufficient' : null;
}
