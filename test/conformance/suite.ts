// The suite: every noun and its cases.
import type { Cases } from './case.ts';
import { authorize } from './cases/authorize.ts';
import { charge } from './cases/charge.ts';
import { duplicate } from './cases/duplicate.ts';
import { fault } from './cases/fault.ts';
import { history } from './cases/history.ts';
import { journeys } from './cases/journeys.ts';
import { manifest } from './cases/manifest.ts';
import { amounts } from './cases/money.ts';
import { payout } from './cases/payout.ts';
import { refund } from './cases/refund.ts';
import { secret } from './cases/secret.ts';
import { sync } from './cases/sync.ts';
import { validate } from './cases/validate.ts';
import { webhook } from './cases/webhook.ts';

export const suite: Readonly<Record<string, Cases>> = {
  manifest,
  credentials: validate,
  'ways to pay': journeys,
  charges: charge,
  'amounts and methods': amounts,
  authorizations: authorize,
  questions: sync,
  refunds: refund,
  payouts: payout,
  histories: history,
  webhooks: webhook,
  duplicates: duplicate,
  faults: fault,
  secrets: secret,
};
