// STK push and its query (psp/mpesa.md sections 2.1 and 2.2). "Pending" has two forms, which take turns here: HTTP 500
// with an error code, and HTTP 200 with the result code 4999.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { faultMs, faultNamed } from '../faults.ts';
import type { Parts } from '../simulator.ts';
import type { Ledger, Push } from './ledger.ts';
import { codeOfReason, magicOf, TEXTS } from './results.ts';
import {
  addressOf,
  amountOf,
  badField,
  bodyOf,
  type Fields,
  merchantOf,
  phoneOf,
  refuse,
  required,
  stampOf,
  type Tokens,
} from './wire.ts';

const MINUTE_MS = 60_000;

export function stkRoutes(app: FastifyInstance, parts: Parts, tokens: Tokens, ledger: Ledger) {
  app.post('/mpesa/stkpush/v1/processrequest', (request) => {
    const key = merchantOf(request, parts, tokens);
    const body = bodyOf(request);
    const shortCode = checkPassword(body);
    const opened = readPush(body, shortCode, request);
    if (isLocked(key, opened.phone))
      throw refuse(
        500,
        '500.001.1001',
        'Unable to lock subscriber, a transaction is already in process for the current subscriber',
      );
    const limited = isRepeat(key, opened) ? { ...opened, end: '17' } : opened;
    const { merchantRequest, checkout } = ledger.push(key, limited);
    return {
      MerchantRequestID: merchantRequest,
      CheckoutRequestID: checkout,
      ResponseCode: '0',
      ResponseDescription: 'Success. Request accepted for processing',
      CustomerMessage: 'Success. Request accepted for processing',
    };
  });

  app.post('/mpesa/stkpushquery/v1/query', (request, reply) => {
    const key = merchantOf(request, parts, tokens);
    const body = bodyOf(request);
    checkPassword(body);
    const push = ledger.pushes.get(key, required(body, 'CheckoutRequestID'));
    if (!push) throw refuse(500, '500.001.1001', 'The transaction does not exist');
    if (push.resultCode !== null) return answer(push, push.resultCode, TEXTS[push.resultCode]);
    ledger.pushes.put(key, push.checkout, { ...push, asked: push.asked + 1 });
    if (push.asked % 2 === 1)
      return answer(push, '4999', 'The transaction is still under processing');
    return reply.code(500).send({
      requestId: push.merchantRequest,
      errorCode: '500.001.1001',
      errorMessage: 'The transaction is being processed',
    });
  });

  function readPush(body: Fields, shortCode: string, request: FastifyRequest): Push {
    required(body, 'TransactionType', /^Customer(PayBill|BuyGoods)Online$/);
    required(body, 'PartyB', /^\d{5,7}$/);
    const phone = phoneOf(body, 'PhoneNumber');
    if (phoneOf(body, 'PartyA') !== phone) throw badField('PartyA');
    const account = required(body, 'AccountReference', /^[\s\S]{1,12}$/);
    // Called optional, and asked for under another name.
    if (!/^[\s\S]{1,13}$/.test(String(body.TransactionDesc ?? ''))) throw badField('Remarks');
    const faults = parts.faultsOf(request);
    const decline = faultNamed(faults, 'decline');
    const late = faultNamed(faults, 'late_success');
    const number = parts.books.next('push', 1);
    const nowMs = ledger.now();
    return {
      checkout: `ws_CO_${stampOf(nowMs)}${String(number).padStart(9, '0')}`,
      merchantRequest: `1000-${2_000_000 + number}-1`,
      shortCode,
      phone,
      amount: amountOf(body),
      account,
      callbackUrl: addressOf(body, 'CallBackURL'),
      resultCode: null,
      end: decline ? codeOfReason(decline.argument ?? '') : (magicOf(phone)?.code ?? '0'),
      lateMs: late ? faultMs(late, 5_000) : null,
      answered: false,
      receipt: null,
      createdMs: nowMs,
      asked: 0,
    };
  }

  /** One prompt at a time on a phone. */
  function isLocked(key: string, phone: string): boolean {
    return ledger.pushes.list(key).some((one) => one.phone === phone && one.resultCode === null);
  }

  /** Rule 17: the same amount of the same payer within two minutes of a payment. */
  function isRepeat(key: string, { phone, amount, createdMs }: Push): boolean {
    return ledger.pushes
      .list(key)
      .some(
        (one) =>
          one.phone === phone &&
          one.amount === amount &&
          one.resultCode === '0' &&
          createdMs - one.createdMs < 2 * MINUTE_MS,
      );
  }
}

function answer({ merchantRequest, checkout }: Push, code: string, text = 'Failed'): object {
  return {
    ResponseCode: '0',
    ResponseDescription: 'The service request has been accepted successsfully',
    MerchantRequestID: merchantRequest,
    CheckoutRequestID: checkout,
    ResultCode: code,
    ResultDesc: text,
  };
}

/** `base64(short code + passkey + timestamp)`. Any passkey is good, but one that begins with `invalid`. */
function checkPassword(body: Fields): string {
  const shortCode = required(body, 'BusinessShortCode', /^\d{5,7}$/);
  const timestamp = required(body, 'Timestamp', /^\d{14}$/);
  const password = Buffer.from(required(body, 'Password'), 'base64').toString('utf8');
  const passkey = password.slice(shortCode.length, -timestamp.length);
  const fits = password.startsWith(shortCode) && password.endsWith(timestamp);
  if (!fits || passkey === '' || passkey.startsWith('invalid'))
    throw refuse(500, '500.001.1001', 'Wrong credentials');
  return shortCode;
}
