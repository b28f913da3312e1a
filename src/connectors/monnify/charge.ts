// Starts a payment: Monnify's page, a saved card, or an initialised transaction and then an account to pay into or a code
// to dial (psp/monnify.md sections 2.1 and 2.2).
import { declined, type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import { money, toDecimalText } from '../../kernel/money.ts';
import type { Call, ChargeInput, Method } from '../contract.ts';
import { emailOf, emailOrPlaceholder } from '../customer-email.ts';
import { idOf, type Json, textOf } from '../json.ts';
import { CURRENCY, fromNaira, refuseAmount, toNaira } from './amount.ts';
import { type ApiRequest, ask } from './api.ts';
import { refused, refusedByStatus } from './declines.ts';
import type { Answer } from './reply.ts';
import { asking, readTransaction } from './transaction.ts';

const METHODS: Readonly<Partial<Record<Method, string>>> = {
  card: 'CARD',
  bank_transfer: 'ACCOUNT_TRANSFER',
  ussd: 'USSD',
};

export async function charge(input: ChargeInput, call: Call): Promise<Outcome> {
  const refusal = refuse(input);
  if (refusal) return refusal;
  const { instrument, method, reference } = input;
  if (instrument?.token) return chargeCard(input, instrument.token, call);
  if (instrument && method === 'bank_transfer') return toAccount(input, call);
  const code = instrument && method === 'ussd' ? ussdCodeOf(instrument.bankCode) : null;
  if (code !== null) return toCode(input, code, call);
  return readPage(await ask(initRequest(input, call), call), reference);
}

function refuse({ amount, captureMethod, method }: ChargeInput): Outcome | null {
  if (captureMethod === 'manual')
    return declined('merchant_config', 'Monnify cannot authorise first');
  if (method !== null && METHODS[method] === undefined)
    return declined('merchant_config', `Monnify has no ${method}`);
  return refuseAmount(amount);
}

function initRequest(input: ChargeInput, { credentials }: Call, movesNoMoney = false): ApiRequest {
  const method = input.method === null ? null : METHODS[input.method];
  const json = {
    ...basics(input),
    contractCode: credentials.contract_code ?? '',
    redirectUrl: input.returnUrl,
    ...(method ? { paymentMethods: [method] } : {}),
  };
  const path = '/api/v1/merchant/transactions/init-transaction';
  return { method: 'POST', path, json, ...(movesNoMoney ? { movesNoMoney } : {}) };
}

function basics(input: ChargeInput): Json {
  const { customer, description, reference, metadata } = input;
  return {
    amount: toNaira(input.amount),
    customerName: customer.name ?? 'Customer',
    customerEmail: emailOrPlaceholder(input),
    paymentReference: reference,
    paymentDescription: description ?? 'Payment',
    currencyCode: 'NGN',
    metaData: metadata,
  };
}

/** An initialisation moves nothing: what refuses it without a clear word refuses the request. */
function readInit(answer: Answer, reference: string): { readonly body: Json } | Outcome {
  if (answer.kind === 'bare') return refusedByStatus(answer.httpStatus);
  if (answer.kind !== 'reply') return answer;
  const { reply } = answer;
  if (!reply.accepted) return refused(reply, 'payer', 'invalid_request');
  return reply.body.paymentReference === reference
    ? { body: reply.body }
    : unknown('the reply is about another reference');
}

function readPage(answer: Answer, reference: string): Outcome {
  const init = readInit(answer, reference);
  if (!('body' in init)) return init;
  const url = textOf(init.body.checkoutUrl);
  const id = textOf(init.body.transactionReference);
  if (url === null || id === null) return unknown('reply without a payment page');
  return asking({ type: 'redirect', url }, id);
}

/**
 * The transaction that a second call is about; or the outcome, of a charge that was not sent: without the second call
 * nobody was told how to pay.
 */
async function initialise(input: ChargeInput, call: Call): Promise<string | Outcome> {
  const init = readInit(await ask(initRequest(input, call, true), call), input.reference);
  if ('body' in init) return textOf(init.body.transactionReference) ?? noTransaction('no name');
  return init.kind === 'unknown' ? noTransaction(init.reason) : init;
}

function noTransaction(reason: string): Outcome {
  return { kind: 'not_sent', reason: `no transaction, so nothing to pay: ${reason}` };
}

async function toAccount(input: ChargeInput, call: Call): Promise<Outcome> {
  const transaction = await initialise(input, call);
  if (typeof transaction !== 'string') return transaction;
  const json = { transactionReference: transaction };
  const path = '/api/v1/merchant/bank-transfer/init-payment';
  return readAccount(await ask({ method: 'POST', path, json }, call), transaction, call.nowMs);
}

function readAccount(answer: Answer, transaction: string, nowMs: number): Outcome {
  const body = secondStep(answer, transaction);
  if ('kind' in body) return body;
  const accountNumber = idOf(body.data.accountNumber);
  if (accountNumber === null) return unknown('reply without an account');
  // The times in the reply have no zone: the duration is what counts.
  const seconds = Number(idOf(body.data.accountDurationSeconds) ?? Number.NaN);
  const lasts = seconds > 0 && seconds <= 31_536_000;
  const payable = fromNaira(body.data.totalPayable);
  return asking(
    {
      type: 'bank_transfer',
      bankName: textOf(body.data.bankName) ?? '',
      accountNumber,
      accountName: textOf(body.data.accountName) ?? '',
      expiresAt: lasts ? new Date(nowMs + seconds * 1_000).toISOString() : null,
      message:
        payable === null
          ? 'Transfer the exact amount'
          : `Transfer exactly NGN ${toDecimalText(money(payable, CURRENCY))}`,
    },
    transaction,
  );
}

async function toCode(input: ChargeInput, bankUssdCode: string, call: Call): Promise<Outcome> {
  const transaction = await initialise(input, call);
  if (typeof transaction !== 'string') return transaction;
  const json = { transactionReference: transaction, bankUssdCode };
  const path = '/api/v1/merchant/ussd/initialize';
  const body = secondStep(await ask({ method: 'POST', path, json }, call), transaction);
  if ('kind' in body) return body;
  const said = textOf(body.data.paymentCode) ?? textOf(body.data.ussdCode) ?? '';
  const code = /[*#][\d*#]*#/.exec(said)?.[0];
  if (code === undefined) return unknown('reply without a code to dial');
  return asking({ type: 'ussd', code, message: `Dial ${code} to pay` }, transaction);
}

function secondStep(answer: Answer, transaction: string): { readonly data: Json } | Outcome {
  const facts = { pspReference: transaction };
  if (answer.kind === 'bare') return { ...facts, ...refusedByStatus(answer.httpStatus) };
  if (answer.kind !== 'reply') return { ...facts, ...answer };
  const { reply } = answer;
  if (!reply.accepted) return refused(reply, 'payer', 'unknown', facts);
  const theirs = textOf(reply.body.transactionReference);
  return theirs === null || theirs === transaction
    ? { data: reply.body }
    : { ...facts, ...unknown('the reply is about another transaction') };
}

/** USSD codes by themselves, and by the bank that runs them. */
const USSD_CODES: Readonly<Partial<Record<string, string>>> = {
  '058': '737',
  '011': '894',
  '044': '901',
  '033': '919',
  '057': '966',
  '232': '822',
};

function ussdCodeOf(bankCode: string | null): string | null {
  if (bankCode === null) return null;
  const own = Object.values(USSD_CODES).includes(bankCode);
  return own ? bankCode : (USSD_CODES[bankCode] ?? null);
}

async function chargeCard(input: ChargeInput, cardToken: string, call: Call): Promise<Outcome> {
  const email = emailOf(input.customer);
  // A saved card is charged only for the customer it was saved for.
  if (email === null) return declined('invalid_request', 'a saved card needs the customer email');
  const { contract_code: contractCode = '', api_key: apiKey = '' } = call.credentials;
  const json = { ...basics(input), customerEmail: email, cardToken, contractCode, apiKey };
  const path = '/api/v1/merchant/cards/charge-card-token';
  return readCard(await ask({ method: 'POST', path, json }, call), input.reference);
}

function readCard(answer: Answer, reference: string): Outcome {
  if (answer.kind === 'bare') return refusedByStatus(answer.httpStatus);
  if (answer.kind !== 'reply') return answer;
  const { reply } = answer;
  return reply.accepted
    ? readTransaction(reply.body, { reference, pspState: {} })
    : refused(reply, 'payer');
}
