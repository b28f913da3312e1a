// Whether the keys are right: a login; and whose wallet it is, when one is given (psp/monnify.md section 1).
import type { Call, Validation } from '../contract.ts';
import { walletRequest } from './account.ts';
import { accessToken, ask } from './api.ts';
import type { Answer } from './reply.ts';

export async function validate(call: Call): Promise<Validation> {
  const token = await accessToken(call, { renew: true });
  if ('failure' in token) return verdict(token.failure, 'keys');
  const accountNumber = call.credentials.wallet_account_number;
  if (!accountNumber) return GOOD;
  return verdict(await ask(walletRequest(accountNumber), call), 'wallet account');
}

const GOOD: Validation = { ok: true, reached: true, message: 'Monnify accepts the credentials' };

function verdict(answer: Answer, what: string): Validation {
  const refused = (said: string): Validation => {
    return { ok: false, reached: true, message: `Monnify refused the ${what}: ${said}` };
  };
  if (answer.kind === 'bare')
    return answer.httpStatus === 429 ? LIMITED : refused(`HTTP ${answer.httpStatus}`);
  if (answer.kind !== 'reply')
    return { ok: false, reached: false, message: `Monnify was not reached: ${answer.reason}` };
  const { accepted, httpStatus, message } = answer.reply;
  if (accepted) return GOOD;
  return httpStatus === 429 ? LIMITED : refused(message);
}

/** Too many requests say nothing about the credentials. */
const LIMITED: Validation = {
  ok: false,
  reached: false,
  message: 'Monnify limits the rate of requests',
};
