// The GENERIC connector: pays out, transfers and reads through a server that speaks Formance's generic API.
import { declined, unknown } from '../../domain/attempt/outcome.ts';
import type { Connector } from '../contract.ts';
import { history } from './history.ts';
import { manifest } from './manifest.ts';
import { payout, syncPayout } from './payout.ts';
import { validate } from './validate.ts';

export const generic: Connector = {
  manifest,
  charge: async () => declined('invalid_request', 'the generic API takes no charges'),
  payout,
  sync: async () => unknown('the generic API takes no charges'),
  syncPayout,
  history,
  validate,
  // The generic API has no webhooks.
  readWebhook: () => null,
  verifyWebhook: () => 'forged',
};
