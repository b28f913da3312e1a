// Starts a payment: a prompt on the payer's phone (psp/hubtel.md section 2.2), which only listed addresses may ask for,
// or Hubtel's page (section 2.1).

import type { CustomerAction } from '../../domain/attempt/outcome.ts';
import { declined, type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import { callbackUrl } from '../callback.ts';
import type { Call, ChargeInput } from '../contract.ts';
import { textOf } from '../json.ts';
import { ask, isListed, posOf } from './api.ts';
import { type Answer, refused } from './reply.ts';
import { channelOf, msisdnOf, plainText, refuseAmount, toCedis } from './texts.ts';

export async function charge(input: ChargeInput, call: Call): Promise<Outcome> {
  const refusal = refuseAmount(input.amount) ?? refuseMethod(input);
  if (refusal) return refusal;
  if (input.method === 'card' || !isListed(call)) return openPage(input, call);
  const { instrument, customer } = input;
  const given = instrument?.phone ?? null;
  const phone = msisdnOf(given ?? (input.method === 'mobile_money' ? customer.phone : null) ?? '');
  if (phone === null)
    return given === null
      ? openPage(input, call)
      : declined('invalid_phone', 'not a phone number of Ghana');
  const channel = channelOf(instrument?.network ?? null, phone);
  // Whose network nobody can tell: the page asks.
  return channel === null ? openPage(input, call) : prompt(input, phone, channel, call);
}

function refuseMethod({ method, captureMethod, instrument }: ChargeInput): Outcome | null {
  if (method !== null && method !== 'mobile_money' && method !== 'card')
    return declined('merchant_config', `Hubtel has no ${method}`);
  if (captureMethod === 'manual')
    return declined('merchant_config', 'Hubtel cannot authorise first and capture later');
  return instrument?.token ? declined('invalid_request', 'Hubtel keeps no instruments here') : null;
}

/** Where Hubtel tells what became of one request of ours. */
export function addressFor(about: 'p' | 'r' | 'd', reference: string, call: Call): string {
  const { callbackUrl: base, credentials } = call;
  return callbackUrl(base, { about, reference, askedMs: null }, credentials.client_secret ?? '');
}

export const IN_WIDGET: CustomerAction = { type: 'wait', message: 'Pay in the window of Hubtel.' };

async function prompt(
  input: ChargeInput,
  phone: string,
  channel: string,
  call: Call,
): Promise<Outcome> {
  const { customer, amount, reference, description } = input;
  const json = {
    CustomerName: plainText(customer.name, 'Customer'),
    CustomerMsisdn: phone,
    ...(customer.email === null ? {} : { CustomerEmail: customer.email }),
    Channel: channel,
    Amount: toCedis(amount),
    PrimaryCallbackUrl: addressFor('p', reference, call),
    Description: plainText(description, 'Payment'),
    ClientReference: reference,
  };
  const path = `/merchantaccount/merchants/${posOf(call)}/receive/mobilemoney`;
  return readPrompt(await ask({ host: 'rmp', path, json }, call), reference, phone, channel);
}

function readPrompt(answer: Answer, reference: string, phone: string, channel: string): Outcome {
  const pspState = { flow: 'direct', phone, channel };
  const facts = { pspReference: reference, pspState };
  if (answer.kind !== 'reply' || !['0000', '0001'].includes(answer.reply.code))
    return refused(answer, 'payer', facts);
  const { data } = answer.reply;
  const named = textOf(data.clientreference);
  if (named !== null && named !== reference)
    return { ...facts, ...unknown('the reply is about another reference') };
  const transaction = textOf(data.transactionid);
  return {
    kind: 'requires_action',
    action: promptOn(phone, channel),
    pspReference: reference,
    pspState: { ...pspState, ...(transaction === null ? {} : { transaction_id: transaction }) },
  };
}

export function promptOn(phone: string, channel: string): CustomerAction {
  const shown = phone.replace(/^233(\d\d)\d{4}(\d{3})$/, '0$1****$2');
  const hint = channel === 'mtn-gh' ? ' No prompt? Dial *170#, then 6, then 3.' : '';
  return { type: 'wait', message: `Approve the payment on the phone ${shown}.${hint}` };
}

/** Nothing is sent: the widget asks Hubtel itself, under our reference, with keys that this server gives it. */
function letWidget({ reference }: ChargeInput): Outcome {
  const facts = { pspReference: reference, pspState: { flow: 'widget' } };
  return { ...facts, kind: 'requires_action', action: IN_WIDGET };
}

async function openPage(input: ChargeInput, call: Call): Promise<Outcome> {
  const { browser_checkout: allowed } = call.credentials;
  if (input.presentation === 'client' && allowed?.toLowerCase() === 'true') return letWidget(input);
  const { amount, reference, description, returnUrl, cancelUrl, customer, instrument } = input;
  const phone = msisdnOf(instrument?.phone ?? customer.phone ?? '');
  const json = {
    totalAmount: toCedis(amount),
    description: plainText(description, 'Payment'),
    callbackUrl: addressFor('p', reference, call),
    returnUrl,
    cancellationUrl: cancelUrl,
    merchantAccountNumber: call.credentials.merchant_account ?? '',
    clientReference: reference,
    ...(customer.name === null ? {} : { payeeName: plainText(customer.name, 'Customer') }),
    ...(phone === null ? {} : { payeeMobileNumber: phone }),
    ...(customer.email === null ? {} : { payeeEmail: customer.email }),
  };
  return readPage(await ask({ path: '/items/initiate', json }, call), reference);
}

function readPage(answer: Answer, reference: string): Outcome {
  if (answer.kind !== 'reply' || answer.reply.code !== '0000') return refused(answer, 'payer');
  const { data } = answer.reply;
  const url = textOf(data.checkouturl);
  if (url === null || (textOf(data.clientreference) ?? reference) !== reference)
    return unknown('the reply names no page of this payment');
  return {
    kind: 'requires_action',
    action: { type: 'redirect', url },
    pspReference: reference,
    pspState: { flow: 'page', url, checkout_id: textOf(data.checkoutid) ?? '' },
  };
}
