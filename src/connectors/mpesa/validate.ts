// Whether the keys are right: a new access token proves key and secret, a question about a push that does not exist
// proves passkey and short code (psp/mpesa.md section 1).
import type { Call, Validation } from '../contract.ts';
import { accessToken, ask } from './api.ts';
import { passwordOf } from './charge.ts';
import { type Answer, verdictOf } from './reply.ts';

export async function validate(call: Call): Promise<Validation> {
  const token = await accessToken(call, { renew: true });
  if ('failure' in token) return verdict(token.failure, 'consumer key and secret');
  const json = {
    ...passwordOf(call.credentials, call.nowMs),
    BusinessShortCode: call.credentials.business_short_code ?? '',
    CheckoutRequestID: 'ws_CO_00000000000000000000000000000000',
  };
  const path = '/mpesa/stkpushquery/v1/query';
  return verdict(await ask({ path, json, movesNoMoney: true }, call), 'passkey and short code');
}

const GOOD: Validation = { ok: true, reached: true, message: 'Safaricom accepts the credentials' };

function verdict(answer: Answer, what: string): Validation {
  if (answer.kind === 'reply') return GOOD;
  if (answer.kind !== 'error')
    return { ok: false, reached: false, message: `Safaricom was not reached: ${answer.reason}` };
  switch (verdictOf(answer)) {
    case 'auth_failed':
    case 'merchant_config': {
      const message = `Safaricom refused the ${what}: ${answer.message}`;
      return { ok: false, reached: true, message };
    }
    case 'rate_limited':
    case 'provider_unavailable':
      return { ok: false, reached: false, message: `Safaricom says: ${answer.message}` };
    case 'unknown':
      // The code of an internal error, and the one of a push that it does not know, are one family (section 3).
      return /does not exist|not found|invalid checkout/i.test(answer.message)
        ? GOOD
        : { ok: false, reached: false, message: `Safaricom says: ${answer.message}` };
    default:
      return GOOD;
  }
}
