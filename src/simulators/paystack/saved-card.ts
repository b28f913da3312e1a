// POST /transaction/charge_authorization and /transaction/partial_debit: charges of a saved card
// (psp/paystack.md section 2.3). The reply has the shape of verify.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { amountOf, unsupportedCurrency } from './currencies.ts';
import { type Desk, wishesOf } from './desk.ts';
import { readChargeFields } from './fields.ts';
import { savedPlan } from './instrument-fields.ts';
import { isConfiguration } from './reasons.ts';
import { renderTransaction } from './render.ts';
import { bodyOf, invalidParams, merchantOf, ok, required } from './wire.ts';

export function savedCardRoutes(app: FastifyInstance, desk: Desk): void {
  app.post('/transaction/charge_authorization', (request) => chargeSaved(desk, request, false));
  app.post('/transaction/partial_debit', (request) => chargeSaved(desk, request, true));
}

function chargeSaved(desk: Desk, request: FastifyRequest, partial: boolean): object {
  const { ledger, parts } = desk;
  const merchant = merchantOf(request);
  const { key } = merchant;
  const body = bodyOf(request);
  const fields = readChargeFields(body, request);
  const code = required(body, 'authorization_code');
  if (partial && !['NGN', 'GHS'].includes(fields.currency)) throw unsupportedCurrency();
  const atLeast = partial && body.at_least !== undefined ? amountOf(body.at_least) : fields.amount;
  if (atLeast > fields.amount) throw invalidParams('at_least is above the amount');
  const plan = savedPlan(code, key, ledger, body);
  const { decline, lateMs, disputed } = wishesOf(desk, request);
  if (isConfiguration(decline)) throw unsupportedCurrency();
  const paused = decline === null && (code.startsWith('AUTH_paused') || plan.steps.length > 0);
  const opened = ledger.open(merchant, {
    ...fields,
    instrument: plan.instrument,
    authorizationCode: code,
    steps: paused ? [{ word: 'open_url', answer: null }] : [],
    end: decline ?? plan.end,
    fate: plan.fate,
    lateMs: lateMs ?? plan.pendingMs,
    disputed,
    direct: true,
  });
  if (paused) return pausedReply(opened, parts.baseUrl());
  const less = code.startsWith('AUTH_partial') ? { amount: atLeast } : {};
  const charged = ledger.complete(key, ledger.change(key, opened, less));
  return ok('Charge attempted', renderTransaction(ledger, key, charged));
}

function pausedReply(
  { accessCode, reference }: { readonly accessCode: string; readonly reference: string },
  baseUrl: string,
): object {
  return ok('Please, redirect your customer to the authorization url provided', {
    authorization_url: `${baseUrl}/checkout/${accessCode}`,
    reference,
    access_code: accessCode,
    paused: true,
  });
}
