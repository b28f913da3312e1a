// What payers pay in by themselves (psp/mpesa.md sections 2.3 and 2.6): the addresses that are told, the list that can be
// pulled, a QR code, and the sandbox's payer.
import type { FastifyInstance } from 'fastify';
import type { Parts } from '../simulator.ts';
import type { Ledger, PaidIn } from './ledger.ts';
import {
  addressOf,
  amountOf,
  bodyOf,
  merchantOf,
  phoneOf,
  readStamp,
  required,
  type Tokens,
  textOf,
} from './wire.ts';

const SHORT_CODE = /^\d{5,7}$/;
const LISTED_MS = 48 * 60 * 60_000;
const PAGE = 100;

/** A pixel: nobody scans it here. */
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

export function payInRoutes(app: FastifyInstance, parts: Parts, tokens: Tokens, ledger: Ledger) {
  const { paidIn, urls, now } = ledger;

  for (const version of ['v1', 'v2']) {
    app.post(`/mpesa/c2b/${version}/registerurl`, (request) => {
      const key = merchantOf(request, parts, tokens);
      const body = bodyOf(request);
      required(body, 'ResponseType', /^(Completed|Cancelled)$/);
      const confirmation = addressOf(body, 'ConfirmationURL');
      addressOf(body, 'ValidationURL');
      urls.put(key, required(body, 'ShortCode', SHORT_CODE), { confirmation });
      return { OriginatorCoversationID: '7000-1000001-1', ...SUCCESS };
    });

    app.post(`/mpesa/c2b/${version}/simulate`, (request) => {
      const key = merchantOf(request, parts, tokens);
      const body = bodyOf(request);
      required(body, 'CommandID', /^Customer(PayBillOnline|BuyGoodsOnline)$/);
      ledger.payIn(key, {
        receipt: ledger.newReceipt(),
        shortCode: required(body, 'ShortCode', SHORT_CODE),
        phone: phoneOf(body, 'Msisdn'),
        amount: amountOf(body),
        account: textOf(body.BillRefNumber) ?? '',
      });
      return { OriginatorCoversationID: '7000-1000001-2', ...SUCCESS };
    });
  }

  app.post('/pulltransactions/v1/register', (request) => {
    merchantOf(request, parts, tokens);
    const body = bodyOf(request);
    const ShortCode = required(body, 'ShortCode', SHORT_CODE);
    addressOf(body, 'CallBackURL');
    const ResponseDescription = 'ShortCode registered successfully';
    return { ResponseRefID: 'demo-ref-1', ResponseStatus: '1000', ShortCode, ResponseDescription };
  });

  app.post('/pulltransactions/v1/query', (request) => {
    const key = merchantOf(request, parts, tokens);
    const body = bodyOf(request);
    const shortCode = required(body, 'ShortCode', SHORT_CODE);
    const from = readStamp(required(body, 'StartDate')) ?? 0;
    const to = readStamp(required(body, 'EndDate')) ?? now();
    const offset = Number(textOf(body.OffSetValue) ?? '0');
    const rows = paidIn
      .list(key)
      .filter((one) => one.shortCode === shortCode && one.atMs > now() - LISTED_MS)
      .filter(({ atMs }) => atMs >= from && atMs <= to)
      .slice(offset, offset + PAGE);
    if (rows.length === 0)
      return { ResponseRefID: 'demo-ref-1', ResponseCode: '1001', ResponseMessage: 'No records' };
    return {
      ResponseRefID: 'demo-ref-1',
      ResponseCode: '1000',
      ResponseMessage: 'Success',
      Response: [rows.map(listed)],
    };
  });

  app.post('/mpesa/qrcode/v1/generate', (request) => {
    merchantOf(request, parts, tokens);
    required(bodyOf(request), 'TrxCode', /^(PB|BG|SM|SB|WA)$/);
    return { ResponseCode: '00', ResponseDescription: 'QR Code generated', QRCode: PNG };
  });
}

const SUCCESS = { ResponseCode: '0', ResponseDescription: 'success' };

function listed({ receipt, atMs, phone, amount, account }: PaidIn): object {
  return {
    transactionId: receipt,
    trxDate: new Date(atMs).toISOString().replace('.000', ''),
    msisdn: Number(phone.slice(3)),
    sender: 'demo',
    transactiontype: 'c2b-pay-bill-debit',
    billreference: account,
    amount: `${amount}.00`,
    organizationname: 'Demo Shop',
  };
}
