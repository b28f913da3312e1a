// The hosted page (psp/flutterwave.md section 2.1). Several transactions may be made on it under our one tx_ref, so a
// failed one ends nothing until the page is used up or has expired; and until somebody pays, verify knows nothing of it.
import { declined, type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import { readPhone } from '../../kernel/phone.ts';
import type { ChargeInput, Method } from '../contract.ts';
import { emailOrPlaceholder } from '../customer-email.ts';
import { textOf } from '../json.ts';
import { toMajor } from './amount.ts';
import type { Plan } from './charge.ts';
import { refused, refusedByStatus } from './declines.ts';
import { digitsOf } from './mobile-money.ts';
import type { Answer } from './reply.ts';
import type { Expected } from './transaction.ts';

const TRIES = 3;
/** A payer who began in time may still be at it. */
const GRACE_MS = 10 * 60_000;

/** Section 2.1, as far as our methods reach; mobile money by the currency's country. */
const OPTIONS: Readonly<Partial<Record<Method, string>>> = {
  card: 'card',
  bank_transfer: 'banktransfer',
  bank: 'account',
  ussd: 'ussd',
  apple_pay: 'applepay',
  google_pay: 'googlepay',
};
const WALLETS: Readonly<Partial<Record<string, string>>> = {
  GHS: 'mobilemoneyghana',
  UGX: 'mobilemoneyuganda',
  RWF: 'mobilemoneyrwanda',
  ZMW: 'mobilemoneyzambia',
  TZS: 'mobilemoneytanzania',
  XAF: 'mobilemoneyfranco',
  XOF: 'mobilemoneyfranco',
  KES: 'mpesa',
};

export function planPage(input: ChargeInput): Plan {
  const { method, amount, customer, description, expiresAtMs } = input;
  const option = optionOf(method, amount.currency);
  if (option === undefined) {
    const message = `Flutterwave has no ${method} in ${amount.currency}`;
    return { refusal: declined('merchant_config', message) };
  }
  const phone = customer.phone === null ? null : readPhone(customer.phone, input.country);
  const json = {
    tx_ref: input.reference,
    amount: toMajor(amount),
    currency: amount.currency,
    redirect_url: input.returnUrl,
    ...(method === null ? {} : { payment_options: option }),
    customer: {
      email: emailOrPlaceholder(input),
      ...(customer.name ? { name: customer.name } : {}),
      ...(phone ? { phonenumber: digitsOf(phone) } : {}),
    },
    meta: input.metadata,
    ...(description ? { customizations: { description } } : {}),
    max_retry_attempt: TRIES,
    link_expiration: new Date(expiresAtMs).toISOString(),
  };
  const request = { method: 'POST', path: '/payments', json } as const;
  return { request, read: (answer, expected) => readPage(answer, expected, expiresAtMs) };
}

function optionOf(method: Method | null, currency: string): string | undefined {
  if (method === 'mobile_money') return WALLETS[currency];
  return OPTIONS[
    method === 'bank_transfer' && !hasAccounts(currency) ? 'bank' : (method ?? 'card')
  ];
}

/** Where there are accounts of its own to pay into (section 2.2). */
export function hasAccounts(currency: string): boolean {
  return currency === 'NGN' || currency === 'GHS';
}

function readPage(answer: Answer, { pspState }: Expected, expiresAtMs: number): Outcome {
  if (answer.kind === 'bare') return refusedByStatus(answer.httpStatus);
  if (answer.kind !== 'reply') return answer;
  const { reply } = answer;
  if (!reply.accepted) return refused(reply, 'payer');
  const url = textOf(reply.data.link);
  if (url === null) return unknown('reply without a payment page');
  return {
    kind: 'requires_action',
    action: { type: 'redirect', url },
    pspState: { ...pspState, link: url, link_ends_ms: String(expiresAtMs) },
  };
}

/** What becomes of a page on which so many tries failed: open while somebody may still pay there. */
export function pageAfter(
  { pspState }: Expected,
  failures: readonly Outcome[],
  nowMs: number,
): Outcome | null {
  const url = pspState.link;
  if (!url) return null;
  const last = failures.at(-1);
  if (last && failures.length >= TRIES) return last;
  const endsMs = Number(pspState.link_ends_ms);
  if (Number.isFinite(endsMs) && nowMs > endsMs + GRACE_MS)
    return last ?? declined('payer_timeout', 'nobody paid before the page expired');
  return { kind: 'requires_action', action: { type: 'redirect', url }, pspState };
}
