// Authorize, capture and release, in ZAR only (psp/paystack.md section 2.6, events of section 4). A capture makes an
// ordinary transaction under the same reference, which can be refunded; what is not captured is released.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { paymentPage, readOutcome, resultPage, returnUrl, sendPage } from '../page.ts';
import { amountOf, feeOf, formatAmount } from './currencies.ts';
import { type Desk, wishesOf } from './desk.ts';
import { type ChargeFields, metadataField, readChargeFields } from './fields.ts';
import { refusedByProcessor } from './initialize.ts';
import { savedPlan } from './instrument-fields.ts';
import { DEFAULT_CARD, type Instrument, signatureOf } from './instruments.ts';
import { duplicateReference } from './ledger.ts';
import { textOfReason } from './reasons.ts';
import {
  BUSINESS,
  bodyOf,
  type Domain,
  type Fields,
  INTEGRATION,
  invalidParams,
  iso,
  type Merchant,
  merchantOf,
  ok,
  refuse,
  required,
} from './wire.ts';

type Status = 'abandoned' | 'authorized' | 'captured' | 'released' | 'failed' | 'capture_failed';

export interface Preauthorization extends ChargeFields {
  readonly id: number;
  readonly domain: Domain;
  readonly reference: string;
  readonly status: Status;
  readonly accessCode: string;
  readonly instrument: Instrument;
  readonly authorizationCode: string | null;
  readonly expireAction: 'release' | 'capture';
  readonly expireDays: number;
  readonly gatewayResponse: string;
  readonly capturedAmount: number | null;
  readonly transactionId: number | null;
  readonly createdMs: number;
  readonly authorizedMs: number | null;
  readonly endedMs: number | null;
}

const DAY_MS = 86_400_000;
const PSP = 'Paystack';

type ByReference = { Params: { reference: string } };
type ByCode = { Params: { code: string } };

export function preauthorizationRoutes(app: FastifyInstance, desk: Desk): void {
  const { parts, preauthorizations: table } = desk;
  const pages = parts.books.collection<{ key: string; reference: string }>('_preauth_pages');
  const flow = createFlow(desk);

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
    return ok('Reservation attempted', render(desk, merchant.key, reserved));
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
    return ok('Preauthorization retrieved', render(desk, key, found));
  });

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

  function findAuthorized(key: string, body: Fields): Preauthorization {
    const found = table.get(key, required(body, 'reference'));
    if (found?.status !== 'authorized')
      throw refuse(400, 'No preauthorized transaction exists for the reference provided');
    return found;
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

type Reservation = ChargeFields & Pick<Preauthorization, 'expireAction' | 'expireDays'>;

function readFields(body: Fields, fields: ChargeFields): Reservation {
  if (fields.currency !== 'ZAR') throw invalidParams('Preauthorization is available in ZAR only');
  const { expire_action: action = 'release', expire_after_days: days = 5 } = body;
  if (action !== 'release' && action !== 'capture')
    throw invalidParams('expire_action is capture or release');
  if (typeof days !== 'number' || !Number.isInteger(days) || days < 1 || days > 30)
    throw invalidParams('expire_after_days is 1 to 30');
  return { ...fields, expireAction: action, expireDays: days };
}

/** What can happen to a preauthorization, each with its event. */
function createFlow(desk: Desk) {
  const { parts, ledger, preauthorizations: table, emit } = desk;
  const now = () => parts.ports.clock.nowMs();
  const put = (key: string, changed: Preauthorization) =>
    table.put(key, changed.reference, changed);
  const token = (bytes: number) => parts.ports.random.bytes(bytes).toString('hex');

  parts.schedule.task('preauthorization_expiry', (key, reference) => {
    const found = table.get(key, reference);
    if (found?.status !== 'authorized') return;
    if (found.expireAction === 'capture') capture(key, found, found.amount);
    else release(key, found);
  });

  function tell(key: string, event: string, one: Preauthorization, extra: object = {}): void {
    const { reference, amount, metadata } = one;
    const operation = event.startsWith('capture') ? 'capture' : 'authorize';
    const simulate = metadataField(metadata, 'simulate');
    const data = { ...render(desk, key, one), message: one.gatewayResponse, ...extra };
    emit(key, `preauthorization.${event}`, data, { operation, reference, amount, simulate });
  }

  function open(
    { key, domain }: Merchant,
    fields: Reservation,
    instrument: Instrument,
    authorizationCode: string | null,
  ): Preauthorization {
    const reference = fields.reference ?? `T${token(8)}`;
    if (table.get(key, reference) || ledger.find(key, reference)) throw duplicateReference();
    return put(key, {
      ...fields,
      ...{ reference, domain, instrument, authorizationCode },
      id: parts.books.next('preauthorization', 500_001),
      status: 'abandoned',
      accessCode: token(8),
      gatewayResponse: 'The transaction was not completed',
      ...{ capturedAmount: null, transactionId: null, authorizedMs: null, endedMs: null },
      createdMs: now(),
    });
  }

  function authorize(key: string, one: Preauthorization): Preauthorization {
    const { email, instrument, expireDays, reference } = one;
    const code =
      one.authorizationCode ?? ledger.authorize(key, email, instrument, { fate: 'processed' });
    const changes = { authorizationCode: code, gatewayResponse: 'Approved', authorizedMs: now() };
    const reserved = put(key, { ...one, ...changes, status: 'authorized' });
    parts.schedule.after(expireDays * DAY_MS, key, 'preauthorization_expiry', reference);
    tell(key, 'reserve.success', reserved);
    return reserved;
  }

  function fail(key: string, one: Preauthorization, reason: string): void {
    put(key, { ...one, status: 'failed', gatewayResponse: textOfReason(reason), endedMs: now() });
  }

  function capture(key: string, one: Preauthorization, amount: number): object {
    const { domain, currency, email, metadata, callbackUrl, ipAddress, reference } = one;
    const opened = ledger.open(
      { key, domain },
      {
        ...{ amount, currency, email, metadata, callbackUrl, ipAddress, reference },
        instrument: { ...one.instrument, channel: 'preauth' },
        authorizationCode: one.authorizationCode,
        direct: true,
      },
    );
    const { id, fees } = ledger.complete(key, opened);
    const changes = { capturedAmount: amount, transactionId: id, endedMs: now() };
    const captured = put(key, { ...one, ...changes, status: 'captured' });
    const transaction = { status: 'success', reference, channel: 'preauth', fees, id: String(id) };
    tell(key, 'capture.success', captured, { transaction });
    return { ...transaction, id, domain, amount, currency, gateway_response: 'Approved' };
  }

  function failCapture(key: string, one: Preauthorization, amount: number) {
    const changed = put(key, { ...one, status: 'capture_failed', endedMs: now() });
    tell(key, 'capture.failed', changed, { captured_amount: String(amount), captured_at: null });
    const { id, reference, status } = changed;
    return refuse(400, 'Capture unsuccessful', { data: { id, reference, status } });
  }

  function release(key: string, one: Preauthorization): Preauthorization {
    const released = put(key, { ...one, status: 'released', endedMs: now() });
    tell(key, 'release.success', released, { expired_at: iso(released.endedMs) });
    return released;
  }

  return { open, authorize, fail, capture, failCapture, release };
}

function render({ ledger }: Desk, key: string, one: Preauthorization): object {
  const { id, domain, status, reference, amount, currency, instrument, email, endedMs } = one;
  const { id: customerId, customer_code } = ledger.customerOf(key, email);
  const expiresMs = (one.authorizedMs ?? one.createdMs) + one.expireDays * DAY_MS;
  return {
    ...{ id, domain, status, reference, amount, currency },
    gateway_response: one.gatewayResponse,
    metadata: one.metadata,
    fees: feeOf(amount, currency),
    authorization:
      one.authorizationCode === null
        ? {}
        : {
            authorization_code: one.authorizationCode,
            ...instrument,
            country_code: 'ZA',
            signature: signatureOf(instrument),
            account_name: null,
          },
    customer: { id: customerId, email, customer_code },
    merchant_id: INTEGRATION,
    merchant_name: BUSINESS,
    transaction_id: one.transactionId,
    captured_at: status === 'captured' ? iso(endedMs) : null,
    captured_amount: one.capturedAmount === null ? null : String(one.capturedAmount),
    created_at: iso(one.createdMs),
    released_at: status === 'released' ? iso(endedMs) : null,
    expiry_date: iso(expiresMs),
    expire_action: one.expireAction,
    split_code: null,
    split: null,
  };
}
