// POST /charges?type=…: direct charges (psp/flutterwave.md section 2.2). A reused tx_ref makes another transaction, as
// v3 does here; many replies have no data; the next step stands in `meta`, or for bank accounts in `data.meta`.
// Cards in clear are not taken: only their encrypted form exists at Flutterwave, and nothing here can open it.
import type { FastifyInstance } from 'fastify';
import { unsupportedCurrency } from './currencies.ts';
import type { Desk } from './desk.ts';
import { type ChargeFields, readChargeFields, wishesOf } from './fields.ts';
import type { Transaction } from './ledger.ts';
import { isConfiguration } from './reasons.ts';
import { renderCharge } from './render.ts';
import { bodyOf, type Fields, invalid, merchantOf, ok, queryOf, required, textOf } from './wire.ts';

interface Kind {
  readonly currencies: readonly string[];
  readonly paymentType: string;
  /** `redirect`: to a page; `push`: a prompt, told with data; `callback`: a prompt, told without. */
  readonly how: 'redirect' | 'push' | 'callback' | 'account' | 'ussd' | 'bank';
  /** Networks that it takes; absent: none is asked for. */
  readonly networks?: readonly string[];
  readonly networkRequired?: boolean;
}

const KINDS: Readonly<Partial<Record<string, Kind>>> = {
  mobile_money_ghana: {
    currencies: ['GHS'],
    paymentType: 'mobilemoneygh',
    how: 'redirect',
    networks: ['MTN', 'VODAFONE', 'AIRTELTIGO'],
    networkRequired: true,
  },
  mobile_money_uganda: {
    currencies: ['UGX'],
    paymentType: 'mobilemoneyug',
    how: 'redirect',
    networks: ['MTN', 'AIRTEL'],
  },
  mobile_money_rwanda: {
    currencies: ['RWF'],
    paymentType: 'mobilemoneyrw',
    how: 'redirect',
    networks: ['MTN', 'AIRTEL'],
  },
  mobile_money_zambia: {
    currencies: ['ZMW'],
    paymentType: 'mobilemoneyzm',
    how: 'redirect',
    networks: ['MTN', 'AIRTEL', 'ZAMTEL'],
    networkRequired: true,
  },
  mobile_money_tanzania: {
    currencies: ['TZS'],
    paymentType: 'mobilemoneytz',
    how: 'push',
    networks: ['HALOPESA', 'AIRTEL', 'TIGO', 'VODACOM'],
    networkRequired: true,
  },
  mobile_money_franco: {
    currencies: ['XAF', 'XOF'],
    paymentType: 'mobilemoneysn',
    how: 'callback',
    networks: ['MTN', 'ORANGE', 'ORANGEMONEY', 'MOOV', 'WAVE', 'FREEMONEY', 'EMONEY', 'MTNMOMO'],
    networkRequired: true,
  },
  mpesa: { currencies: ['KES'], paymentType: 'mpesa', how: 'push' },
  bank_transfer: { currencies: ['NGN', 'GHS'], paymentType: 'bank_transfer', how: 'account' },
  ussd: { currencies: ['NGN'], paymentType: 'ussd', how: 'ussd' },
  mono: { currencies: ['NGN'], paymentType: 'account', how: 'bank' },
  'account-ach-uk': { currencies: ['GBP', 'EUR'], paymentType: 'account-ach-uk', how: 'bank' },
  ach_payment: { currencies: ['ZAR', 'USD'], paymentType: 'ach', how: 'bank' },
};

export function chargeRoutes(app: FastifyInstance, desk: Desk): void {
  const { parts, ledger } = desk;

  app.post('/charges', (request) => {
    const key = merchantOf(request);
    const body = bodyOf(request);
    const type = textOf(queryOf(request).type) ?? '';
    const kind = KINDS[type];
    if (!kind) throw invalid(`type ${type.slice(0, 40)} is invalid`);
    const fields = readChargeFields(body);
    if (!kind.currencies.includes(fields.currency)) throw unsupportedCurrency(fields.currency);
    const wants = readWants(kind, body);
    const { decline, lateMs } = wishesOf(parts, request);
    if (isConfiguration(decline)) throw unsupportedCurrency(fields.currency);
    const opened = ledger.open(key, {
      ...fields,
      paymentType: kind.paymentType,
      authModel: kind.how === 'push' ? 'LIPA_MPESA' : 'AUTH',
      end: decline,
      lateMs,
    });
    // A decline or a late success that was asked for comes at once: nobody is asked for anything.
    const ends = decline !== null || lateMs !== null;
    const now = ends ? ledger.complete(key, opened) : begin(desk, key, opened, kind, wants);
    return reply(now, kind);
  });
}

/** What the kind of charge needs besides the common fields. */
function readWants(kind: Kind, body: Fields): { readonly phone: string; readonly seconds: number } {
  const { how, networks, networkRequired = false } = kind;
  const network = networkRequired ? required(body, 'network') : textOf(body.network);
  if (network !== null && networks && !networks.includes(network))
    throw invalid(`network ${network.slice(0, 40)} is invalid`);
  const mobile = networks !== undefined || kind.paymentType === 'mpesa';
  const phone = mobile ? required(body, 'phone_number') : '';
  if (mobile && !/^\+?\d{9,15}$/.test(phone)) throw invalid('invalid phone number');
  if (kind.paymentType === 'mpesa' && !/^254\d{9}$/.test(phone))
    throw invalid('invalid phone number: use 254XXXXXXXXX');
  if (how === 'callback') required(body, 'country');
  if (how === 'ussd' && !/^\d{3,6}$/.test(required(body, 'account_bank')))
    throw invalid('account_bank is invalid');
  return { phone, seconds: secondsOf(body.expires) };
}

const YEAR_S = 31_536_000;

function secondsOf(value: unknown): number {
  if (value === undefined) return 3_600;
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= YEAR_S)
    return value;
  throw invalid('expires is invalid');
}

/** Asks the payer for what comes first. */
function begin(
  { parts, ledger }: Desk,
  key: string,
  opened: Transaction,
  { how }: Kind,
  { phone, seconds }: ReturnType<typeof readWants>,
): Transaction {
  const { id, page } = opened;
  const number = parts.books.next('pay_in', 1_000_000_001);
  switch (how) {
    case 'redirect':
    case 'bank': {
      const redirect = `${parts.baseUrl()}/captcha/verify/${page}`;
      return ledger.change(key, opened, { authorization: { mode: 'redirect', redirect } });
    }
    case 'push':
      ledger.prompt(key, opened, phone);
      return opened;
    case 'callback':
      ledger.prompt(key, opened, phone);
      return ledger.change(key, opened, {
        authorization: { mode: 'callback', redirect_url: null },
      });
    case 'ussd':
      ledger.alias(String(number), key, id);
      return ledger.change(key, opened, {
        authorization: { mode: 'ussd', note: `*000*002*${number}#` },
      });
    case 'account':
      ledger.alias(String(number), key, id);
      ledger.expire(key, id, seconds * 1_000);
      return ledger.change(key, opened, {
        authorization: accountOf(opened, number, opened.createdMs + seconds * 1_000),
      });
  }
}

function accountOf({ minor, flwRef }: ChargeFields & Transaction, number: number, endsMs: number) {
  return {
    transfer_reference: flwRef,
    transfer_account: String(number),
    transfer_bank: 'EXAMPLE BANK',
    account_expiration: endsMs,
    transfer_note: 'Please make a bank transfer to Demo Shop',
    transfer_amount: (minor / 100).toFixed(2),
    mode: 'banktransfer',
  };
}

function reply(transaction: Transaction, { how }: Kind): object {
  const { authorization, status } = transaction;
  const message = 'Charge initiated';
  const data = renderCharge(transaction);
  if (status !== 'pending' || authorization === null) return ok(message, data);
  const meta = { authorization };
  if (how === 'bank') return ok(message, { ...data, meta });
  if (how === 'ussd') {
    const code = String(authorization.note).slice(9, -1);
    return ok(message, { ...data, payment_code: code }, { meta });
  }
  // Mobile money and accounts to pay into: no data, only the next step.
  return ok(message, undefined, { meta });
}
