// Giving money away (psp/hubtel.md sections 2.5 to 2.7): refunds of whole orders, payouts from the prepaid account, the
// balances, and who owns a number. All for listed addresses only.
import type { FastifyInstance } from 'fastify';
import { PspError } from '../simulator.ts';
import { type Ledger, type Payout, payoutData } from './ledger.ts';
import {
  addressOf,
  amountOf,
  badField,
  bodyOf,
  CHANNEL,
  cedis,
  type Fields,
  listedMerchantOf,
  MSISDN,
  required,
  textOf,
} from './wire.ts';

type Refund = { Params: { pos: string; orderId: string } };
type Bank = { Params: { prepaid: string; bank: string } };
type Asked = { Params: { prepaid: string }; Querystring: { clientReference?: unknown } };

const WINDOW_MS = 45 * 86_400_000;

const BANKS = new Set(
  (
    '300302 300303 300304 300305 300306 300307 300309 300310 300311 300312 300313 300316 300317 300318 300319 ' +
    '300320 300322 300323 300324 300325 300329 300331 300334 300362'
  ).split(' '),
);

export function payOutRoutes(app: FastifyInstance, ledger: Ledger): void {
  app.post<Refund>('/refund/:pos/order/:orderId', (request, reply) => {
    const key = listedMerchantOf(request);
    const callbackUrl = addressOf(bodyOf(request), 'callbackUrl');
    const { pos, orderId } = request.params;
    // The documents do not say which id names a page's payment: the order and the transaction are both taken.
    const order = ledger.orders
      .list(key)
      .find((one) => one.pos === pos && [one.orderId, one.transactionId].includes(orderId));
    if (!order) throw refuseRefund(404, '3000', 'Order not found');
    if (order.amount < 100) throw refuseRefund(404, '4000', 'Amount is below one cedi');
    if (order.status !== 'Paid' || ledger.now() - order.createdMs > WINDOW_MS)
      throw refuseRefund(404, '4509', 'Order is not eligible for refund');
    if (order.refund) throw refuseRefund(423, '4515', 'Refund is in progress');
    ledger.refund(key, order, callbackUrl);
    const message = 'Transaction pending. Expect callback request for final state';
    return reply.code(202).send({ message, responseCode: '0001', data: { orderId } });
  });

  app.post<Asked>('/api/merchants/:prepaid/send/mobilemoney', (request) => {
    const key = listedMerchantOf(request);
    const body = bodyOf(request);
    const account = required(body, 'RecipientMsisdn', MSISDN);
    const channel = required(body, 'Channel', CHANNEL);
    required(body, 'RecipientName');
    const callbackUrl = addressOf(body, 'PrimaryCallbackURL');
    return accept(ledger.payOut(key, { ...newPayout(body, account), channel, callbackUrl }));
  });

  app.post<Bank>('/api/merchants/:prepaid/send/bank/gh/:bank', (request) => {
    const key = listedMerchantOf(request);
    const body = bodyOf(request);
    if (!BANKS.has(request.params.bank)) throw badField('BankCode');
    const account = required(body, 'BankAccountNumber', /^\d{6,20}$/);
    const callbackUrl = addressOf(body, 'PrimaryCallbackUrl');
    const channel = 'gip-gh';
    return accept(ledger.payOut(key, { ...newPayout(body, account), channel, callbackUrl }));
  });

  // A sample of the documents leaves `/transactions` out.
  for (const path of ['/transactions/status', '/status']) {
    app.get<Asked>(`/api/merchants/:prepaid${path}`, (request) => {
      const key = listedMerchantOf(request);
      const payout = ledger.payouts.get(key, textOf(request.query.clientReference) ?? '');
      if (!payout) throw new PspError(400, { ResponseCode: '4720', Message: 'No record found' });
      const Data = {
        TransactionId: payout.transactionId,
        networkTransactionId: '1000000001',
        Amount: cedis(payout.amount),
        Fees: 0,
        ClientReference: payout.reference,
        Channel: payout.channel,
        CustomerNumber: payout.account,
        transactionStatus: payout.status,
        CreatedAt: new Date(payout.createdMs).toISOString().slice(0, 19).replace('T', ' '),
      };
      return { ResponseCode: 'success', Data };
    });
  }

  app.get('/api/inter-transfers/:pos', (request) => {
    listedMerchantOf(request);
    return { responseCode: '0000', message: 'Success', data: { amount: 250.75 } };
  });

  app.get('/api/inter-transfers/prepaid/:prepaid', (request) => {
    const amount = cedis(ledger.prepaidOf(listedMerchantOf(request)));
    return { responseCode: '0000', message: 'Success', data: { amount } };
  });

  app.get('/v2/merchantaccount/merchants/:pos/mobilemoney/verify', (request) => {
    listedMerchantOf(request);
    const data = { isRegistered: true, name: 'AMA MENSAH', status: 'active', profile: '' };
    return { responseCode: '0000', message: 'Success', data };
  });

  app.get('/v2/merchantaccount/merchants/:pos/bank/verify/:bank/:account', (request) => {
    listedMerchantOf(request);
    return { responseCode: '0000', message: 'Success', data: { name: 'AMA MENSAH' } };
  });

  function newPayout(body: Fields, account: string): Omit<Payout, 'channel' | 'callbackUrl'> {
    required(body, 'Description');
    const fails = account.endsWith('0001');
    return {
      reference: required(body, 'ClientReference', /^.{1,36}$/),
      transactionId: ledger.newId(),
      amount: amountOf(body, 'Amount'),
      account,
      status: 'pending',
      fate: fails ? 'failed' : account.endsWith('0003') ? 'stuck' : 'success',
      createdMs: ledger.now(),
    };
  }
}

function accept(payout: Payout): object {
  return { ResponseCode: '0001', Data: payoutData(payout, 'pending', '') };
}

/** This service writes in camelCase. */
function refuseRefund(status: number, responseCode: string, message: string): PspError {
  return new PspError(status, { responseCode, message });
}
