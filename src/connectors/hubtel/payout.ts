// Pays to a wallet or a bank account, from the prepaid account (psp/hubtel.md section 2.6). Our reference finds it again.
import { declined, type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { Call, PayoutInput } from '../contract.ts';
import { idOf, type Json, textOf } from '../json.ts';
import { type ApiRequest, ask, isListed } from './api.ts';
import { addressFor } from './charge.ts';
import { type Answer, refused } from './reply.ts';
import { channelOf, fromCedis, msisdnOf, plainText, refuseAmount, toCedis } from './texts.ts';

const KNOWN_AFTER_MS = 5 * 60_000;

export async function payout(input: PayoutInput, call: Call): Promise<Outcome> {
  if (input.pspReference !== null) return syncPayout(input, call);
  const request = planPayout(input, call);
  return 'refusal' in request
    ? request.refusal
    : readPayout(await ask(request, call), input.reference);
}

function planPayout(input: PayoutInput, call: Call): ApiRequest | { readonly refusal: Outcome } {
  const { beneficiary, amount, reference, narration } = input;
  const refusal = refusePayout(input, call);
  if (refusal) return { refusal };
  const { name, accountNumber, bankCode, type } = beneficiary!;
  const common = {
    Amount: toCedis(amount),
    Description: plainText(narration, 'Payout'),
    ClientReference: reference,
  };
  const at = `/api/merchants/${encodeURIComponent(call.credentials.prepaid_deposit_id ?? '')}/send`;
  const address = addressFor('d', reference, call);
  if (type === 'bank') {
    // GhIPSS codes.
    if (!/^\d{6}$/.test(bankCode) || !/^\d{6,20}$/.test(accountNumber))
      return { refusal: declined('invalid_account', 'not an account of a bank in Ghana') };
    const json = {
      ...common,
      BankName: '',
      BankBranch: '',
      BankBranchCode: '',
      BankAccountNumber: accountNumber,
      BankAccountName: plainText(name, 'Recipient'),
      PrimaryCallbackUrl: address,
      RecipientPhoneNumber: '',
    };
    return { host: 'smp', path: `${at}/bank/gh/${bankCode}`, json };
  }
  const phone = msisdnOf(accountNumber);
  if (phone === null) return { refusal: declined('invalid_phone', 'not a phone number of Ghana') };
  const channel = channelOf(bankCode === '' ? null : bankCode, phone) ?? channelOf(null, phone);
  if (channel === null) return { refusal: declined('invalid_account', 'not a network of Ghana') };
  const json = {
    ...common,
    RecipientName: plainText(name, 'Recipient'),
    RecipientMsisdn: phone,
    Channel: channel,
    PrimaryCallbackURL: address,
  };
  return { host: 'smp', path: `${at}/mobilemoney`, json };
}

function refusePayout({ beneficiary, amount, kind }: PayoutInput, call: Call): Outcome | null {
  if (kind === 'transfer')
    return declined('merchant_config', 'Hubtel moves nothing between own accounts here');
  const refusal = refuseAmount(amount);
  if (refusal) return refusal;
  if (beneficiary === null) return declined('invalid_account', 'nobody to pay');
  if (!call.credentials.prepaid_deposit_id)
    return declined('merchant_config', 'the connection has no prepaid deposit id');
  return isListed(call)
    ? null
    : declined('merchant_config', "payouts need this server's address on Hubtel's list");
}

function readPayout(answer: Answer, reference: string): Outcome {
  if (answer.kind !== 'reply' || !['0000', '0001'].includes(answer.reply.code))
    return refused(answer, 'merchant');
  const { data } = answer.reply;
  const id = idOf(data.transactionid);
  if (id === null || (textOf(data.clientreference) ?? reference) !== reference)
    return unknown('the reply names no transaction of this payout');
  // 0000 means accepted here, too: the status decides.
  return { kind: 'pending', pspReference: id };
}

export async function syncPayout(input: PayoutInput, call: Call): Promise<Outcome> {
  const account = encodeURIComponent(call.credentials.prepaid_deposit_id ?? '');
  const reference = encodeURIComponent(input.reference);
  const path = `/api/merchants/${account}/transactions/status?clientReference=${reference}`;
  const answer = await ask({ host: 'smrsc', path }, call);
  if (answer.kind !== 'reply') return unknown(answer.reason);
  const { code, data, message, httpStatus } = answer.reply;
  if (code === '4720' || code === '3000') {
    const isYoung = call.nowMs - input.createdAtMs < KNOWN_AFTER_MS;
    return isYoung ? unknown('no record yet') : NO_RECORD;
  }
  if (code !== '0000' && code !== 'success') return unknown(`${code || httpStatus}: ${message}`);
  if (textOf(data.clientreference) !== input.reference)
    return unknown('the reply is about another reference');
  return readState(data, message);
}

const NO_RECORD: Outcome = { kind: 'unknown', reason: 'no record', notFound: true };

function readState(data: Json, message: string): Outcome {
  const id = idOf(data.transactionid);
  const facts = id === null ? {} : { pspReference: id };
  const amountMinor = fromCedis(data.amount);
  switch (textOf(data.transactionstatus)?.toLowerCase()) {
    case 'success':
      return amountMinor === null || amountMinor <= 0n
        ? { ...facts, ...unknown('paid, but without an amount') }
        : { ...facts, kind: 'succeeded', what: 'paid_out', amountMinor, currency: 'GHS' };
    case 'pending':
      return { ...facts, kind: 'pending', message: 'pending' };
    case 'failed':
      return declined('generic_decline', textOf(data.description) ?? message, 'failed', facts);
    default:
      return { ...facts, ...unknown(`status ${textOf(data.transactionstatus)}`) };
  }
}
