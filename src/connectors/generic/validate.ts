// Whether the key is right: the PSP's list of accounts, one row of it.
import type { Call, Validation } from '../contract.ts';
import { ask } from './reply.ts';

export async function validate(call: Call): Promise<Validation> {
  const reply = await ask({ method: 'GET', path: '/accounts?pageSize=1&page=1' }, call);
  if (reply.kind === 'accepted' && Array.isArray(reply.value))
    return { ok: true, reached: true, message: 'the PSP lists its accounts' };
  if (reply.kind === 'refused' && reply.status !== 429)
    return { ok: false, reached: true, message: `the PSP refused the key: ${reply.message}` };
  const message = 'reason' in reply ? reply.reason : 'its answer is no list of accounts';
  return { ok: false, reached: false, message: `the PSP was not reached: ${message}` };
}
