// What one PSP call came to. Fallback is a function of this type alone: from `unknown` there is no way to it.
import type { Decline } from './decline.ts';

/** What the customer has to do next. `submit` is answered through submitAction; `wait` ends by itself. */
export type CustomerAction =
  | { readonly type: 'redirect'; readonly url: string }
  /** The PSP's own browser library finishes it with the outcome's clientToken (Stripe.js). */
  | { readonly type: 'client' }
  | {
      readonly type: 'submit';
      readonly field: 'otp' | 'pin' | 'phone' | 'birthday' | 'address';
      readonly message: string;
    }
  | { readonly type: 'wait'; readonly message: string }
  | { readonly type: 'ussd'; readonly code: string; readonly message: string }
  | {
      readonly type: 'bank_transfer';
      readonly bankName: string;
      readonly accountNumber: string;
      readonly accountName: string;
      readonly expiresAt: string | null;
      readonly message: string;
    }
  | { readonly type: 'qr'; readonly imageUrl: string | null; readonly text: string };

/** What a connector learned about the PSP's object, whatever the outcome. */
export interface PspFacts {
  /** The PSP's own id of the object (Stripe `pi_…`, Paystack transaction id or reference). */
  readonly pspReference?: string | null;
  /** What the connector wants back at its next call for this attempt or operation (session id …). No secrets. */
  readonly pspState?: Readonly<Record<string, string>>;
  /** A token for the PSP's browser library (Paystack access code, Stripe client secret). Stored sealed. */
  readonly clientToken?: string | null;
  /** The PSP's fee in minor units of `feeCurrency`, when it said so. */
  readonly feeMinor?: bigint | null;
  readonly feeCurrency?: string | null;
}

export type Outcome = PspFacts &
  (
    | {
        readonly kind: 'succeeded';
        /** What happened to the money. */
        readonly what: 'captured' | 'authorized' | 'voided' | 'refunded' | 'paid_out';
        /** As the PSP states it; compared with what was asked. */
        readonly amountMinor: bigint;
        readonly currency: string;
      }
    | { readonly kind: 'requires_action'; readonly action: CustomerAction }
    | { readonly kind: 'pending'; readonly message?: string }
    | { readonly kind: 'declined'; readonly decline: Decline }
    /** No byte of the request left this machine. Only the transport may say so. */
    | { readonly kind: 'not_sent'; readonly reason: string }
    | {
        readonly kind: 'unknown';
        readonly reason: string;
        /** A query was answered "no such object". Proves nothing by itself: see flows/sync. */
        readonly notFound?: boolean;
      }
  );

export type OutcomeKind = Outcome['kind'];

export function unknown(reason: string): Outcome {
  return { kind: 'unknown', reason };
}

export function declined(
  code: Decline['code'],
  message: string,
  pspCode: string | null = null,
  facts: PspFacts = {},
): Outcome {
  return { ...facts, kind: 'declined', decline: { code, message, pspCode } };
}
