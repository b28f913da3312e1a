// The two status services, in their different shapes (psp/hubtel.md section 2.4): an object with Paid, Unpaid or Refunded
// for listed addresses; for everybody a list of the tries, and 4720 with HTTP 400 when there is none.
import type { FastifyInstance } from 'fastify';
import { PspError } from '../simulator.ts';
import type { Ledger, Order, Try } from './ledger.ts';
import { cedis, listedMerchantOf, merchantOf, textOf } from './wire.ts';

type Asked = { Params: { pos: string }; Querystring: { clientReference?: unknown } };

export function statusRoutes(app: FastifyInstance, ledger: Ledger): void {
  app.get<Asked>('/transactions/:pos/status', (request) => {
    const key = listedMerchantOf(request);
    const order = ledger.orders.get(key, textOf(request.query.clientReference) ?? '');
    if (order?.pos !== request.params.pos) throw noRecord();
    const { amount, fee, kind, reference, transactionId, status, paidMs } = order;
    const data = {
      date: new Date(paidMs ?? order.createdMs).toISOString().replace('Z', '4740Z'),
      status,
      transactionId,
      externalTransactionId: '0000000000000001',
      paymentMethod: 'mobilemoney',
      clientReference: reference,
      currencyCode: null,
      amount: cedis(kind === 'page' ? amount + fee : amount),
      charges: cedis(fee),
      amountAfterCharges: cedis(kind === 'page' ? amount : amount - fee),
      isFulfilled: null,
    };
    return { message: 'Successful', responseCode: '0000', data };
  });

  app.get<Asked>('/v1/merchantaccount/merchants/:pos/transactions/status', (request) => {
    const key = merchantOf(request);
    const order = ledger.orders.get(key, textOf(request.query.clientReference) ?? '');
    if (order?.pos !== request.params.pos || order.tries.length === 0) throw noRecord();
    return { ResponseCode: '0000', Data: order.tries.map((one) => tryOf(order, one)) };
  });
}

function noRecord(): PspError {
  return new PspError(400, { ResponseCode: '4720', Message: 'No record found' });
}

function tryOf(order: Order, { success, description, atMs }: Try): object {
  const { amount, fee, kind, reference, transactionId, checkoutId, phone } = order;
  const status = success ? 'Success' : 'Failed';
  return {
    StartDate: new Date(atMs).toISOString().replace('Z', '882'),
    InvoiceStatus: status,
    TransactionStatus: status,
    TransactionId: transactionId,
    NetworkTransactionId: '10000000001',
    CheckoutId: checkoutId,
    InvoiceToken: checkoutId,
    TransactionType: 'RECEIVE-MONEY',
    PaymentMethod: 'MOBILE-MONEY',
    ClientReference: reference,
    CountryCode: 'GH',
    CurrencyCode: 'GHS',
    TransactionAmount: cedis(kind === 'page' ? amount + fee : amount),
    Fee: cedis(fee),
    AmountAfterFees: cedis(kind === 'page' ? amount : amount - fee),
    MobileNumber: phone ?? '233240000001',
    ProviderResponseCode: success ? 'SUCCESSFUL' : 'FAILED',
    ProviderDescription: description,
  };
}
