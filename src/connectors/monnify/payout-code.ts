// The OTP that Monnify mails to the merchant before a payout goes on, where its two-factor check is switched on
// (psp/monnify.md section 2.5). A wrong one refuses the code and never the payout.
import { type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { Call, PayoutInput, SubmitInput, Told } from '../contract.ts';
import { textOf } from '../json.ts';
import { notTold } from './account.ts';
import { ask } from './api.ts';
import { refusedByStatus } from './declines.ts';
import { readPayout, syncPayout } from './payout.ts';

const PATH = '/api/v2/disbursements/single';

export async function submitAction(
  { attempt: { reference, pspState }, field, value }: SubmitInput,
  call: Call,
): Promise<Outcome> {
  if (field !== 'otp') return unknown('Monnify asked for an OTP');
  const json = { reference, authorizationCode: value };
  const answer = await ask({ method: 'POST', path: `${PATH}/validate-otp`, json }, call);
  if (answer.kind === 'bare') return refusedByStatus(answer.httpStatus);
  if (answer.kind !== 'reply') return answer;
  const { reply } = answer;
  if (reply.accepted) return readPayout(reply.body, reference, pspState);
  const now = await syncPayout({ reference, pspState }, call);
  if (now.kind !== 'requires_action' || now.action.type !== 'submit') return now;
  const message = `${reply.message.slice(0, 100)}: ${now.action.message}`;
  return { ...now, action: { ...now.action, message } };
}

export async function resendCode(
  { reference }: Pick<PayoutInput, 'reference'>,
  call: Call,
): Promise<Told<string>> {
  const request = { method: 'POST', path: `${PATH}/resend-otp`, movesNoMoney: true } as const;
  const answer = await ask({ ...request, json: { reference } }, call);
  if (answer.kind !== 'reply' || !answer.reply.accepted) return notTold(answer);
  return {
    kind: 'told',
    value: textOf(answer.reply.body.message) ?? 'Monnify sends the OTP again',
  };
}
