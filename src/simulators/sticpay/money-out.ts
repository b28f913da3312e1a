// Withdrawals and refunds: both are done when they are answered (psp/sticpay.md sections 3.2 and 3.3). A refund knows
// no amount: it is always the whole payment.
import type { FastifyInstance } from 'fastify';
import { faultNamed } from '../faults.ts';
import type { Desk } from './desk.ts';
import { magicOf } from './magic.ts';
import { signedBy } from './merchants.ts';
import { moneyOf, versionOf } from './pay.ts';
import { fieldsOf, isTime, refuse, required, signTypeOf, wrongField } from './wire.ts';

const WITHDRAW = ['merchant', 'customer', 'amount', 'currency_code', 'interface_version'];
const WITHDRAW_OF_ORDER = [...WITHDRAW.slice(0, 4), 'order_id', 'interface_version'];

export function moneyOutRoutes(app: FastifyInstance, { parts, ledger }: Desk): void {
  const { books } = parts;
  app.post('/rest_withdraw/withdraw', (request) => {
    const fields = fieldsOf(request);
    const names = fields.order_id === undefined ? WITHDRAW : WITHDRAW_OF_ORDER;
    for (const name of names) required(fields, name);
    const merchant = signedBy(books, fields, 'merchant', [names]);
    const customer = required(fields, 'customer');
    if (!/^[^\s@]+@[^\s@]+$/.test(customer)) throw wrongField(805, 'customer');
    if (customer.startsWith('nobody@')) throw refuse(200);
    const { currency, amountMinor } = moneyOf(fields, 'amount', 'currency_code');
    const number = () => `W${books.next('withdrawal', 1)}`;
    const orderNo = fields.order_id ?? number();
    if (ledger.find(merchant.key, orderNo)) throw refuse(1300);
    const amount = required(fields, 'amount');
    const declined = faultNamed(parts.faultsOf(request), 'decline');
    if (declined || magicOf(amount).refused) throw refuse(declined ? 701 : 410);
    const order = ledger.open(merchant, {
      kind: 'withdrawal',
      orderNo,
      orderTime: '',
      amount,
      currency,
      amountMinor,
      version: versionOf(fields),
      signType: signTypeOf(fields),
      callbackUrl: '',
      successUrl: null,
      failureUrl: null,
      referrerUrl: null,
      extra: null,
      customer,
      lateMs: null,
    });
    const { transactionCode } = ledger.execute(merchant.key, order);
    return { success: true, transaction_code: transactionCode };
  });

  app.post('/rest_withdraw/refund', (request) => {
    const fields = fieldsOf(request);
    const by = fields.transaction_code === undefined ? 'order_id' : 'transaction_code';
    const names = ['merchant', by, 'request_datetime'];
    for (const name of names) required(fields, name);
    const merchant = signedBy(books, fields, 'merchant', [names]);
    if (!isTime(required(fields, 'request_datetime'))) throw wrongField(804, 'request_datetime');
    const id = required(fields, by);
    const order =
      by === 'order_id' ? ledger.find(merchant.key, id) : ledger.byCode(merchant.key, id);
    if (!order) throw refuse(by === 'order_id' ? 1401 : 1400);
    const paid = order.kind === 'payment' && order.status === 'approved' && !order.refunded;
    const declined = faultNamed(parts.faultsOf(request), 'decline');
    if (!paid || declined) throw refuse(1402);
    ledger.refund(merchant.key, order);
    return { success: true };
  });
}
