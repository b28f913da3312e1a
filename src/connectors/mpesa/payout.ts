// Pays to a phone (B2C, psp/mpesa.md section 2.5). Our reference is the originator's conversation: Safaricom refuses it
// the second time, and finds the payout by it.
import { declined, type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { Call, PayoutInput } from '../contract.ts';
import { textOf } from '../json.ts';
import { refuseAmount, toShillings } from './amount.ts';
import { ask, initiatorOf } from './api.ts';
import { addressFor, refuseAddress } from './callback-address.ts';
import { type Answer, isAccepted, refused } from './reply.ts';
import { askStatus } from './status.ts';
import { msisdnOf, plainText } from './texts.ts';

export async function payout(input: PayoutInput, call: Call): Promise<Outcome> {
  if (input.pspReference !== null) return syncPayout(input, call);
  if (input.kind === 'transfer')
    return declined('merchant_config', 'M-PESA moves nothing between own accounts here');
  const refusal = refuseAmount(input.amount) ?? refuseAddress(call);
  if (refusal) return refusal;
  const { beneficiary, reference, amount, narration } = input;
  if (beneficiary === null) return declined('invalid_account', 'nobody to pay');
  if (beneficiary.type !== 'mobile_money')
    return declined('merchant_config', 'M-PESA pays to phones only');
  const phone = msisdnOf(beneficiary.accountNumber);
  if (phone === null) return declined('invalid_phone', 'not a Kenyan mobile number');
  const initiator = initiatorOf(call.credentials);
  if (initiator === null)
    return declined('merchant_config', 'the connection has no initiator and security credential');
  const address = addressFor('d', reference, call);
  const json = {
    OriginatorConversationID: reference,
    InitiatorName: initiator.name,
    SecurityCredential: initiator.credential,
    CommandID: 'BusinessPayment',
    Amount: toShillings(amount),
    PartyA: shortCodeOf(call),
    PartyB: phone,
    Remarks: plainText(narration, 100, 'Payout'),
    QueueTimeOutURL: address,
    ResultURL: address,
    // Spelled so by Safaricom.
    Occassion: 'Payout',
  };
  return readPayout(await ask({ path: '/mpesa/b2c/v3/paymentrequest', json }, call));
}

/** A reference that was used before has been sent before: that is asked about, and not a refusal (reply.ts). */
function readPayout(answer: Answer): Outcome {
  if (answer.kind !== 'reply') return refused(answer);
  const conversation = textOf(answer.body.ConversationID);
  if (!isAccepted(answer.body) || conversation === null)
    return unknown('an acknowledgement without acceptance');
  return { kind: 'pending', pspReference: conversation };
}

export function syncPayout({ reference }: PayoutInput, call: Call): Promise<Outcome> {
  const shortCode = shortCodeOf(call);
  return askStatus({ about: 'd', reference, conversation: reference, shortCode }, call);
}

function shortCodeOf({ credentials }: Call): string {
  return credentials.b2c_short_code ?? credentials.business_short_code ?? '';
}
