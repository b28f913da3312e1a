// The secrets a customer's browser holds for one payment: ours, and the PSP's token for its own library.
import type { Attempt, Payment, PaymentRecord } from '../../domain/payment/payment.ts';
import { open, type SealContext } from '../../vault/envelope.ts';
import { sameSecret } from '../../vault/secret.ts';
import type { Context } from '../context.ts';

/** Where the secret of a payment, or the token of an attempt, is sealed for. */
export function clientTokenPlace(environmentId: string, subject: string): SealContext {
  return { environmentId, subject, field: 'client_token' };
}

export function clientSecretOf(
  context: Context,
  { environmentId, id, sealedClientSecret }: Payment,
): string {
  return open(context.keyRing, clientTokenPlace(environmentId, id), sealedClientSecret);
}

/** The PSP's token of an attempt; the caller has checked that there is one. */
export function clientTokenOf(
  context: Context,
  { environmentId, id, sealedToken }: Attempt,
): string {
  return open(context.keyRing, clientTokenPlace(environmentId, id), sealedToken ?? '');
}

/** Ours or the token of any of its attempts; compared in constant time. */
export function isClientSecret(context: Context, record: PaymentRecord, given: string): boolean {
  const tokens = record.attempts
    .filter((one) => one.sealedToken !== null)
    .map((one) => clientTokenOf(context, one));
  return [clientSecretOf(context, record.payment), ...tokens].some((secret) =>
    sameSecret(given, secret),
  );
}
