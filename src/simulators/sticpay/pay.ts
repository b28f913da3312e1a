// POST /rest_pay/pay: makes an order and answers the link to its page (psp/sticpay.md section 3.1). An order number can
// be used once.
import type { FastifyInstance } from 'fastify';
import { isCurrency } from '../../kernel/currency.ts';
import { parseDecimal } from '../../kernel/money.ts';
import { faultMs, faultNamed } from '../faults.ts';
import type { Desk } from './desk.ts';
import { magicOf } from './magic.ts';
import { signedBy } from './merchants.ts';
import { fieldsOf, isTime, refuse, required, signTypeOf, type Texts, wrongField } from './wire.ts';

const SIGNED = ['merchant_email', 'order_no', 'order_time', 'order_amount', 'order_currency'];

export function payRoutes(app: FastifyInstance, desk: Desk): void {
  const { parts, ledger } = desk;
  app.post('/rest_pay/pay', (request, reply) => {
    const fields = fieldsOf(request);
    for (const name of SIGNED) required(fields, name);
    const merchant = signedBy(parts.books, fields, 'merchant_email', [SIGNED]);
    const { currency, amountMinor } = moneyOf(fields, 'order_amount', 'order_currency');
    const orderTime = required(fields, 'order_time');
    if (!isTime(orderTime)) throw wrongField(804, 'order_time');
    const callbackUrl = addressOf(fields, 'callback_url');
    if (callbackUrl === null) throw refuse(1100);
    const orderNo = required(fields, 'order_no');
    if (ledger.find(merchant.key, orderNo)) throw refuse(1300);
    const amount = required(fields, 'order_amount');
    const magic = magicOf(amount);
    const faults = parts.faultsOf(request);
    const declined = faultNamed(faults, 'decline');
    if (magic.refused) throw refuse(magic.refused);
    if (declined) throw refuse(CODES[declined.argument ?? ''] ?? 900);
    const late = faultNamed(faults, 'late_success');
    const order = ledger.open(merchant, {
      kind: 'payment',
      orderNo,
      orderTime,
      amount,
      currency,
      amountMinor,
      version: versionOf(fields),
      signType: signTypeOf(fields),
      callbackUrl,
      successUrl: addressOf(fields, 'success_url'),
      failureUrl: addressOf(fields, 'failure_url'),
      referrerUrl: addressOf(fields, 'referrer_url'),
      extra: fields.extra_return_param ?? null,
      customer: null,
      lateMs: late ? faultMs(late, 5_000) : null,
    });
    if (magic.paidUnseen) ledger.pay(merchant.key, order);
    if (magic.html) return reply.type('text/html').send('<!doctype html><title>SticPay</title>');
    const link = `${parts.baseUrl()}/1.1/pay/consume_token/${order.token}`;
    return { success: true, link };
  });
}

/** Reasons that a test may want, as SticPay's codes. */
const CODES: Readonly<Record<string, number>> = {
  insufficient_funds: 700,
  limit_exceeded: 411,
  invalid_account: 200,
  provider_unavailable: 600,
};

export function moneyOf(fields: Texts, amountField: string, currencyField: string) {
  const currency = required(fields, currencyField);
  if (!isCurrency(currency)) throw wrongField(807, currencyField);
  const amount = required(fields, amountField);
  const minor = /^\d{1,12}\.\d\d$/.test(amount) ? parseDecimal(amount, currency) : null;
  if (minor === null) throw wrongField(803, amountField);
  if (minor <= 0n) throw refuse(410);
  return { currency, amountMinor: String(minor) };
}

export function versionOf(fields: Texts): string {
  const version = required(fields, 'interface_version');
  if (version !== 'sandbox' && version !== 'live') throw wrongField(800, 'interface_version');
  return version;
}

function addressOf(fields: Texts, name: string): string | null {
  const text = fields[name];
  if (text === undefined) return null;
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) throw wrongField(808, name);
  return text;
}
