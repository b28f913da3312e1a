// The address that one request of ours tells Safaricom (psp/mpesa.md section 4): secret, and without a word that
// Safaricom refuses in addresses.
import { declined, type Outcome } from '../../domain/attempt/outcome.ts';
import { type Callback, callbackUrl } from '../callback.ts';
import type { Call } from '../contract.ts';

const FORBIDDEN = /mpesa|safaricom|exe|exec|cmd|sql|query/i;

export function addressFor(
  about: Callback['about'],
  reference: string,
  { callbackUrl: base, credentials }: Call,
  askedMs: number | null = null,
): string {
  return callbackUrl(base, { about, reference, askedMs }, credentials.consumer_secret ?? '');
}

/** Why Safaricom would take no address of ours; null when it does. */
export function refuseAddress({ callbackUrl: base }: Call): Outcome | null {
  const word = FORBIDDEN.exec(base)?.[0];
  if (word === undefined) return null;
  return declined(
    'merchant_config',
    `Safaricom takes no callback address with "${word}" in it: change the public URL`,
  );
}
