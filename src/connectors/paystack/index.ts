// The Paystack connector: joins the pure builders and readers of this folder with the transport. It must never repeat
// a request and never decide what an outcome means for the payment.
import type { Outcome } from '../../domain/attempt/outcome.ts';
import type { Call, ChargeInput, Connector, SubmitInput, Validation } from '../contract.ts';
import { balances, resolveAccount } from './account.ts';
import { askAddressAgain, readSubmit, submitRequest } from './actions.ts';
import { ask } from './api.ts';
import { type Plan, planCharge } from './charge.ts';
import { history } from './history.ts';
import { manifest } from './manifest.ts';
import { payout, syncPayout } from './payout.ts';
import {
  capture,
  isPreauthorization,
  planAuthorize,
  release,
  syncPreauthorization,
} from './preauthorization.ts';
import { refund, syncRefund } from './refund.ts';
import { expectedOf, syncCharge } from './sync.ts';
import { readValidation } from './validate.ts';
import { readWebhook, verifyWebhook } from './webhook.ts';

export const paystack: Connector = {
  manifest,
  // Asked to charge what must be captured by hand, it only authorises.
  charge: (input, call) =>
    input.captureMethod === 'manual'
      ? start(planAuthorize(input), input, call)
      : start(planCharge(input, call.nowMs), input, call),
  authorize: (input, call) => start(planAuthorize(input), input, call),
  submitAction,
  capture,
  void: release,
  refund,
  payout,
  sync: (attempt, call) =>
    isPreauthorization(attempt) ? syncPreauthorization(attempt, call) : syncCharge(attempt, call),
  syncRefund,
  syncPayout,
  balances,
  history,
  resolveAccount,
  validate,
  readWebhook,
  verifyWebhook,
};

async function start(plan: Plan, { reference }: ChargeInput, call: Call): Promise<Outcome> {
  if ('refusal' in plan) return plan.refusal;
  const expected = { reference, mode: call.mode, pspState: {} };
  return plan.read(await ask(plan.request, call), expected);
}

async function submitAction(input: SubmitInput, call: Call): Promise<Outcome> {
  const request = submitRequest(input);
  if (request === null) return askAddressAgain(input);
  return readSubmit(await ask(request, call), expectedOf(input.attempt, call));
}

/** The cheapest authenticated request (psp/paystack.md section 1). */
async function validate(call: Call): Promise<Validation> {
  return readValidation(await ask({ method: 'GET', path: '/balance' }, call));
}
