// Gives a payment back whole, by reversing its transaction (psp/mpesa.md section 2.4). A transaction is reversed once,
// so its receipt names the reversal, and a repeat of a lost request does no harm (R000001).
import { declined, type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { Call, OperationInput } from '../contract.ts';
import { textOf } from '../json.ts';
import { toShillings } from './amount.ts';
import { ask, initiatorOf } from './api.ts';
import { addressFor, refuseAddress } from './callback-address.ts';
import { type Answer, isAccepted, refused } from './reply.ts';
import { askStatus } from './status.ts';
import { receiptOf } from './sync.ts';
import { plainText } from './texts.ts';

export async function refund(input: OperationInput, call: Call): Promise<Outcome> {
  if (input.pspReference !== null) return syncRefund(input, call);
  const { attempt, amount } = input;
  if (amount.amountMinor !== attempt.amount.amountMinor)
    return declined(
      'invalid_request',
      'M-PESA reverses whole payments only: give a part back as a payout',
    );
  const initiator = initiatorOf(call.credentials);
  if (initiator === null)
    return declined('merchant_config', 'the connection has no initiator and security credential');
  const refusal = refuseAddress(call);
  if (refusal) return refusal;
  const receipt = input.pspState.receipt ?? (await receiptOf(attempt, call));
  if (receipt === null)
    return { kind: 'not_sent', reason: 'Safaricom did not tell the receipt of the payment' };
  if (receipt === '')
    return declined(
      'merchant_config',
      'Safaricom lists no such payment in its last 48 hours: reverse it in the portal',
    );
  const address = addressFor('r', input.reference, call);
  const json = {
    Initiator: initiator.name,
    SecurityCredential: initiator.credential,
    CommandID: 'TransactionReversal',
    TransactionID: receipt,
    Amount: toShillings(amount),
    ReceiverParty: call.credentials.business_short_code ?? '',
    // Spelled so by Safaricom.
    RecieverIdentifierType: '11',
    ResultURL: address,
    QueueTimeOutURL: address,
    Remarks: plainText(input.reason, 100, 'Refund'),
    Occasion: 'Refund',
  };
  return readReversal(await ask({ path: '/mpesa/reversal/v1/request', json }, call), receipt);
}

function readReversal(answer: Answer, receipt: string): Outcome {
  const pspState = { receipt };
  if (answer.kind !== 'reply') return refused(answer, { pspState });
  const conversation = textOf(answer.body.OriginatorConversationID);
  if (!isAccepted(answer.body) || conversation === null)
    return { ...unknown('an acknowledgement without acceptance'), pspState };
  return { kind: 'pending', pspReference: receipt, pspState: { ...pspState, conversation } };
}

export async function syncRefund(input: OperationInput, call: Call): Promise<Outcome> {
  const { conversation } = input.pspState;
  if (!conversation) return unknown('the conversation of the reversal was lost with its reply');
  const { reference, pspState } = input;
  const shortCode = call.credentials.business_short_code ?? '';
  const asked = await askStatus({ about: 'r', reference, conversation, shortCode }, call);
  return { ...asked, pspReference: pspState.receipt ?? input.pspReference, pspState };
}
