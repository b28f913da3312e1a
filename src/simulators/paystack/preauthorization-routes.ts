// The endpoints of preauthorizations, and their payment page (psp/paystack.md section 2.6).
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Collection } from '../books.ts';
import { paymentPage, readOutcome, resultPage, returnUrl, sendPage } from '../page.ts';
import { amountOf, formatAmount } from './currencies.ts';
import { type Desk, wishesOf } from './desk.ts';
import { type ChargeFields, metadataField, readChargeFields } from './fields.ts';
import { refusedByProcessor } from './initialize.ts';
import { savedPlan } from './instrument-fields.ts';
import { DEFAULT_CARD } from './instruments.ts';
import {
  createFlow,
  type Flow,
  type Preauthorization,
  type Reservation,
  renderPreauthorization,
} from './preauthorizations.ts';
import { textOfReason } from './reasons.ts';
import {
  BUSINESS,
  bodyOf,
  type Fields,
  invalidParams,
  merchantOf,
  ok,
  refuse,
  required,
} from './wire.ts';

type ByReference = { Params: { reference: string } };
type ByCode = { Params: { code: string } };
type Pages = Collection<{ key: string; reference: string }>;

const PSP = 'Paystack';

export function preauthorizationRoutes(app: FastifyInstance, desk: Desk): void {
  const { parts, preauthorizations: table } = desk;
  const pages: Pages = parts.books.collection('_preauth_pages');
  const flow = createFlow(desk);
  pageRoutes(app, desk, flow, pages);

  app.post('/preauthorization/initialize', (request) => {
    const merchant = merchantOf(request);
    const body = bodyOf(request);
    const fields = readFields(body, readChargeFields(body, request));
    const { decline } = wishesOf(desk, request);
    if (decline !== null) throw refusedByProcessor(decline);
    const made = flow.open(merchant, fields, DEFAULT_CARD, null);
    pages.put('', made.accessCode, { key: merchant.key, reference: made.reference });
    return ok('Authorization URL created', {
      authorization_url: `${parts.baseUrl()}/checkout/preauthorization/${made.accessCode}`,
      access_code: made.accessCode,
      reference: made.reference,
    });
  });

  app.post('/preauthorization/reserve_authorization', (request) => {
    const merchant = merchantOf(request);
    const body = bodyOf(request);
    const fields = readFields(body, readChargeFields(body, request));
    const code = required(body, 'authorization_code');
    const plan = savedPlan(code, merchant.key, desk.ledger, body);
    const reason = wishesOf(desk, request).decline ?? plan.end;
    const made = flow.open(merchant, fields, plan.instrument, code);
    if (reason !== null) {
      flow.fail(merchant.key, made, reason);
      throw refuse(400, `Preauthorization unsuccessful: ${textOfReason(reason)}`);
    }
    const reserved = flow.authorize(merchant.key, made);
    return ok('Reservation attempted', renderPreauthorization(desk, merchant.key, reserved));
  });

  app.post('/preauthorization/capture', (request) => {
    const { key } = merchantOf(request);
    const body = bodyOf(request);
    const found = findAuthorized(key, body);
    if (required(body, 'currency') !== found.currency) throw invalidParams('Currency mismatch');
    const amount = amountOf(body.amount);
    if (amount > found.amount)
      throw invalidParams('Capture amount cannot be more than authorized amount');
    if (wishesOf(desk, request).decline !== null) throw flow.failCapture(key, found, amount);
    return ok('Capture attempted', flow.capture(key, found, amount));
  });

  app.post('/preauthorization/release', (request) => {
    const { key } = merchantOf(request);
    const { id, reference, status } = flow.release(key, findAuthorized(key, bodyOf(request)));
    return ok('Release attempted', { id, status, reference });
  });

  app.get<ByReference>('/preauthorization/verify/:reference', (request) => {
    const { key } = merchantOf(request);
    const found = table.get(key, request.params.reference);
    if (!found) throw refuse(400, 'Preauthorization not found', { code: 'not_found' });
    return ok('Preauthorization retrieved', renderPreauthorization(desk, key, found));
  });

  function findAuthorized(key: string, body: Fields): Preauthorization {
    const found = table.get(key, required(body, 'reference'));
    if (found?.status !== 'authorized')
      throw refuse(400, 'No preauthorized transaction exists for the reference provided');
    return found;
  }
}

/** The page where the customer authorizes. Posting twice reserves once. */
function pageRoutes(
  app: FastifyInstance,
  { preauthorizations: table }: Desk,
  flow: Flow,
  pages: Pages,
): void {
  app.get<ByCode>('/checkout/preauthorization/:code', (request, reply) => {
    const found = onPage(request.params.code);
    if (!found) return sendPage(reply, resultPage(PSP, 'Not found', 'No such payment.'), 404);
    const { amount, currency, reference, status } = found.made;
    if (status !== 'abandoned')
      return sendPage(reply, resultPage(PSP, `Already ${status}`, formatAmount(amount, currency)));
    const view = { psp: PSP, merchant: BUSINESS, amount: formatAmount(amount, currency) };
    const details = { Kind: 'Authorization, charged later' };
    return sendPage(reply, paymentPage({ ...view, reference, details }));
  });

  app.post<ByCode>('/checkout/preauthorization/:code', (request, reply) => {
    const found = onPage(request.params.code);
    if (!found) return sendPage(reply, resultPage(PSP, 'Not found', 'No such payment.'), 404);
    const outcome = readOutcome(request.body);
    if (!outcome)
      return sendPage(reply, resultPage(PSP, 'Not understood', 'outcome is missing.'), 400);
    const { key, made } = found;
    const open = made.status === 'abandoned';
    if (open && outcome === 'success') flow.authorize(key, made);
    if (open && outcome === 'failure') flow.fail(key, made, 'declined');
    return leave(reply, made, open && outcome === 'cancel');
  });

  function onPage(code: string) {
    const page = pages.get('', code);
    const made = page && table.get(page.key, page.reference);
    return made && { key: page.key, made };
  }
}

function leave(reply: FastifyReply, made: Preauthorization, canceled: boolean) {
  const { reference, callbackUrl, metadata } = made;
  const target = canceled
    ? returnUrl(metadataField(metadata, 'cancel_action'), {})
    : returnUrl(callbackUrl, { trxref: reference, reference });
  if (target !== null) return reply.redirect(target, 303);
  return sendPage(reply, resultPage(PSP, 'Thank you', 'You can close this page.'));
}

function readFields(body: Fields, fields: ChargeFields): Reservation {
  if (fields.currency !== 'ZAR') throw invalidParams('Preauthorization is available in ZAR only');
  const { expire_action: action = 'release', expire_after_days: days = 5 } = body;
  if (action !== 'release' && action !== 'capture')
    throw invalidParams('expire_action is capture or release');
  if (typeof days !== 'number' || !Number.isInteger(days) || days < 1 || days > 30)
    throw invalidParams('expire_after_days is 1 to 30');
  return { ...fields, expireAction: action, expireDays: days };
}
