// Hubtel, Ghana: psp/hubtel.md.
import type { Connector } from '../contract.ts';
import { balances } from './balance.ts';
import { charge } from './charge.ts';
import { manifest } from './manifest.ts';
import { payout, syncPayout } from './payout.ts';
import { refund, syncRefund } from './refund.ts';
import { sync } from './sync.ts';
import { validate } from './validate.ts';
import { readWebhook, verifyWebhook } from './webhook.ts';

export const hubtel: Connector = {
  manifest,
  charge,
  sync,
  refund,
  syncRefund,
  payout,
  syncPayout,
  balances,
  validate,
  readWebhook,
  verifyWebhook,
};
