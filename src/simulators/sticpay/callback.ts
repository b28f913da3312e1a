// The message `callback`: a form field with JSON whose members are JSON texts again (psp/sticpay.md section 4). The
// server's has the code -1 and the signed fields; the browser's carries what the payer did.
import type { WebhookSender } from '../webhooks.ts';
import { type Magic, magicOf } from './magic.ts';
import { merchantOf } from './merchants.ts';
import type { Order } from './orders.ts';
import { signatureOf, type Texts } from './wire.ts';

const SIGNED = [
  'merchant_email',
  'order_no',
  'order_time',
  'order_amount',
  'order_currency',
  'transaction_code',
  'transaction_time',
];

export type SendCallback = (key: string, order: Order) => void;

export function createCallback(webhooks: WebhookSender): SendCallback {
  return (key, order) => {
    const magic = magicOf(order.amount);
    const { callback } = magic;
    const faults =
      callback === 'early' ? ['webhook_early'] : callback === 'forged' ? ['webhook_forged'] : [];
    const parameters = parametersOf(key, order, magic);
    webhooks.send({
      key,
      event: `callback.${order.status}`,
      body: formOf(serverMessage(parameters, magic)),
      contentType: 'application/x-www-form-urlencoded',
      // The signature stands in the body: whoever forges it writes another amount under the old one.
      sign: () => ({}),
      forge: () => formOf(serverMessage({ ...parameters, order_amount: '9999.00' }, magic)),
      faults: faults.map((name) => ({ name, argument: null })),
      url: order.callbackUrl,
      reference: order.orderNo,
      amount: order.amount,
      operation: 'charge',
      simulate: order.extra,
    });
  };
}

function parametersOf(key: string, order: Order, { callback }: Magic): Texts {
  const { email, apiKey } = merchantOf(key);
  const other = order.version === 'live' ? 'sandbox' : 'live';
  const fields: Texts = {
    merchant_email: email,
    order_no: order.orderNo,
    order_time: order.orderTime,
    order_amount: order.amount,
    order_currency: order.currency,
    transaction_code: order.transactionCode ?? '',
    transaction_time: order.transactionTime ?? '',
    interface_version: callback === 'other_environment' ? other : order.version,
    sign_type: order.signType,
    customer_email: 'payer@example.com',
    customer_id: '700001',
    fee: '0.30',
    fee_currency: order.currency,
    ...(order.extra === null ? {} : { extra_return_param: order.extra }),
  };
  return { ...fields, sign: signatureOf(fields, SIGNED, order.signType, apiKey) };
}

function serverMessage(parameters: Texts, { callback }: Magic): object {
  const base = { type: 'payment', code: -1, message: '' };
  switch (callback) {
    case 'objects':
      return { ...base, parameters };
    case 'nested': {
      const { transaction_code, transaction_time, customer_email, customer_id, ...rest } =
        parameters;
      const transaction_details = {
        transaction_code,
        transaction_time,
        status: 'approved',
        comment: '',
        customer_email,
        customer_id,
      };
      return { ...base, parameters: JSON.stringify({ ...rest, transaction_details }) };
    }
    case 'message_list':
      return {
        ...base,
        message: JSON.stringify([{ code: -1, message: 'Processed' }]),
        parameters: JSON.stringify(parameters),
      };
    default:
      return { ...base, parameters: JSON.stringify(parameters) };
  }
}

/** What the browser brings back: 0 paid, 1 cancelled, else why not. */
export function browserMessage(key: string, order: Order, code: number): string {
  const message = code === 0 ? 'Success' : code === 1 ? 'Cancel' : 'Failed';
  const parameters = JSON.stringify(parametersOf(key, order, {}));
  return JSON.stringify({ type: 'payment', code, message, parameters });
}

function formOf(message: object): string {
  return new URLSearchParams({ callback: JSON.stringify(message) }).toString();
}
