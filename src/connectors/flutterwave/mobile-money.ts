// Mobile money: which charge, which network, which form of the number (psp/flutterwave.md sections 2.2 and 6).
import { type Phone, readPhone } from '../../kernel/phone.ts';

interface Kind {
  /** `POST /charges?type=…`. */
  readonly type: string;
  /** Where a number belongs that does not say so. */
  readonly country: string | null;
  /** Our word to theirs; absent: they ask for none. */
  readonly networks: Readonly<Partial<Record<string, string>>>;
  readonly networkRequired: boolean;
}

const kind = (
  type: string,
  country: string | null,
  networks: Kind['networks'] = {},
  networkRequired = false,
): Kind => ({ type, country, networks, networkRequired });

const FRANCO = { mtn: 'MTN', orange: 'ORANGE', moov: 'MOOV', wave: 'WAVE' };

const KINDS: Readonly<Partial<Record<string, Kind>>> = {
  GHS: kind(
    'mobile_money_ghana',
    'GH',
    {
      mtn: 'MTN',
      vod: 'VODAFONE',
      vodafone: 'VODAFONE',
      telecel: 'VODAFONE',
      atl: 'AIRTELTIGO',
      tgo: 'AIRTELTIGO',
      airteltigo: 'AIRTELTIGO',
    },
    true,
  ),
  UGX: kind('mobile_money_uganda', 'UG', { mtn: 'MTN', atl: 'AIRTEL', airtel: 'AIRTEL' }),
  RWF: kind('mobile_money_rwanda', 'RW', { mtn: 'MTN', atl: 'AIRTEL', airtel: 'AIRTEL' }),
  ZMW: kind(
    'mobile_money_zambia',
    'ZM',
    { mtn: 'MTN', atl: 'AIRTEL', airtel: 'AIRTEL', zamtel: 'ZAMTEL' },
    true,
  ),
  TZS: kind(
    'mobile_money_tanzania',
    'TZ',
    {
      halopesa: 'HALOPESA',
      atl: 'AIRTEL',
      airtel: 'AIRTEL',
      tigo: 'TIGO',
      vod: 'VODACOM',
      vodacom: 'VODACOM',
      mpesa: 'VODACOM',
    },
    true,
  ),
  XAF: kind('mobile_money_franco', null, FRANCO, true),
  XOF: kind('mobile_money_franco', null, FRANCO, true),
  KES: kind('mpesa', 'KE'),
};

/** Francophone countries by their calling code: the charge names one. */
const FRANCO_COUNTRIES: Readonly<Partial<Record<string, string>>> = {
  '221': 'SN',
  '223': 'ML',
  '225': 'CI',
  '226': 'BF',
  '237': 'CM',
};

export interface MobileMoney {
  readonly type: string;
  readonly phone: Phone;
  readonly network: string | null;
  /** Only where the charge asks for it. */
  readonly country: string | null;
}

/**
 * `page`: not enough is known, and Flutterwave's page asks for the rest. `invalid`: the number is none.
 */
export function mobileMoneyOf(
  currency: string,
  number: string,
  network: string | null,
  country: string | null,
): MobileMoney | 'page' | 'invalid' {
  const found = KINDS[currency];
  if (!found) return 'page';
  const phone = readPhone(number, found.country ?? country);
  if (phone === null) return 'invalid';
  const theirs = found.networks[network?.toLowerCase() ?? ''] ?? null;
  if (theirs === null && found.networkRequired) return 'page';
  if (found.country !== null) return { type: found.type, phone, network: theirs, country: null };
  const named = FRANCO_COUNTRIES[phone.callingCode];
  return named ? { type: found.type, phone, network: theirs, country: named } : 'page';
}

/** International digits without a plus: asked for in Kenya and of payouts, taken everywhere. */
export function digitsOf({ callingCode, national }: Phone): string {
  return `${callingCode}${national}`;
}

const WALLETS: Readonly<Partial<Record<string, string>>> = {
  UGX: 'MPS',
  RWF: 'MPS',
  TZS: 'MPS',
  KES: 'MPS',
  XAF: 'FMM',
  XOF: 'FMM',
};
const GHANA_WALLETS: Readonly<Partial<Record<string, string>>> = {
  MTN: 'MTN',
  VODAFONE: 'VODAFONE',
  AIRTELTIGO: 'AIRTEL',
};

/** `account_bank` of a payout to a wallet; null: Flutterwave cannot pay it. */
export function walletBankOf(currency: string, network: string): string | null {
  if (currency !== 'GHS') return WALLETS[currency] ?? null;
  const theirs = KINDS.GHS?.networks[network.toLowerCase()] ?? network.toUpperCase();
  return GHANA_WALLETS[theirs] ?? null;
}

/** Where a payout's number belongs when it does not say so. */
export function countryOf(currency: string): string | null {
  return KINDS[currency]?.country ?? null;
}
