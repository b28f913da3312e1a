// POST /transfers and what reads it; the name enquiry, banks, balances (psp/flutterwave.md sections 2.5 and 2.6).
// Keys that contain `noip` are refused as those of a server whose address is not on the list.
import type { FastifyInstance } from 'fastify';
import { CURRENCIES, currencyOf, feeOf, majorOf, minorOf } from './currencies.ts';
import type { Desk } from './desk.ts';
import { metaField, metaOfList, wishesOf } from './fields.ts';
import { pageOf } from './paging.ts';
import { textOfReason } from './reasons.ts';
import { NEEDS_APPROVAL, NO_ACCOUNT, renderTransfer, type Transfer } from './transfers.ts';
import { bodyOf, type Fields, invalid, merchantOf, ok, queryOf, required, textOf } from './wire.ts';

/** Of every currency, before anything moved: a hundred million, in minor units. */
const OPENING = 10_000_000_000;
const MOBILE = new Set(['MPS', 'FMM', 'MTN', 'VODAFONE', 'AIRTEL']);

export function transferRoutes(app: FastifyInstance, desk: Desk): void {
  const { parts, transfers } = desk;

  app.post('/transfers', (request) => {
    const key = merchantOf(request);
    if (key.includes('noip'))
      throw invalid('Unauthorized IP: please enable IP Whitelisting to access this service');
    const body = bodyOf(request);
    const { decline, lateMs } = wishesOf(parts, request);
    if (decline !== null) throw invalid(textOfReason(decline));
    const fields = readTransfer(body);
    if (transfers.find(key, fields.reference))
      throw invalid('Transfer with this reference already exists');
    if (fields.minor + fields.feeMinor > balanceOf(desk, key, fields.currency))
      throw invalid('Insufficient balance in wallet. Please top up your balance');
    const transfer = transfers.open(key, fields, lateMs);
    return ok('Transfer Queued Successfully', renderTransfer(transfer));
  });

  app.get('/transfers', (request) => {
    const key = merchantOf(request);
    const query = queryOf(request);
    const { reference, status } = query;
    const found = transfers.transfers
      .list(key)
      .filter((one) => reference === undefined || one.reference === reference)
      .filter((one) => status === undefined || one.status === String(status).toUpperCase());
    const { rows, meta } = pageOf(query, found);
    return ok('Transfers fetched', rows.map(renderTransfer), { meta });
  });

  app.get('/transfers/fee', (request) => {
    merchantOf(request);
    const query = queryOf(request);
    const currency = currencyOf(query.currency);
    const fee = majorOf(transferFee(minorOf(query.amount, currency)), currency);
    return ok('Transfer fee fetched', [{ currency, fee_type: 'value', fee }]);
  });

  app.get<{ Params: { id: string } }>('/transfers/:id', (request) => {
    const transfer = transfers.transfers.get(merchantOf(request), request.params.id);
    if (!transfer) throw invalid('No transfer was found for this id');
    return ok('Transfer fetched', renderTransfer(transfer));
  });

  app.post('/accounts/resolve', (request) => {
    merchantOf(request);
    const body = bodyOf(request);
    const account_number = required(body, 'account_number');
    required(body, 'account_bank');
    if (account_number === NO_ACCOUNT || !/^\d{10}$/.test(account_number))
      throw invalid('Sorry, recipient account could not be validated. Please try again');
    return ok('Account details fetched', { account_number, account_name: 'TUNDE BELLO' });
  });

  app.get('/balances', (request) => {
    const key = merchantOf(request);
    return ok(
      'Wallet balances fetched',
      CURRENCIES.map((one) => renderBalance(desk, key, one)),
    );
  });

  app.get<{ Params: { currency: string } }>('/balances/:currency', (request) => {
    const key = merchantOf(request);
    return ok(
      'Wallet balance fetched',
      renderBalance(desk, key, currencyOf(request.params.currency)),
    );
  });

  app.get<{ Params: { country: string } }>('/banks/:country', (request) => {
    merchantOf(request);
    const banks = BANKS[request.params.country.toUpperCase()];
    if (!banks) throw invalid('country is invalid');
    const rows = Object.entries(banks).map(([code, name], id) => ({ id: id + 1, code, name }));
    return ok('Banks fetched successfully', rows);
  });
}

const BANKS: Readonly<Partial<Record<string, Readonly<Record<string, string>>>>> = {
  NG: { '044': 'Access Bank', '058': 'GTBank Plc', '057': 'Zenith Bank', '033': 'UBA PLC' },
  GH: { GH280100: 'ACCESS BANK', MTN: 'MTN', VODAFONE: 'VODAFONE', AIRTEL: 'AIRTEL' },
  KE: { '01': 'Kenya Commercial Bank', MPS: 'M-PESA' },
  UG: { MPS: 'Mobile Money' },
  TZ: { MPS: 'Mobile Money' },
  ZA: { '632005': 'ABSA BANK' },
};

function readTransfer(body: Fields): Omit<Transfer, 'id' | 'createdMs'> {
  const currency = currencyOf(body.currency);
  const minor = minorOf(body.amount, currency);
  const accountBank = required(body, 'account_bank');
  const accountNumber = required(body, 'account_number');
  const mobile = MOBILE.has(accountBank);
  if (mobile) required(body, 'beneficiary_name');
  if (mobile && !/^[1-9]\d{9,14}$/.test(accountNumber))
    throw invalid('invalid phone number: account_number needs the country code');
  if (!mobile && currency === 'GHS') required(body, 'destination_branch_code');
  const reference = required(body, 'reference');
  if (reference.length > 100) throw invalid('reference is too long');
  const meta = metaOfList(body.meta);
  return {
    reference,
    minor,
    feeMinor: transferFee(minor),
    currency,
    accountNumber,
    accountBank,
    name: textOf(body.beneficiary_name) ?? 'TUNDE BELLO',
    narration: textOf(body.narration) ?? '',
    status: 'NEW',
    requiresApproval: accountNumber === NEEDS_APPROVAL,
    completeMessage: '',
    simulate: metaField(meta, 'simulate'),
    paymentId: metaField(meta, 'payment_id'),
    callbackUrl: textOf(body.callback_url),
  };
}

function transferFee(minor: number): number {
  return Math.floor(minor / 200);
}

function balanceOf({ ledger, refunds, transfers }: Desk, key: string, currency: string): number {
  const inCurrency = (one: { readonly currency: string }) => one.currency === currency;
  const sum = (rows: readonly number[]) => rows.reduce((total, one) => total + one, 0);
  const charged = ledger.transactions
    .list(key)
    .filter((one) => inCurrency(one) && one.status === 'successful')
    .map(({ minor }) => minor - feeOf(minor));
  const refunded = refunds.refunds
    .list(key)
    .filter((one) => inCurrency(one) && one.status !== 'failed')
    .map(({ minor }) => minor);
  const paid = transfers.transfers
    .list(key)
    .filter((one) => inCurrency(one) && one.status !== 'FAILED')
    .map(({ minor, feeMinor }) => minor + feeMinor);
  return OPENING + sum(charged) - sum(refunded) - sum(paid);
}

function renderBalance(desk: Desk, key: string, currency: string): object {
  const balance = majorOf(balanceOf(desk, key, currency), currency);
  return { currency, available_balance: balance, ledger_balance: balance };
}
