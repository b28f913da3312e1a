// The Stripe connector: its manifest and its verbs, one file each. Facts are in psp/stripe.md.
import type { Connector } from '../contract.ts';
import { balances } from './balance.ts';
import { capture } from './capture.ts';
import { authorize, charge } from './charge.ts';
import { history } from './history.ts';
import { manifest } from './manifest.ts';
import { payout, syncPayout } from './payout.ts';
import { refund, syncRefund } from './refund.ts';
import { reverse, syncReversal } from './reverse.ts';
import { verifyWebhook } from './signature.ts';
import { sync } from './sync.ts';
import { validate } from './validate.ts';
import { voidAttempt } from './void.ts';
import { readWebhook } from './webhook.ts';

export const stripe: Connector = {
  manifest,
  charge,
  authorize,
  capture,
  void: voidAttempt,
  refund,
  payout,
  reverse,
  sync,
  syncRefund,
  syncPayout,
  syncReversal,
  balances,
  history,
  validate,
  readWebhook,
  verifyWebhook,
};
