// Name enquiry, single disbursement with its OTP, status, wallet, banks (psp/monnify.md sections 2.5 and 2.6). Keys that
// contain `NOIP` are refused as those of a server whose address is not on the list (D06).
import type { FastifyInstance } from 'fastify';
import { feeOf, minorOf, numberOf } from './amounts.ts';
import type { Desk } from './desk.ts';
import { isPaid, wishesOf } from './ledger.ts';
import { pageOf } from './paging.ts';
import { NO_ACCOUNT, renderPayout, renderSummary } from './payouts.ts';
import { textOfReason } from './reasons.ts';
import { bodyOf, type Fields, invalid, ok, queryOf, refuse, required, textOf } from './wire.ts';

const HOLDER = 'TUNDE BELLO';
const OTP = '123456';
/** Before anything moved: ten million naira. */
const OPENING = 1_000_000_000;
/** The same money to the same account is taken for a mistake so soon (D07). */
const TWICE_MS = 120_000;

export function payoutRoutes(app: FastifyInstance, desk: Desk): void {
  const { parts, gate, payouts } = desk;
  const { clock } = parts.ports;
  const all = (key: string) => payouts.payouts.list(key);

  app.get('/api/v1/disbursements/account/validate', (request) => {
    gate.merchantOf(request);
    const query = queryOf(request);
    const accountNumber = required(query, 'accountNumber');
    const bankCode = required(query, 'bankCode');
    if (accountNumber === NO_ACCOUNT || !/^\d{10}$/.test(accountNumber))
      throw refuse(404, '99', 'Could not resolve account: invalid account number');
    return ok({ accountNumber, accountName: HOLDER, bankCode });
  });

  app.post('/api/v2/disbursements/single', (request) => {
    const key = gate.merchantOf(request);
    if (key.includes('NOIP')) throw refuse(403, 'D06', 'Unauthorized IP address');
    const body = bodyOf(request);
    const fields = readPayout(body);
    const { reference, minor, accountNumber } = fields;
    if (payouts.payouts.get(key, reference))
      throw invalid('Duplicate transaction: reference already exists');
    const { decline, lateMs } = wishesOf(parts.faultsOf(request));
    if (decline !== null) throw refuse(400, 'D01', textOfReason(decline));
    const nowMs = clock.nowMs();
    const twice = all(key).some(
      (one) =>
        one.minor === minor &&
        one.accountNumber === accountNumber &&
        one.status !== 'FAILED' &&
        nowMs - one.createdMs < TWICE_MS,
    );
    if (twice) throw refuse(400, 'D07', 'Possible duplicate: same amount and destination');
    if (minor + feeOf(minor) > balanceOf(desk, key))
      throw refuse(400, 'D04', 'Insufficient balance in the source account');
    return ok(renderPayout(payouts.open(key, fields, lateMs)));
  });

  app.post('/api/v2/disbursements/single/validate-otp', (request) => {
    const key = gate.merchantOf(request);
    const body = bodyOf(request);
    const payout = payouts.payouts.get(key, required(body, 'reference'));
    if (payout?.status !== 'PENDING_AUTHORIZATION') throw invalid('invalid reference');
    if (required(body, 'authorizationCode') !== OTP) throw invalid('Invalid OTP');
    return ok(renderPayout(payouts.start(key, payout)));
  });

  app.post('/api/v2/disbursements/single/resend-otp', (request) => {
    const key = gate.merchantOf(request);
    const payout = payouts.payouts.get(key, required(bodyOf(request), 'reference'));
    if (payout?.status !== 'PENDING_AUTHORIZATION') throw invalid('invalid reference');
    return ok({ message: 'Authorization code will be processed and sent to the registered email' });
  });

  app.get('/api/v2/disbursements/single/summary', (request) => {
    const key = gate.merchantOf(request);
    const payout = payouts.payouts.get(key, required(queryOf(request), 'reference'));
    if (!payout) throw refuse(404, '99', 'Could not find disbursement with this reference');
    return ok(renderSummary(payout));
  });

  app.get('/api/v2/disbursements/single/transactions', (request) => {
    const key = gate.merchantOf(request);
    const names = { page: 'pageNo', size: 'pageSize' };
    const { content, ...page } = pageOf(queryOf(request), all(key), names);
    return ok({ content: content.map(renderSummary), ...page });
  });

  app.get('/api/v2/disbursements/wallet-balance', (request) => {
    const key = gate.merchantOf(request);
    if (!/^\d{10}$/.test(required(queryOf(request), 'accountNumber')))
      throw refuse(404, '99', 'Could not find wallet: invalid account number');
    const balance = balanceOf(desk, key);
    // A number and a text: Monnify does not keep to one of them.
    return ok({ availableBalance: numberOf(balance), ledgerBalance: String(numberOf(balance)) });
  });

  app.get('/api/v1/banks', (request) => {
    gate.merchantOf(request);
    const banks = { '058': 'GTBank', '035': 'Wema bank', '50515': 'Moniepoint', '305': 'OPay' };
    return ok(Object.entries(banks).map(([code, name]) => ({ name, code, ussdTemplate: null })));
  });
}

function readPayout(body: Fields) {
  const accountNumber = required(body, 'destinationAccountNumber');
  const accountName = required(body, 'destinationAccountName');
  const source = required(body, 'sourceAccountNumber');
  if (!/^\d{10}$/.test(source)) throw refuse(400, 'D03', 'invalid source account');
  if (!/^\d{10}$/.test(accountNumber)) throw refuse(400, 'D02', 'invalid destination account');
  if (accountName !== HOLDER)
    throw refuse(400, 'D02', 'invalid destination account: the name does not match');
  if (body.currency !== 'NGN') throw invalid('currency is invalid: only NGN');
  const narration = textOf(body.narration) ?? '';
  if (narration.length > 100) throw invalid('narration is invalid: too long');
  return {
    reference: required(body, 'reference'),
    minor: minorOf(body.amount),
    narration,
    bankCode: required(body, 'destinationBankCode'),
    accountNumber,
    accountName,
    source,
  };
}

function balanceOf({ ledger, refunds, payouts }: Desk, key: string): number {
  const sum = (rows: readonly number[]) => rows.reduce((total, one) => total + one, 0);
  const taken = ledger.transactions.list(key).filter(isPaid);
  const given = refunds.refunds.list(key).filter(({ status }) => status !== 'FAILED');
  const gone = payouts.payouts
    .list(key)
    .filter(({ status }) => status !== 'FAILED' && status !== 'REVERSED');
  return (
    OPENING +
    sum(taken.map(({ paidMinor }) => paidMinor - feeOf(paidMinor))) -
    sum(given.map(({ minor }) => minor)) -
    sum(gone.map(({ minor }) => minor + feeOf(minor)))
  );
}
