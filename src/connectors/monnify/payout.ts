// Payouts out of the wallet: first whose account it is (the name has to match), then one disbursement under our reference,
// which Monnify takes once, done in the background (psp/monnify.md sections 2.5 and 7).
import { declined, type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { Call, PayoutInput } from '../contract.ts';
import { replyOrReason } from '../envelope.ts';
import { type Json, textOf } from '../json.ts';
import { holderRequest } from './account.ts';
import { CURRENCY, fromNaira, refuseAmount, toNaira } from './amount.ts';
import { ask } from './api.ts';
import { refused, refusedByStatus } from './declines.ts';
import { type Answer, isNotFound } from './reply.ts';

export async function payout(input: PayoutInput, call: Call): Promise<Outcome> {
  if (input.pspReference !== null) return syncPayout(input, call);
  const source = input.source ?? call.credentials.wallet_account_number;
  const refusal = refuse(input, source);
  if (refusal) return refusal;
  const { accountNumber, bankCode } = input.beneficiary!;
  const known = input.pspState.account_name;
  const holder =
    known ?? readHolder(await ask(holderRequest(accountNumber, bankCode), call), accountNumber);
  if (typeof holder !== 'string') return holder;
  const json = disbursement(input, holder, source!);
  const request = { method: 'POST', path: '/api/v2/disbursements/single', json } as const;
  return readReply(await ask(request, call), input, holder);
}

function refuse({ amount, beneficiary }: PayoutInput, source: string | undefined): Outcome | null {
  if (!source)
    return declined('merchant_config', 'the connection has no wallet to pay from', null, {});
  if (beneficiary === null || beneficiary.type !== 'bank')
    return declined('invalid_account', 'Monnify pays bank accounts only');
  return refuseAmount(amount, 1n);
}

/** The name of the account's holder, or the outcome of the payout: nothing was sent. */
function readHolder(answer: Answer, accountNumber: string): string | Outcome {
  if (answer.kind === 'bare') return refusedByStatus(answer.httpStatus);
  if (answer.kind !== 'reply') return notChecked(answer.reason);
  const { reply } = answer;
  if (!reply.accepted) {
    const refusal = refused(reply, 'merchant', 'invalid_account');
    return refusal.kind === 'declined' ? refusal : notChecked(reply.message);
  }
  if (reply.body.accountNumber !== accountNumber) return notChecked('it is about another account');
  return textOf(reply.body.accountName) ?? notChecked('no name');
}

function notChecked(reason: string): Outcome {
  return { kind: 'not_sent', reason: `the account could not be checked: ${reason}` };
}

function disbursement(input: PayoutInput, holder: string, source: string): Json {
  const { amount, reference, narration, beneficiary } = input;
  return {
    amount: toNaira(amount),
    reference,
    narration: (narration ?? 'Payout').slice(0, 100).toWellFormed(),
    destinationBankCode: beneficiary!.bankCode,
    destinationAccountNumber: beneficiary!.accountNumber,
    destinationAccountName: holder,
    currency: CURRENCY,
    sourceAccountNumber: source,
    // In the foreground it may take a minute, longer than a call waits (section 7).
    async: true,
  };
}

function readReply(answer: Answer, input: PayoutInput, holder: string): Outcome {
  if (answer.kind === 'bare') return refusedByStatus(answer.httpStatus);
  if (answer.kind !== 'reply') return answer;
  const { reply } = answer;
  if (!reply.accepted) return refused(reply, 'merchant');
  return readPayout(reply.body, input.reference, { account_name: holder });
}

/** A disbursement, its summary, or the data of its events (section 3). */
export function readPayout(
  data: Json,
  reference: string,
  pspState: Readonly<Record<string, string>>,
): Outcome {
  if (data.reference !== reference) return unknown('the reply is about another reference');
  const fee = fromNaira(data.totalFee) ?? fromNaira(data.fee);
  const facts = {
    pspReference: reference,
    pspState,
    ...(fee === null ? {} : { feeMinor: fee, feeCurrency: CURRENCY }),
  };
  const status = textOf(data.status) ?? '';
  const said = textOf(data.transactionDescription) ?? textOf(data.comment);
  switch (status) {
    case 'PENDING':
    case 'AWAITING_PROCESSING':
    case 'IN_PROGRESS':
      return { ...facts, kind: 'pending', message: status };
    case 'PENDING_AUTHORIZATION':
    case 'OTP_EMAIL_DISPATCH_FAILED': {
      const message = 'The OTP that Monnify sent to the merchant';
      return {
        ...facts,
        kind: 'requires_action',
        action: { type: 'submit', field: 'otp', message },
      };
    }
    case 'SUCCESS':
    case 'COMPLETED':
      return paidOut(data, facts);
    case 'FAILED':
    case 'EXPIRED':
      return declined('generic_decline', said ?? 'the payout failed', status, facts);
    case 'REVERSED':
      return declined('generic_decline', 'the payout came back', status, facts);
    default:
      return { ...facts, ...unknown(`payout status ${status}`) };
  }
}

/** The reply names no currency, the summary does: there is but one. */
function paidOut(data: Json, facts: Pick<Outcome, 'pspReference' | 'pspState'>): Outcome {
  const amountMinor = fromNaira(data.amount);
  const other = data.currency !== undefined && data.currency !== CURRENCY;
  if (amountMinor === null || amountMinor === 0n || other)
    return { ...facts, ...unknown('paid out, but without amount and currency') };
  return { ...facts, kind: 'succeeded', what: 'paid_out', amountMinor, currency: CURRENCY };
}

export async function syncPayout(
  { reference, pspState }: Pick<PayoutInput, 'reference' | 'pspState'>,
  call: Call,
): Promise<Outcome> {
  const query = new URLSearchParams({ reference });
  const path = `/api/v2/disbursements/single/summary?${query}`;
  const reply = replyOrReason(await ask({ method: 'GET', path }, call));
  if (typeof reply === 'string') return unknown(reply);
  if (isNotFound(reply)) return { kind: 'unknown', reason: reply.message, notFound: true };
  return reply.accepted ? readPayout(reply.body, reference, pspState) : unknown(reply.message);
}
