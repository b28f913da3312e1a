// Sends what scripts ask for, through the server's one transport, which knows what left. Either to the PSP's own host,
// whose name may lead to public addresses only, or, where a simulator or another base URL stands in for the PSP, there.
import type { Network } from '../transport.ts';
import type { ScriptSend } from './contract.ts';
import { publicLookup } from './public-lookup.ts';

const lookup = publicLookup();

/** `standIn`: a base URL instead of every origin of the script's (script-sandbox.md HF-10); null: none. */
export function scriptSender(transport: Network, standIn: string | null): ScriptSend {
  return ({ origin, deadlineMs, ...request }) =>
    standIn === null
      ? transport.through(lookup, origin, deadlineMs)(request)
      : transport.to(standIn, deadlineMs)(request);
}
