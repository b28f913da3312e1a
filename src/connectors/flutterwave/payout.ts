// Payouts: in Nigeria the account is asked about first (moves no money), then a transfer under our reference, which
// Flutterwave takes only once (psp/flutterwave.md sections 2.5 and 5).
import { declined, type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import { readPhone } from '../../kernel/phone.ts';
import type { Call, PayoutInput } from '../contract.ts';
import { replyOrReason } from '../envelope.ts';
import { idOf, type Json, textOf } from '../json.ts';
import { resolveRequest } from './account.ts';
import { fromMajor, refuseAmount, toMajor } from './amount.ts';
import { type ApiRequest, ask } from './api.ts';
import { failed, refused, refusedByStatus } from './declines.ts';
import { countryOf, digitsOf, walletBankOf } from './mobile-money.ts';
import type { Answer, Reply } from './reply.ts';

export async function payout(input: PayoutInput, call: Call): Promise<Outcome> {
  if (input.pspReference !== null) return syncPayout(input, call);
  const refusal = refuseAmount(input.amount);
  if (refusal) return refusal;
  const recipient = recipientOf(input);
  if ('refusal' in recipient) return recipient.refusal;
  const named = input.pspState.account_name ?? null;
  const asks = recipient.isResolvable && named === null;
  const checked = asks
    ? readAccount(await ask(resolveRequest(recipient.account, recipient.bank), call))
    : named;
  if (typeof checked === 'object' && checked !== null) return checked;
  const name = checked ?? recipient.name;
  const pspState = checked === null ? input.pspState : { ...input.pspState, account_name: checked };
  const answer = await ask(transferRequest(input, { ...recipient, name }), call);
  return readTransferReply(answer, { ...input, pspState });
}

interface Recipient {
  readonly bank: string;
  readonly account: string;
  readonly branch: string | null;
  readonly name: string;
  /** Flutterwave can say whose account it is. */
  readonly isResolvable: boolean;
}

/** Transfers in these need a description of the sender that we do not have (section 2.5). */
const NEED_MORE = new Set(['EUR', 'GBP', 'USD', 'KES']);

function recipientOf({
  beneficiary,
  amount: { currency },
}: PayoutInput): Recipient | { readonly refusal: Outcome } {
  const no = (message: string) => ({ refusal: declined('invalid_account', message) });
  if (beneficiary === null) return no('there is nobody to pay');
  const { name, accountNumber, bankCode } = beneficiary;
  if (beneficiary.type === 'mobile_money') {
    const phone = readPhone(accountNumber, countryOf(currency));
    if (phone === null) return no('this is not a phone number');
    const bank = walletBankOf(currency, bankCode);
    if (bank === null) return no('Flutterwave cannot pay this wallet in this currency');
    return { bank, account: digitsOf(phone), branch: null, name, isResolvable: false };
  }
  if (NEED_MORE.has(currency))
    return no(`Flutterwave needs more for a bank account in ${currency}`);
  // Ghana's banks need a branch: `GH280100:GH280103`.
  const [bank = '', branch = null] = bankCode.split(':', 2);
  if (currency === 'GHS' && !branch) return no('a bank in Ghana needs its branch: bank:branch');
  return { bank, account: accountNumber, branch, name, isResolvable: currency === 'NGN' };
}

/** The name of the account's holder, or the outcome of the payout: nothing was sent. */
function readAccount(answer: Answer): string | Outcome {
  if (answer.kind === 'bare') return refusedByStatus(answer.httpStatus);
  if (answer.kind !== 'reply') return notChecked(answer.reason);
  const { reply } = answer;
  if (!reply.accepted) {
    const refusal = refused(reply, 'merchant', 'invalid_account');
    return refusal.kind === 'declined' ? refusal : notChecked(reply.message);
  }
  return textOf(reply.data.account_name) ?? notChecked('reply without a name');
}

function notChecked(reason: string): Outcome {
  return { kind: 'not_sent', reason: `the account could not be checked: ${reason}` };
}

function transferRequest(input: PayoutInput, to: Recipient): ApiRequest {
  const { amount, reference, narration, metadata } = input;
  const json = {
    account_bank: to.bank,
    account_number: to.account,
    amount: toMajor(amount),
    currency: amount.currency,
    debit_currency: amount.currency,
    reference,
    beneficiary_name: to.name,
    ...(to.branch ? { destination_branch_code: to.branch } : {}),
    ...(narration ? { narration } : {}),
    meta: [metadata],
  };
  return { method: 'POST', path: '/transfers', json };
}

function readTransferReply(answer: Answer, input: PayoutInput): Outcome {
  if (answer.kind === 'bare') return refusedByStatus(answer.httpStatus);
  if (answer.kind !== 'reply') return answer;
  const { reply } = answer;
  return reply.accepted ? readTransfer(reply.data, input) : refused(reply, 'merchant');
}

/** A transfer object (section 3). Only one that names our reference tells anything. */
function readTransfer(
  data: Json,
  { reference, pspState }: Pick<PayoutInput, 'reference' | 'pspState'>,
): Outcome {
  if (idOf(data.reference) !== reference) return unknown('the reply is about another reference');
  const id = idOf(data.id);
  const currency = textOf(data.currency);
  const feeMinor = currency === null ? null : fromMajor(data.fee, currency);
  const facts = {
    ...(id === null ? {} : { pspReference: id }),
    pspState,
    ...(feeMinor === null || currency === null ? {} : { feeMinor, feeCurrency: currency }),
  };
  const status = textOf(data.status)?.toUpperCase() ?? '';
  const said = textOf(data.complete_message);
  switch (status) {
    case 'NEW':
    case 'PENDING':
      return { ...facts, kind: 'pending', message: waitingFor(data) };
    case 'FAILED':
      return failed(said ?? 'the transfer failed', 'merchant', facts);
    case 'SUCCESSFUL': {
      const amountMinor = currency === null ? null : fromMajor(data.amount, currency);
      if (currency === null || amountMinor === null)
        return { ...facts, ...unknown('successful, but without amount and currency') };
      return { ...facts, kind: 'succeeded', what: 'paid_out', amountMinor, currency };
    }
    default:
      return { ...facts, ...unknown(`transfer status ${status}`) };
  }
}

function waitingFor(data: Json): string {
  return Number(data.requires_approval) === 1 && Number(data.is_approved) !== 1
    ? 'Flutterwave waits for an approval in its dashboard'
    : 'Flutterwave is processing the transfer';
}

export async function syncPayout(input: PayoutInput, call: Call): Promise<Outcome> {
  if (input.pspReference !== null) {
    const path = `/transfers/${encodeURIComponent(input.pspReference)}`;
    const reply = replyOrReason(await ask({ method: 'GET', path }, call));
    if (typeof reply === 'string') return unknown(reply);
    return reply.accepted ? readTransfer(reply.data, input) : unknown(reply.message);
  }
  const query = new URLSearchParams({ reference: input.reference });
  return readFound(
    replyOrReason(await ask({ method: 'GET', path: `/transfers?${query}` }, call)),
    input,
  );
}

/** The filter by reference is not certain: a list of others teaches nothing, and only an empty one says "not found". */
function readFound(reply: Reply | string, input: PayoutInput): Outcome {
  if (typeof reply === 'string') return unknown(reply);
  if (!reply.accepted || reply.list === null) return unknown(`no list: ${reply.message}`);
  const ours = reply.list.find(({ reference }) => idOf(reference) === input.reference);
  if (ours) return readTransfer(ours, input);
  return reply.list.length > 0
    ? unknown('the list is about other transfers')
    : { kind: 'unknown', reason: 'no such transfer at Flutterwave', notFound: true };
}
