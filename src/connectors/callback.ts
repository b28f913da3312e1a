// Addresses for PSPs that take one per request and sign nothing. Each names what it is about and carries a MAC under
// the connection's own secret, so that only who was told the address can call it. What comes there is still no
// evidence: it is a reason to ask. The one exception is an answer to a question of ours (psp/mpesa.md section 2.6),
// which comes to an address that was made for that question and soon ends.
//
// Letters and digits only, and of the letters only a to f, p to t: no word that Safaricom refuses in addresses.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** `p`: a payment, `r`: a refund, `d`: a payout. Capitals: the answer to a question about one of them. */
export type CallbackAbout = 'p' | 'r' | 'd';

export interface Callback {
  readonly about: CallbackAbout;
  /** Our reference: 32 hexadecimal digits. */
  readonly reference: string;
  /** When the question was asked that this answers; null: nobody asked. */
  readonly askedMs: number | null;
}

const PATTERN = /^([prd])([0-9a-f]{32})(?:t([0-9a-f]{12}))?s([0-9a-f]{32})$/;

/** How long an answer may take. */
const ANSWER_MS = 60 * 60_000;

export function callbackUrl(base: string, callback: Callback, secret: string): string {
  const named = nameOf(callback);
  return `${base}/${named}s${macOf(named, secret)}`;
}

/** What an address is about, without believing it. Null: not one of these. */
export function readCallback(text: string | undefined): Callback | null {
  const match = PATTERN.exec(text ?? '');
  if (!match) return null;
  const [, about, reference = '', asked] = match;
  const askedMs = asked === undefined ? null : Number.parseInt(asked, 16);
  return { about: about as CallbackAbout, reference, askedMs };
}

/** `answer`: to a question of ours; `hint`: at an address of ours; `forged`: nobody was told this address. */
export function judgeCallback(
  text: string | undefined,
  secret: string,
  nowMs: number,
): 'answer' | 'hint' | 'forged' {
  const callback = readCallback(text);
  if (callback === null || secret === '') return 'forged';
  const right = Buffer.from(macOf(nameOf(callback), secret));
  if (!timingSafeEqual(Buffer.from(text!.slice(-right.length)), right)) return 'forged';
  if (callback.askedMs === null) return 'hint';
  // Too old to be believed is not yet false: it may still be a reason to ask.
  return nowMs - callback.askedMs <= ANSWER_MS ? 'answer' : 'hint';
}

function nameOf({ about, reference, askedMs }: Callback): string {
  const asked = askedMs === null ? '' : `t${askedMs.toString(16).padStart(12, '0')}`;
  return `${about}${reference}${asked}`;
}

function macOf(named: string, secret: string): string {
  return createHmac('sha256', secret).update(`callback ${named}`).digest('hex').slice(0, 32);
}
