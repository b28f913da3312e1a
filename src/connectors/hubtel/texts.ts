// Phones, networks and texts in the forms that Hubtel asks for (psp/hubtel.md sections 2.2 and 6).
import { declined, type Outcome } from '../../domain/attempt/outcome.ts';
import { type Money, parseDecimal, toDecimalText } from '../../kernel/money.ts';
import { readPhone } from '../../kernel/phone.ts';
import { manifest } from './manifest.ts';

/** `233240000001`; null when it is no number of Ghana. */
export function msisdnOf(text: string): string | null {
  const digits = readPhone(text, 'GH')?.e164.slice(1) ?? '';
  return /^233\d{9}$/.test(digits) ? digits : null;
}

const CHANNELS: Readonly<Partial<Record<string, string>>> = {
  mtn: 'mtn-gh',
  vod: 'vodafone-gh',
  vodafone: 'vodafone-gh',
  telecel: 'vodafone-gh',
  atl: 'tigo-gh',
  tgo: 'tigo-gh',
  tigo: 'tigo-gh',
  airteltigo: 'tigo-gh',
};

/** Numbers may be ported to another network: their beginning is a hint, for when nobody said. */
const BEGINNINGS: readonly (readonly [RegExp, string])[] = [
  [/^233(24|25|53|54|55|59)/, 'mtn-gh'],
  [/^233(20|50)/, 'vodafone-gh'],
  [/^233(26|27|56|57)/, 'tigo-gh'],
];

/** `mtn-gh`; null for a network that Hubtel has not. */
export function channelOf(network: string | null, msisdn: string): string | null {
  if (network === null) return BEGINNINGS.find(([start]) => start.test(msisdn))?.[1] ?? null;
  const word = network.toLowerCase();
  return CHANNELS[word] ?? (Object.values(CHANNELS).includes(word) ? word : null);
}

/** Plain ASCII: other characters make Hubtel fail (2001). */
export function plainText(text: string | null, fallback: string): string {
  const plain = (text ?? '')
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9 .,-]/g, '')
    .replace(/ +/g, ' ')
    .trim()
    .slice(0, 100);
  return plain === '' ? fallback : plain;
}

/** Cedis as a JSON number of at most two decimals, made from the digits. */
export function toCedis(amount: Money): number {
  return Number(toDecimalText(amount));
}

export function fromCedis(value: unknown): bigint | null {
  return parseDecimal(value, 'GHS');
}

export function refuseAmount({ amountMinor, currency }: Money): Outcome | null {
  if (currency !== 'GHS') return declined('merchant_config', `Hubtel does not take ${currency}`);
  const { minimumMinor, maximumMinor } = manifest.capabilities;
  if (amountMinor < minimumMinor.GHS!)
    return declined('amount_too_small', 'below the minimum of Hubtel');
  if (amountMinor > maximumMinor.GHS!)
    return declined('amount_too_large', 'above the maximum of Hubtel');
  return null;
}
