// Authorize, capture and release, in ZAR only (psp/paystack.md section 2.6, events of section 4): what can happen to a
// preauthorization. A capture makes an ordinary transaction under the same reference, which can be refunded; what is
// not captured is released.
import { feeOf } from './currencies.ts';
import type { Desk } from './desk.ts';
import { type ChargeFields, metadataField } from './fields.ts';
import { type Instrument, signatureOf } from './instruments.ts';
import { duplicateReference } from './ledger.ts';
import { textOfReason } from './reasons.ts';
import { BUSINESS, type Domain, INTEGRATION, iso, type Merchant, refuse } from './wire.ts';

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

export type Reservation = ChargeFields & Pick<Preauthorization, 'expireAction' | 'expireDays'>;

export type Flow = ReturnType<typeof createFlow>;

/** What can happen to a preauthorization, each with its event. */
export function createFlow(desk: Desk) {
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
    const data = {
      ...renderPreauthorization(desk, key, one),
      message: one.gatewayResponse,
      ...extra,
    };
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
      reference,
      domain,
      instrument,
      authorizationCode,
      id: parts.books.next('preauthorization', 500_001),
      status: 'abandoned',
      accessCode: token(8),
      gatewayResponse: 'The transaction was not completed',
      capturedAmount: null,
      transactionId: null,
      authorizedMs: null,
      endedMs: null,
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
        amount,
        currency,
        email,
        metadata,
        callbackUrl,
        ipAddress,
        reference,
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

export function renderPreauthorization(
  { ledger }: Desk,
  key: string,
  one: Preauthorization,
): object {
  const { id, domain, status, reference, amount, currency, instrument, email, endedMs } = one;
  const { id: customerId, customer_code } = ledger.customerOf(key, email);
  const expiresMs = (one.authorizedMs ?? one.createdMs) + one.expireDays * DAY_MS;
  return {
    id,
    domain,
    status,
    reference,
    amount,
    currency,
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
