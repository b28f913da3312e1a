// DUMMY-PAY, Formance's connector for trying things out: a PSP that speaks the generic API and is only ever simulated. Its
// directory is never opened; each connection has books of its own there. Sandbox only.
import { declined, unknown } from '../../domain/attempt/outcome.ts';
import type { Call, Connector } from '../contract.ts';
import { history } from '../generic/history.ts';
import { payout, syncPayout } from '../generic/payout.ts';
import { manifest } from './manifest.ts';

/** The account of a payout that names none. */
const MAIN = 'main';

export const dummypay: Connector = {
  manifest,
  charge: async () => declined('invalid_request', 'Dummypay takes no charges'),
  sync: async () => unknown('Dummypay takes no charges'),
  payout: (input, call) => payout({ ...input, source: input.source || MAIN }, keyed(call)),
  syncPayout: (input, call) => syncPayout(input, keyed(call)),
  history: (query, call) => history(query, keyed(call)),
  validate: async () => ({ ok: true, reached: true, message: 'Dummypay takes anything' }),
  readWebhook: () => null,
  verifyWebhook: () => 'forged',
};

/** A directory may be anybody's: the books go by the connection. */
function keyed(call: Call): Call {
  return { ...call, credentials: { api_key: `dummy_${call.connection}` } };
}
