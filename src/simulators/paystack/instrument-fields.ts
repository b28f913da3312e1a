// Reads the one instrument object of `POST /charge` (psp/paystack.md section 2.2) into a script of the charge.

import { rulesOf } from './currencies.ts';
import {
  cardScript,
  type Instrument,
  magicScript,
  OTP,
  offlineInstrument,
  type RefundFate,
  type Script,
  type Step,
  type StepWord,
  walletInstrument,
} from './instruments.ts';
import type { Ledger } from './ledger.ts';
import { type Fields, invalidParams, isFields, refuse, required, textOf } from './wire.ts';

export interface Plan extends Script {
  /** The phone that is asked. */
  readonly phone: string | null;
  /** How long the payer has, where it is not the prompt's 180 s. */
  readonly expiresMs: number | null;
  readonly authorizationCode: string | null;
  /** Charged after all without anybody acting (`AUTH_pending`). */
  readonly pendingMs: number | null;
}

const MINUTE_MS = 60_000;
const INSTRUMENTS =
  'authorization_code card bank bank_transfer ussd mobile_money qr eft capitec_pay'.split(' ');

const step = (word: StepWord, answer: string | null = null): Step => ({ word, answer });

export function readPlan(body: Fields, currency: string, key: string, ledger: Ledger, now: number) {
  const given = INSTRUMENTS.filter((name) => body[name] !== undefined && body[name] !== null);
  const [name] = given;
  if (name === undefined || given.length > 1)
    throw refuse(
      400,
      'One of Authorization code, card object, bank object or mobile money object is required',
      {
        code: 'missing_params',
        nextStep: 'Send exactly one instrument',
      },
    );
  if (name === 'authorization_code') return savedPlan(required(body, name), key, ledger, body);
  const fields = body[name];
  if (!isFields(fields)) throw invalidParams(`${name} is an object`);
  if (!rulesOf(currency).channels.includes(name))
    throw invalidParams(`Channel ${name} is not enabled for ${currency}`);
  return READERS[name]!(fields, currency, now);
}

type Reader = (fields: Fields, currency: string, nowMs: number) => Plan;

const READERS: Readonly<Record<string, Reader>> = {
  card: (fields) => {
    const number = required(fields, 'number').replace(/ /g, '');
    if (!/^\d{12,19}$/.test(number)) throw invalidParams('Invalid card number');
    const month = required(fields, 'expiry_month');
    return plan(
      cardScript(number, required(fields, 'cvv'), month, required(fields, 'expiry_year')),
    );
  },
  bank: readBank,
  bank_transfer: readBankTransfer,
  ussd: (fields) => {
    if (!['737', '919', '822', '966'].includes(required(fields, 'type')))
      throw invalidParams('ussd.type is one of 737, 919, 822, 966');
    return offline('ussd', 'pay_offline');
  },
  mobile_money: readMobileMoney,
  qr: (fields) => {
    if (!['scan-to-pay', 'visa'].includes(required(fields, 'provider')))
      throw invalidParams('qr.provider is scan-to-pay');
    return offline('qr', 'pay_offline');
  },
  eft: (fields) => {
    required(fields, 'provider');
    const account = textOf(fields.account_number);
    const fate = EFT_FATES[account ?? ''] ?? 'processed';
    return { ...offline('eft', 'open_url', account?.slice(-4)), fate };
  },
  capitec_pay: (fields) => {
    const phone = textOf(fields.identifier_value);
    return { ...offline('capitec_pay', 'pay_offline'), phone, expiresMs: 120_000 };
  },
};

/** Section 7: EFT accounts whose refunds go wrong. */
const EFT_FATES: Readonly<Record<string, RefundFate>> = {
  '1012204936': 'failed',
  '1012204935': 'needs-attention',
};

/** A Nigerian account by birthday and OTP; Kuda by a token of its app. */
function readBank(fields: Fields): Plan {
  const code = required(fields, 'code');
  if (code === '50211') {
    const right = required(fields, 'token') === OTP && required(fields, 'phone') !== '';
    return plan({ ...script(offlineInstrument('bank')), end: right ? null : 'wrong_otp' });
  }
  const number = required(fields, 'account_number');
  if (!/^\d{10}$/.test(number)) throw invalidParams('Account number is invalid');
  const test = code === '057' && number === '0000000000';
  const steps = [step('send_birthday', test ? '2007-04-15' : null), step('send_otp', OTP)];
  return plan({ ...script(offlineInstrument('bank', number.slice(-4))), steps });
}

function readBankTransfer(fields: Fields, currency: string, nowMs: number): Plan {
  const earliest = (currency === 'KES' ? 0 : 15) * MINUTE_MS;
  const latest = (currency === 'KES' ? 25 : 8 * 60) * MINUTE_MS;
  const wanted = fields.account_expires_at;
  const at = typeof wanted === 'string' ? Date.parse(wanted) : Number.NaN;
  const expiresMs = wanted === undefined ? 25 * MINUTE_MS : at - nowMs;
  // A minute of grace for the way here.
  if (!(expiresMs >= earliest - MINUTE_MS && expiresMs <= latest + MINUTE_MS))
    throw invalidParams('account_expires_at is out of range');
  return { ...offline('bank_transfer', 'pending_bank_transfer'), expiresMs };
}

function readMobileMoney(fields: Fields, currency: string): Plan {
  const network = required(fields, 'provider').toLowerCase();
  if (!rulesOf(currency).networks.includes(network))
    throw invalidParams(`Mobile money provider ${network} is not enabled for ${currency}`);
  const till = network === 'mptill';
  const phone = required(fields, till ? 'account' : 'phone');
  if (!till && !PHONES[currency]?.test(phone)) throw invalidParams('Phone number is invalid');
  const steps = network === 'vod' ? [step('send_otp', OTP)] : [step('pay_offline')];
  const asked = network === 'vod' ? null : phone;
  return plan({ ...script(walletInstrument(phone, network)), steps }, { phone: asked });
}

/** Section 6: local numbers in Ghana, with the country code in Kenya. */
const PHONES: Readonly<Partial<Record<string, RegExp>>> = {
  GHS: /^0\d{9}$/,
  KES: /^\+?254\d{9}$/,
  XOF: /^(?:\+?225)?\d{10}$/,
};

/** A saved card, or one of the magic codes. */
export function savedPlan(code: string, key: string, ledger: Ledger, body: Fields): Plan {
  const magic = magicScript(code);
  if (magic) {
    const pendingMs = code.startsWith('AUTH_pending') ? 2_000 : null;
    return plan(magic, { authorizationCode: code, pendingMs });
  }
  const saved = ledger.authorizations.get(key, code);
  if (!saved?.reusable)
    throw refuse(400, 'Authorization code is invalid', {
      code: 'invalid_params',
      nextStep: 'Use a reusable authorization of this integration',
    });
  if (typeof body.email === 'string' && saved.email !== body.email.toLowerCase())
    throw refuse(400, 'Email does not match Authorization code', {
      code: 'invalid_params',
      nextStep: 'Use the email address that the authorization was made with',
    });
  const { authorization_code, signature: _signature, email: _email, fate, ...instrument } = saved;
  return plan({ ...script(instrument), fate }, { authorizationCode: authorization_code });
}

function script(instrument: Instrument): Script {
  return { instrument, steps: [], end: null, fate: 'processed' };
}

function offline(channel: string, word: StepWord, last4?: string): Plan {
  return plan({ ...script(offlineInstrument(channel, last4)), steps: [step(word)] });
}

function plan(of: Script, more: Partial<Plan> = {}): Plan {
  return { phone: null, expiresMs: null, authorizationCode: null, pendingMs: null, ...of, ...more };
}
