// POST /rest_transaction/detail and resend_callback (psp/sticpay.md sections 3.4 and 3.5). The vendor documents two
// signatures of detail; a merchant's page has one of them, here the newer, and for some amounts the older.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { SendCallback } from './callback.ts';
import type { Desk } from './desk.ts';
import { magicOf } from './magic.ts';
import { signedBy } from './merchants.ts';
import type { Order } from './orders.ts';
import { versionOf } from './pay.ts';
import { fieldsOf, refuse, required } from './wire.ts';

export function detailRoutes(app: FastifyInstance, desk: Desk, sendCallback: SendCallback): void {
  app.post('/rest_transaction/detail', (request) => {
    const { order } = orderOf(desk, request);
    const { settledIn = order.currency } = magicOf(order.amount);
    return {
      success: true,
      status: order.status,
      transaction_code: order.transactionCode,
      transaction_time: order.transactionTime,
      order_no: order.orderNo,
      from_amount: order.amount,
      from_currency: order.currency,
      to_amount: order.amount,
      to_currency: settledIn,
    };
  });

  app.post('/rest_transaction/resend_callback', (request) => {
    const { key, order } = orderOf(desk, request);
    sendCallback(key, order);
    return { success: true };
  });
}

function orderOf({ parts, ledger }: Desk, request: FastifyRequest): { key: string; order: Order } {
  const fields = fieldsOf(request);
  const by = fields.transaction_code === undefined ? 'order_id' : 'transaction_code';
  const older = ['merchant', by, 'request_datetime'];
  const newer = [...older, 'interface_version'];
  for (const name of newer) required(fields, name);
  const { key } = signedBy(parts.books, fields, 'merchant', [older, newer]);
  const id = required(fields, by);
  const order = by === 'order_id' ? ledger.find(key, id) : ledger.byCode(key, id);
  const form = order && magicOf(order.amount).oldDetail ? older : newer;
  signedBy(parts.books, fields, 'merchant', [form]);
  const version = versionOf(fields);
  // Nobody paid: there is no transaction, so there is no order either.
  if (!order || order.status === null || order.version !== version)
    throw refuse(by === 'order_id' ? 1401 : 1400);
  return { key, order };
}
