// Starts a payment: an STK push to the payer's phone (psp/mpesa.md section 2.1), or, when no phone is known, the
// PayBill and account for the payer to pay in by himself (section 2.3), which needs no call.

import type { CustomerAction } from '../../domain/attempt/outcome.ts';
import { declined, type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { Money } from '../../kernel/money.ts';
import type { Call, ChargeInput, Credentials } from '../contract.ts';
import { textOf } from '../json.ts';
import { refuseAmount, toShillings } from './amount.ts';
import { ask } from './api.ts';
import { addressFor, refuseAddress } from './callback-address.ts';
import { type Answer, isAccepted, refused } from './reply.ts';
import { accountOf, msisdnOf, plainText, timestampOf } from './texts.ts';

export async function charge(input: ChargeInput, call: Call): Promise<Outcome> {
  const refusal = refuseAmount(input.amount) ?? refuseMethod(input) ?? refuseAddress(call);
  if (refusal) return refusal;
  const given = input.instrument?.phone ?? null;
  const phone = msisdnOf(given ?? input.customer.phone ?? '');
  if (phone !== null) {
    const json = pushRequest(input, phone, call);
    const answer = await ask({ path: '/mpesa/stkpush/v1/processrequest', json }, call);
    return readPush(answer, phone);
  }
  if (given !== null) return declined('invalid_phone', 'not a Kenyan mobile number');
  return payIn(input, call.credentials);
}

function refuseMethod({ method, captureMethod, instrument }: ChargeInput): Outcome | null {
  if (method !== null && method !== 'mobile_money')
    return declined('merchant_config', `M-PESA has no ${method}`);
  if (captureMethod === 'manual')
    return declined('merchant_config', 'M-PESA cannot authorise first and capture later');
  return instrument?.token ? declined('invalid_request', 'M-PESA keeps no instruments') : null;
}

function pushRequest(input: ChargeInput, phone: string, call: Call) {
  const { credentials, nowMs } = call;
  const { business_short_code: shortCode = '', till_number: till = '' } = credentials;
  const isTill = credentials.type === 'till';
  return {
    ...passwordOf(credentials, nowMs),
    BusinessShortCode: Number(shortCode),
    TransactionType: isTill ? 'CustomerBuyGoodsOnline' : 'CustomerPayBillOnline',
    Amount: toShillings(input.amount),
    PartyA: phone,
    PartyB: isTill ? till || shortCode : shortCode,
    PhoneNumber: phone,
    CallBackURL: addressFor('p', input.reference, call),
    AccountReference: accountOf('S', input.reference),
    // Called optional, and refused when it is left out.
    TransactionDesc: plainText(input.description, 13, 'Payment'),
  };
}

/** STK push and query prove themselves by a digest of the moment. */
export function passwordOf(credentials: Credentials, nowMs: number) {
  const { business_short_code: shortCode = '', passkey = '' } = credentials;
  const timestamp = timestampOf(nowMs);
  return {
    Password: Buffer.from(`${shortCode}${passkey}${timestamp}`).toString('base64'),
    Timestamp: timestamp,
  };
}

function readPush(answer: Answer, phone: string): Outcome {
  const pspState = { flow: 'stk', phone };
  if (answer.kind !== 'reply') return refused(answer, { pspState });
  const checkout = textOf(answer.body.CheckoutRequestID);
  if (!isAccepted(answer.body) || checkout === null)
    return { ...unknown('an acknowledgement without acceptance'), pspState };
  return {
    kind: 'requires_action',
    action: promptOn(phone),
    pspReference: checkout,
    pspState: { ...pspState, merchant_request_id: textOf(answer.body.MerchantRequestID) ?? '' },
  };
}

export function promptOn(phone: string): CustomerAction {
  const shown = phone.replace(/^254(\d\d\d)\d{3}(\d{3})$/, '0$1***$2');
  return { type: 'wait', message: `Enter your M-PESA PIN on the phone ${shown} to pay` };
}

function payIn({ reference, amount, expiresAtMs }: ChargeInput, credentials: Credentials): Outcome {
  // A till has no accounts: nobody could tell whose payment it is.
  if (credentials.type === 'till')
    return declined('invalid_phone', "a till needs the payer's phone number");
  const account = accountOf('P', reference);
  const expiresAt = new Date(expiresAtMs).toISOString();
  return {
    kind: 'requires_action',
    action: payInAction(credentials, account, amount, expiresAt),
    pspReference: account,
    pspState: { flow: 'c2b', expires_at: expiresAt },
  };
}

export function payInAction(
  { business_short_code: shortCode = '' }: Credentials,
  account: string,
  amount: Money,
  expiresAt: string | null,
): CustomerAction {
  const steps = `M-PESA: Lipa na M-PESA, Pay Bill, business number ${shortCode}, account ${account}`;
  return {
    type: 'bank_transfer',
    bankName: `M-PESA PayBill ${shortCode}`,
    accountNumber: account,
    accountName: shortCode,
    expiresAt,
    message: `${steps}, amount ${toShillings(amount)}`,
  };
}
