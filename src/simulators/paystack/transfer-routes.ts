// The endpoints of payouts (psp/paystack.md section 2.7). The same reference pays once; references follow other rules
// than those of transactions.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { balanceOf } from './balance.ts';
import { amountOf, currencyOf } from './currencies.ts';
import { type Desk, holdingsOf, wishesOf } from './desk.ts';
import { metadataField, readMetadata } from './fields.ts';
import { OTP } from './instruments.ts';
import { pageOf } from './paging.ts';
import { textOfReason } from './reasons.ts';
import { renderRecipient } from './recipients.ts';
import { FATES, PROCESSING_MS, renderTransfer, sessionOf, type Transfer } from './transfers.ts';
import {
  bodyOf,
  type Fields,
  invalidParams,
  isFields,
  merchantOf,
  ok,
  refuse,
  required,
  textOf,
} from './wire.ts';

type ByReference = { Params: { reference: string } };

export function transferRoutes(app: FastifyInstance, desk: Desk): void {
  const { transfers } = desk;

  app.post('/transfer', (request) => {
    const { key } = merchantOf(request);
    const { transfer, message } = send(desk, key, bodyOf(request), request);
    return ok(message, renderTransfer(key, transfer, transfers.recipientOf(key, transfer).id));
  });

  app.post('/transfer/bulk', (request) => {
    const { key } = merchantOf(request);
    const { transfers: items, currency, source } = bodyOf(request);
    if (!Array.isArray(items) || items.length === 0 || items.length > 100 || !items.every(isFields))
      throw invalidParams('transfers is a list of 1 to 100 transfers');
    if (transfers.otpOf(key)) throw invalidParams('Switch OTP off to make bulk transfers');
    const used = items.map(({ reference }) => textOf(reference)).filter(isText);
    const again = used.filter((one, n) => transfers.find(key, one) || used.indexOf(one) !== n);
    if (again.length > 0)
      throw refuse(404, `Duplicate reference(s) found: ${again.join(', ')}`, {
        type: 'api_error',
        code: 'unknown',
      });
    const sent = items.map((item) => send(desk, key, { source, currency, ...item }, request));
    return ok(
      `${sent.length} transfers queued.`,
      sent.map(({ transfer }) => brief(transfer)),
    );
  });

  app.get<ByReference>('/transfer/verify/:reference', (request) => {
    const { key } = merchantOf(request);
    return ok(
      'Transfer retrieved',
      whole(desk, key, transfers.find(key, request.params.reference)),
    );
  });

  app.get<ByReference>('/transfer/:reference', (request) => {
    const { key } = merchantOf(request);
    const { reference: name } = request.params;
    const found =
      transfers.transfers.get(key, name) ??
      transfers.transfers.list(key).find(({ id }) => String(id) === name);
    return ok('Transfer retrieved', whole(desk, key, found));
  });

  app.get<{ Querystring: Fields }>('/transfer', (request) => {
    const { key } = merchantOf(request);
    const { recipient } = request.query;
    const found = transfers.transfers
      .list(key)
      .filter((one) => recipient === undefined || recipient === one.recipientCode);
    const { rows, meta } = pageOf(request.query, found);
    const data = rows.map((one) => whole(desk, key, one));
    return ok('Transfers retrieved', data, meta);
  });

  otpRoutes(app, desk);
}

function otpRoutes(app: FastifyInstance, { transfers }: Desk): void {
  const waiting = (key: string, body: Fields): Transfer => {
    const transfer = transfers.transfers.get(key, required(body, 'transfer_code'));
    if (transfer?.status !== 'otp') throw invalidParams('Transfer is not currently awaiting OTP');
    return transfer;
  };

  app.post('/transfer/finalize_transfer', (request) => {
    const { key } = merchantOf(request);
    const body = bodyOf(request);
    const transfer = waiting(key, body);
    if (required(body, 'otp') !== OTP) throw invalidParams('OTP is invalid');
    const started = transfers.start(key, transfer);
    const { id } = transfers.recipientOf(key, started);
    return ok('Transfer has been queued', renderTransfer(key, started, id));
  });
  app.post('/transfer/resend_otp', (request) => {
    const { key } = merchantOf(request);
    waiting(key, bodyOf(request));
    return ok('OTP has been resent');
  });
  app.post('/transfer/enable_otp', (request) => {
    transfers.setOtp(merchantOf(request).key, true);
    return ok('OTP requirement for transfers has been enabled');
  });
  app.post('/transfer/disable_otp', (request) => {
    merchantOf(request);
    return ok('OTP has been sent to mobile number ending with 0000');
  });
  app.post('/transfer/disable_otp_finalize', (request) => {
    const { key } = merchantOf(request);
    if (required(bodyOf(request), 'otp') !== OTP) throw invalidParams('OTP is invalid');
    transfers.setOtp(key, false);
    return ok('OTP requirement for transfers has been disabled');
  });
}

function send(desk: Desk, key: string, body: Fields, request: FastifyRequest) {
  const { transfers, parts } = desk;
  if (required(body, 'source') !== 'balance') throw invalidParams('source is balance');
  const amount = amountOf(body.amount);
  const recipient = transfers.recipients.get(key, required(body, 'recipient'));
  if (!recipient)
    throw refuse(400, 'Transfer recipient is invalid', { code: 'invalid_transfer_recipient' });
  const currency = body.currency === undefined ? recipient.currency : currencyOf(body.currency);
  if (currency !== recipient.currency) throw invalidParams('Recipient is of another currency');
  const reference = readReference(body.reference) ?? parts.ports.random.bytes(12).toString('hex');
  const known = transfers.find(key, reference);
  // The documented safe repeat: it does not pay twice.
  if (known && known.amount === amount && known.recipientCode === recipient.code)
    return { transfer: known, message: queued(known) };
  if (known) throw refuse(400, 'Duplicate Transfer Reference', { code: 'duplicate_reference' });
  if (amount > balanceOf(holdingsOf(desk), key, currency))
    throw refuse(400, 'Your balance is not enough to fulfil this request', {
      code: 'insufficient_balance',
      type: 'api_error',
    });
  const { decline, lateMs } = wishesOf(desk, request);
  const metadata = readMetadata(body.metadata);
  const otp = transfers.otpOf(key) || recipient.accountNumber === '9990000003';
  const opened = transfers.open(key, {
    reference,
    amount,
    currency,
    recipientCode: recipient.code,
    reason: textOf(body.reason),
    status: otp ? 'otp' : 'pending',
    fate: decline === null ? (FATES[recipient.accountNumber] ?? 'success') : 'failed',
    failure: decline === null ? null : textOfReason(decline),
    delayMs: lateMs ?? PROCESSING_MS,
    simulate: metadataField(metadata, 'simulate'),
    paymentId: metadataField(metadata, 'payment_id'),
    transferredMs: null,
  });
  const transfer = otp ? opened : transfers.start(key, opened);
  return { transfer, message: queued(transfer) };
}

function queued({ status }: Transfer): string {
  return status === 'otp' ? 'Transfer requires OTP to continue' : 'Transfer has been queued';
}

/** 16 to 50 of lower-case letters, digits, `-` and `_`: other rules than those of a transaction's reference. */
function readReference(value: unknown): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string' || !/^[a-z0-9_-]{16,50}$/.test(value))
    throw invalidParams(
      'Transfer reference has 16 to 50 characters: lower-case letters, digits, - and _',
    );
  return value;
}

function isText(value: string | null): value is string {
  return value !== null;
}

function brief({ reference, recipientCode, amount, code, currency, status }: Transfer): object {
  return { reference, recipient: recipientCode, amount, transfer_code: code, currency, status };
}

function whole({ transfers }: Desk, key: string, transfer: Transfer | undefined): object {
  if (!transfer) throw refuse(404, 'Transfer not found', { code: 'transfer_not_found' });
  const recipient = transfers.recipientOf(key, transfer);
  return {
    ...renderTransfer(key, transfer, renderRecipient(key, recipient)),
    session: sessionOf(transfer),
    fee_charged: 0,
    gateway_response: transfer.status === 'failed' ? (transfer.failure ?? 'Transfer failed') : null,
  };
}
