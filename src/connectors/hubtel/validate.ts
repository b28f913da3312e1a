// Whether keys and account are right (psp/hubtel.md section 1): the balance, for listed addresses; else a question for a
// reference that cannot exist, whose "no record" means that it was allowed to be asked. An address that is not on
// Hubtel's list is answered with 403, or not at all: that is no outage.
import type { Call, Validation } from '../contract.ts';
import { ask, isListed, posOf } from './api.ts';
import { type Answer, verdictOf } from './reply.ts';

const GOOD: Validation = { ok: true, reached: true, message: 'Hubtel accepts the credentials' };
const NOT_LISTED =
  "the keys are right, but this server's address is not on Hubtel's list: have it listed, or leave ip_whitelisted out";

export async function validate(call: Call): Promise<Validation> {
  if (!isListed(call)) return askPublic(call);
  const answer = await ask({ host: 'trnf', path: `/api/inter-transfers/${posOf(call)}` }, call);
  if (!isShutOut(answer)) return verdict(answer, ['0000']);
  const open = await askPublic(call);
  return open.ok ? { ok: false, reached: true, message: NOT_LISTED } : open;
}

function isShutOut(answer: Answer): boolean {
  if (answer.kind === 'reply') return answer.reply.httpStatus === 403;
  return /deadline|TIMEOUT/.test(answer.reason);
}

async function askPublic(call: Call): Promise<Validation> {
  const path = `/v1/merchantaccount/merchants/${posOf(call)}/transactions/status?clientReference=00000000000000000000000000000000`;
  return verdict(await ask({ host: 'rmsc', path }, call), ['4720', '0000']);
}

function verdict(answer: Answer, good: readonly string[]): Validation {
  if (answer.kind !== 'reply')
    return { ok: false, reached: false, message: `Hubtel was not reached: ${answer.reason}` };
  const { reply } = answer;
  if (good.includes(reply.code)) return GOOD;
  const verdict = verdictOf(reply, 'merchant');
  if (verdict === 'unknown')
    return { ok: false, reached: false, message: `Hubtel says: ${reply.message}` };
  const message = `Hubtel refused the keys or the merchant account: ${reply.message}`;
  return { ok: false, reached: true, message };
}
