// The Flutterwave v3 connector: joins the pure builders and readers of this folder with the transport. It must never
// repeat a request and never decide what an outcome means for the payment.
import { type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { Call, ChargeInput, Connector, SubmitInput, Validation } from '../contract.ts';
import { balances, resolveAccount } from './account.ts';
import { readSubmit, submitRequest } from './actions.ts';
import { ask } from './api.ts';
import { planCharge } from './charge.ts';
import { history } from './history.ts';
import { manifest } from './manifest.ts';
import { payout, syncPayout } from './payout.ts';
import { refund, syncRefund } from './refund.ts';
import { syncCharge } from './sync.ts';
import { readValidation } from './validate.ts';
import { readWebhook, verifyWebhook } from './webhook.ts';

export const flutterwave: Connector = {
  manifest,
  charge,
  submitAction,
  refund,
  payout,
  sync: syncCharge,
  syncRefund,
  syncPayout,
  balances,
  history,
  resolveAccount,
  validate,
  readWebhook,
  verifyWebhook,
};

async function charge(input: ChargeInput, call: Call): Promise<Outcome> {
  const plan = planCharge(input, call.nowMs);
  if ('refusal' in plan) return plan.refusal;
  return plan.read(await ask(plan.request, call), { reference: input.reference, pspState: {} });
}

async function submitAction(input: SubmitInput, call: Call): Promise<Outcome> {
  const request = submitRequest(input);
  if (request === null) return unknown('Flutterwave asked for nothing that this could answer');
  return readSubmit(await ask(request, call), input);
}

/** The cheapest authenticated request (psp/flutterwave.md section 1). */
async function validate(call: Call): Promise<Validation> {
  return readValidation(await ask({ method: 'GET', path: '/balances' }, call));
}
