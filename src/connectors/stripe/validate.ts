// The cheapest question that proves a key: the balance (psp/stripe.md section 1). The sentences are ours, because
// Stripe's own repeat part of the key.
import type { Call, Validation } from '../contract.ts';
import { textAt } from './json.ts';
import { type Reply, readReply } from './reply.ts';
import { get } from './request.ts';

export async function validate(call: Call): Promise<Validation> {
  return readValidation(readReply(await call.send(get(call, 'balance'))), call);
}

function readValidation(reply: Reply, { mode }: Pick<Call, 'mode'>): Validation {
  if (reply.kind === 'lost') return unreached('Stripe could not be reached');
  if (reply.kind === 'object') {
    if (textAt(reply.object, 'object') !== 'balance') return unreached('This is not Stripe');
    const livemode = reply.object.livemode;
    return typeof livemode === 'boolean' && livemode !== (mode === 'live')
      ? refused(`The key is of ${livemode ? 'live' : 'test'} mode, the connection is ${mode}`)
      : { ok: true, reached: true, message: 'Stripe accepted the key' };
  }
  const { status } = reply;
  if (status === 401) return refused('Stripe does not know this secret key');
  if (status === 403) {
    return refused('The key may not read the balance, or not for this account');
  }
  return status === 429 || status === 409
    ? unreached('Stripe is busy: try again later')
    : refused(`Stripe refused the question with HTTP ${status}`);
}

function refused(message: string): Validation {
  return { ok: false, reached: true, message };
}

function unreached(message: string): Validation {
  return { ok: false, reached: false, message };
}
