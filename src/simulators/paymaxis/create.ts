// POST /api/v1/payments: deposit, withdrawal and refund (psp/paymaxis.md section 2.1). Nothing here is idempotent:
// the same referenceId twice is two payments.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { toDecimalText } from '../../kernel/money.ts';
import { faultMs, faultNamed } from '../faults.ts';
import type { Desk } from './desk.ts';
import { type Magic, magicOf } from './magic.ts';
import type { Opening, Payment, PaymentType, State } from './payments.ts';
import { renderPayment } from './render.ts';
import {
  amountOf,
  bodyOf,
  currencyOf,
  envelope,
  type Fields,
  invalid,
  isFields,
  optionalText,
  refuse,
  shopOf,
  unauthorized,
} from './wire.ts';

const TYPES = ['DEPOSIT', 'WITHDRAWAL', 'REFUND'];
/** 1 EUR = 1.1 USD or whatever else: the rate of a simulator. */
const CONVERTED_TO = { currency: 'EUR', percent: 90n };

export function createRoutes(app: FastifyInstance, desk: Desk): void {
  const { parts, ledger } = desk;
  app.post('/api/v1/payments', (request, reply) => {
    const key = shopOf(request);
    const magic = magicOf(askedOf(bodyOf(request)));
    if (magic.answer === 401) throw unauthorized();
    const payment = ledger.open(key, read(desk, key, request, magic));
    if (magic.answer === 'html')
      return reply.type('text/html').send('<!doctype html><title>Paymaxis</title>');
    return envelope(parts.ports.clock.nowMs(), renderPayment(payment, desk.pageOf(payment.id)));
  });
}

/** The amount as the text of its JSON number. */
export function askedOf({ amount }: Fields): string | null {
  return typeof amount === 'number' ? String(amount) : null;
}

function read({ parts, ledger }: Desk, key: string, request: FastifyRequest, magic: Magic) {
  const body = bodyOf(request);
  const paymentType = typeOf(body);
  if (body.card !== undefined && body.card !== null)
    throw refuse(403, 'forbidden', 'card is for PCI DSS certified merchants only');
  const currency = currencyOf(body);
  const minor = amountOf(body, currency);
  const parent = paymentType === 'REFUND' ? parentOf(body, key, ledger) : null;
  if (parent && parent.currency !== currency) throw invalid('currency', 'is not the payment’s');
  if (parent && ledger.leftOf(key, parent) < minor)
    throw refuse(422, 'refund_too_large', 'The amount exceeds what is left of the payment');
  const faults = parts.faultsOf(request);
  const declined = faultNamed(faults, 'decline');
  const late = faultNamed(faults, 'late_success');
  const state: State = declined ? 'DECLINED' : (magic.start ?? startOf(paymentType, late));
  const decline = state === 'DECLINED' ? (declined?.argument ?? 'declined') : null;
  const additional = isFields(body.additionalParameters) ? body.additionalParameters : {};
  const opening: Opening = {
    paymentType,
    state,
    decline,
    referenceId: optionalText(body, 'referenceId', 256),
    parentPaymentId: parent?.id ?? null,
    ...moneyOf(minor, currency, magic),
    paymentMethod: optionalText(body, 'paymentMethod', 64),
    description: optionalText(body, 'description'),
    returnUrl: webAddress(body, 'returnUrl'),
    webhookUrl: webAddress(body, 'webhookUrl'),
    customer: customerOf(body),
    billingAddress: addressOf(body),
    simulate: optionalText(additional, 'simulate', 500),
    paymentId: optionalText(additional, 'payment_id', 128),
    asked: askedOf(body)!,
    lateMs: late ? faultMs(late, 5_000) : null,
    disputed: faultNamed(faults, 'dispute') !== undefined,
  };
  return opening;
}

function typeOf({ paymentType }: Fields): PaymentType {
  if (typeof paymentType === 'string' && TYPES.includes(paymentType))
    return paymentType as PaymentType;
  throw invalid('paymentType', `must be one of ${TYPES.join(', ')}`);
}

/** A withdrawal takes its time; a refund is done at once. */
function startOf(paymentType: PaymentType, late: unknown): State {
  if (paymentType === 'DEPOSIT') return 'CHECKOUT';
  return paymentType === 'WITHDRAWAL' || late ? 'PENDING' : 'COMPLETED';
}

function parentOf(body: Fields, key: string, ledger: Desk['ledger']): Payment {
  const id = optionalText(body, 'parentPaymentId', 64);
  if (!id) throw invalid('parentPaymentId', 'must not be empty');
  const parent = ledger.find(key, id);
  if (!parent) throw refuse(404, 'not_found', 'The parent payment was not found');
  if (parent.paymentType !== 'DEPOSIT' || parent.state !== 'COMPLETED')
    throw refuse(422, 'not_refundable', 'Only a completed deposit can be refunded');
  return parent;
}

function moneyOf(minor: bigint, currency: string, { converted = false }: Magic) {
  if (!converted || currency === CONVERTED_TO.currency)
    return {
      amountMinor: String(minor),
      currency,
      customerAmountMinor: null,
      customerCurrency: null,
    };
  return {
    amountMinor: String((minor * CONVERTED_TO.percent) / 100n),
    currency: CONVERTED_TO.currency,
    customerAmountMinor: String(minor),
    customerCurrency: currency,
  };
}

function customerOf(body: Fields): Fields | null {
  const { customer } = body;
  if (customer === undefined || customer === null) return null;
  if (!isFields(customer)) throw invalid('customer', 'must be an object');
  const phone = optionalText(customer, 'phone', 64);
  if (phone !== null && !/^\d{1,4} \d{3,15}$/.test(phone))
    throw invalid('customer.phone', 'must be like 357 123123123');
  const email = optionalText(customer, 'email', 254);
  if (email !== null && !/^[^\s@]+@[^\s@]+$/.test(email))
    throw invalid('customer.email', 'must be a well-formed address');
  return customer;
}

function addressOf(body: Fields): Fields | null {
  const { billingAddress } = body;
  if (billingAddress === undefined || billingAddress === null) return null;
  if (!isFields(billingAddress)) throw invalid('billingAddress', 'must be an object');
  const country = optionalText(billingAddress, 'countryCode');
  if (country !== null && !/^[A-Z]{2}$/.test(country))
    throw invalid('billingAddress.countryCode', 'must be two letters');
  return billingAddress;
}

/** With the placeholders in braces, which no address may hold. */
function webAddress(body: Fields, name: string): string | null {
  const text = optionalText(body, name, 2_000);
  if (text === null) return null;
  const bare = text.replace(/\{(id|referenceId|state|type)\}/g, 'x');
  if (!/^https?:\/\//.test(bare) || !URL.canParse(bare)) throw invalid(name, 'must be a URL');
  return text;
}

export function amountForPage({ amountMinor, currency, ...payment }: Payment): string {
  const shown = payment.customerCurrency
    ? { amountMinor: BigInt(payment.customerAmountMinor!), currency: payment.customerCurrency }
    : { amountMinor: BigInt(amountMinor), currency };
  return `${shown.currency} ${toDecimalText(shown)}`;
}
