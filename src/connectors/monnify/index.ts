// The Monnify connector: joins the pure builders and readers of this folder. It must never repeat a request and never
// decide what an outcome means for the payment.
import type { Connector } from '../contract.ts';
import { balances, resolveAccount } from './account.ts';
import { charge } from './charge.ts';
import { history } from './history.ts';
import { manifest } from './manifest.ts';
import { payout, syncPayout } from './payout.ts';
import { resendCode, submitAction } from './payout-code.ts';
import { refund, syncRefund } from './refund.ts';
import { sync } from './sync.ts';
import { validate } from './validate.ts';
import { readWebhook, verifyWebhook } from './webhook.ts';

export const monnify: Connector = {
  manifest,
  charge,
  submitAction,
  resendCode,
  refund,
  payout,
  sync,
  syncRefund,
  syncPayout,
  balances,
  history,
  resolveAccount,
  validate,
  readWebhook,
  verifyWebhook,
};
