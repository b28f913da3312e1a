// Making transactions: the hosted checkout, an account to pay into, a USSD code, a saved card
// (psp/monnify.md sections 2.1 and 2.2). Tokens besides those of paid cards: `MNFY_success`, `MNFY_refund_failed`,
// `MNFY_decline_<reason>`; reasons.ts lists the reasons.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { feeOf, formatAmount, MINIMUM, minorOf, numberOf } from './amounts.ts';
import type { Desk } from './desk.ts';
import { isOpen, LIFE_S, type Opening, type Transaction, wishesOf } from './ledger.ts';
import { renderStatus } from './queries.ts';
import { textOfReason } from './reasons.ts';
import { BUSINESS, bodyOf, type Fields, invalid, isFields, ok, required, textOf } from './wire.ts';

const METHODS = ['CARD', 'ACCOUNT_TRANSFER', 'USSD', 'PHONE_NUMBER', 'CASH', 'DIRECT_DEBIT'];
const MAGIC = /^MNFY_(success|refund_failed|decline_([a-z_]+))$/;
/** Banks that have a code to dial. */
const USSD_BANKS = new Set(['737', '894', '901', '919', '966', '822']);

export function transactionRoutes(app: FastifyInstance, desk: Desk): void {
  const { parts, gate, ledger } = desk;

  function readOpening(request: FastifyRequest, body: Fields): Opening & { readonly key: string } {
    const key = gate.merchantOf(request);
    const minor = minorOf(body.amount);
    if (minor < MINIMUM) throw invalid(`minimum amount is ${formatAmount(MINIMUM)}`);
    const paymentReference = required(body, 'paymentReference');
    if (body.currencyCode !== 'NGN') throw invalid('currencyCode is invalid: only NGN');
    const contractCode = required(body, 'contractCode');
    if (!/^\d{6,15}$/.test(contractCode)) throw invalid('contract not found');
    if (ledger.find(key, paymentReference))
      throw invalid('Duplicate payment reference: reference already exists');
    const methods = readMethods(body.paymentMethods);
    return {
      key,
      paymentReference,
      minor,
      description: textOf(body.paymentDescription) ?? '',
      contractCode,
      customer: readCustomer(body),
      metaData: isFields(body.metaData) ? body.metaData : {},
      redirectUrl: textOf(body.redirectUrl),
      method: methods[0] ?? 'CARD',
      lateMs: wishesOf(parts.faultsOf(request)).lateMs,
      cardToken: null,
      refundsFail: false,
    };
  }

  app.post('/api/v1/merchant/transactions/init-transaction', (request) => {
    const body = bodyOf(request);
    const { key, ...opening } = readOpening(request, body);
    const { decline } = wishesOf(parts.faultsOf(request));
    if (decline !== null) throw invalid(textOfReason(decline));
    const { reference, paymentReference, redirectUrl } = ledger.open(key, opening);
    return ok({
      transactionReference: reference,
      paymentReference,
      merchantName: BUSINESS,
      apiKey: key,
      redirectUrl,
      enabledPaymentMethod: readMethods(body.paymentMethods),
      checkoutUrl: `${parts.baseUrl()}/checkout/${reference}`,
    });
  });

  function openOne(request: FastifyRequest) {
    const key = gate.merchantOf(request);
    const transaction = ledger.byReference(key, required(bodyOf(request), 'transactionReference'));
    if (!transaction) throw invalid('Could not find transaction with this reference');
    if (!isOpen(transaction)) throw invalid('invalid transaction: it is not pending');
    return { key, transaction };
  }

  app.post('/api/v1/merchant/bank-transfer/init-payment', (request) => {
    const { key, transaction } = openOne(request);
    const placed = ledger.place(key, transaction, 'ACCOUNT_TRANSFER');
    return ok(renderAccount(placed, parts.ports.clock.nowMs()));
  });

  app.post('/api/v1/merchant/ussd/initialize', (request) => {
    const code = required(bodyOf(request), 'bankUssdCode');
    if (!USSD_BANKS.has(code)) throw invalid('bankUssdCode is invalid');
    const { key, transaction } = openOne(request);
    const { number, reference, paymentReference } = ledger.place(key, transaction, 'USSD');
    return ok({
      transactionReference: reference,
      paymentReference,
      paymentCode: `*${code}*000*${number}#`,
      authorizedAmount: numberOf(transaction.minor),
    });
  });

  app.post('/api/v1/merchant/cards/charge-card-token', (request) => {
    const body = bodyOf(request);
    const { key, ...opening } = readOpening(request, body);
    const cardToken = required(body, 'cardToken');
    const magic = MAGIC.exec(cardToken);
    const saved = ledger.transactions.list(key).some((one) => one.cardToken === cardToken);
    if (!magic && !saved) throw invalid('Invalid card token');
    if (required(body, 'apiKey') !== key) throw invalid('apiKey is invalid');
    const { decline } = wishesOf(parts.faultsOf(request));
    const reason = decline ?? magic?.[2] ?? null;
    if (reason !== null) throw invalid(textOfReason(reason));
    const refundsFail = magic?.[1] === 'refund_failed';
    const opened = ledger.open(key, { ...opening, method: 'CARD', cardToken, refundsFail });
    return ok(renderStatus(ledger.pay(key, opened, opened.minor)));
  });
}

function readMethods(value: unknown): string[] {
  if (value === undefined || value === null) return ['ACCOUNT_TRANSFER', 'CARD'];
  if (!Array.isArray(value) || value.some((one) => !METHODS.includes(one)))
    throw invalid('paymentMethods is invalid');
  return value as string[];
}

function readCustomer(body: Fields): Transaction['customer'] {
  const email = required(body, 'customerEmail');
  if (email.length > 254 || !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email))
    throw invalid('customerEmail is invalid');
  return { email, name: required(body, 'customerName') };
}

/** Times without a zone, one of them with nine digits of a second. */
function renderAccount(transaction: Transaction, nowMs: number): object {
  const { reference, paymentReference, minor, number, customer } = transaction;
  const lagos = (ms: number) => new Date(ms + 3_600_000).toISOString().slice(0, 23);
  return {
    accountNumber: number,
    accountName: `${BUSINESS} - ${customer.name.split(' ')[0]}`,
    bankName: 'Wema bank',
    bankCode: '035',
    accountDurationSeconds: LIFE_S,
    ussdPayment: null,
    requestTime: `${lagos(nowMs)}456789`,
    expiresOn: lagos(nowMs + LIFE_S * 1_000).slice(0, 19),
    transactionReference: reference,
    paymentReference,
    amount: numberOf(minor),
    fee: numberOf(feeOf(minor)),
    totalPayable: numberOf(minor),
    collectionChannel: 'API_NOTIFICATION',
  };
}
