// What the payer has to do next, from the `authorization` of a direct charge (psp/flutterwave.md section 2.2), and the
// memory of it: verify tells only `pending`.
import type { CustomerAction } from '../../domain/attempt/outcome.ts';
import { idOf, type Json, objectOf, parseObject, textOf } from '../json.ts';
import type { Reply } from './reply.ts';

/** Usually in the top-level `meta`, sometimes in `data.meta`: both are looked at (section 1). */
export function authorizationIn({ data, meta }: Reply): Json | null {
  const places = [objectOf(meta.authorization), objectOf(objectOf(data.meta).authorization)];
  return places.find(({ mode }) => textOf(mode) !== null) ?? null;
}

/** The action, a word to wait with, or null for a mode that is not in the table. */
export function actionOf(authorization: Json, endsAtMs: number): CustomerAction | 'stuck' | null {
  switch (textOf(authorization.mode)) {
    case 'redirect':
      return redirect(authorization.redirect);
    case 'callback':
      return redirect(authorization.redirect_url) ?? promptOn(null);
    case 'otp':
      return { type: 'submit', field: 'otp', message: 'Please enter the OTP that you were sent' };
    case 'ussd':
      return ussd(textOf(authorization.note) ?? '');
    case 'banktransfer':
      return bankTransfer(authorization, endsAtMs);
    case 'pin':
    case 'avs_noauth':
      // Answered by repeating the charge with the card's number, which never passes through us.
      return 'stuck';
    default:
      return null;
  }
}

/** A prompt that the payer's network shows on the phone. */
export function promptOn(digits: string | null): CustomerAction {
  const where = digits === null ? 'your phone' : `+${digits}`;
  const message = `Approve the payment on ${where}: enter the PIN of your mobile money account`;
  return { type: 'wait', message };
}

function redirect(url: unknown): CustomerAction | null {
  const text = textOf(url);
  return text === null ? null : { type: 'redirect', url: text };
}

function ussd(note: string): CustomerAction | null {
  const code = /[*#][\d*#]*#/.exec(note)?.[0];
  return code === undefined ? null : { type: 'ussd', code, message: `Dial ${code} to pay` };
}

function bankTransfer(authorization: Json, endsAtMs: number): CustomerAction | null {
  const accountNumber = idOf(authorization.transfer_account);
  if (accountNumber === null) return null;
  const amount = idOf(authorization.transfer_amount);
  return {
    type: 'bank_transfer',
    bankName: textOf(authorization.transfer_bank) ?? '',
    accountNumber,
    accountName: textOf(authorization.account_name) ?? '',
    expiresAt: new Date(expiryIn(authorization.account_expiration) ?? endsAtMs).toISOString(),
    message: [textOf(authorization.transfer_note), amount && `Exactly ${amount}`]
      .filter((text) => text)
      .join('. '),
  };
}

/** Epoch milliseconds, or a date; one without a zone says nothing certain. */
function expiryIn(value: unknown): number | null {
  const text = idOf(value);
  if (text === null) return null;
  if (/^\d{13}$/.test(text)) return Number(text);
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/.test(text);
  const atMs = zoned ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? null : atMs;
}

const KEPT_MAX = 3_000;

/** For pspState; an empty text forgets. */
export function keptAction(action: CustomerAction | null): string {
  const text = action === null ? '' : JSON.stringify(action);
  return text.length <= KEPT_MAX ? text : '';
}

/** What was kept; the host checks every action again before it is stored or shown. */
export function lastAction(pspState: Readonly<Record<string, string>>): CustomerAction | null {
  const kept = pspState.action ? parseObject(pspState.action) : null;
  return kept as CustomerAction | null;
}
