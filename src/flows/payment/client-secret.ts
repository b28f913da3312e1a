// The secrets a customer's browser holds for one payment: ours, and the PSP's token for its own library.
import type { Attempt, Payment, PaymentRecord } from '../../domain/payment/payment.ts';
import { open, type SealContext, seal } from '../../vault/envelope.ts';
import { sameSecret } from '../../vault/secret.ts';
import type { Context } from '../context.ts';

/** Where the secret of a payment, or the token of an attempt, is sealed for. */
export function clientTokenPlace(environmentId: string, subject: string): SealContext {
  return { environmentId, subject, field: 'client_token' };
}

/** Empty for a payment that was recorded: no customer's browser has to do with it. */
export function clientSecretOf(
  context: Context,
  { environmentId, id, sealedClientSecret }: Payment,
): string {
  if (sealedClientSecret === '') return '';
  return open(context.keyRing, clientTokenPlace(environmentId, id), sealedClientSecret);
}

/** Tokens that have just been given to us, as long as the attempt that they came with is in use: not opened again. */
const fresh = new WeakMap<Attempt, string>();

export function withClientToken({ keyRing, ports }: Context, attempt: Attempt, token: string) {
  const place = clientTokenPlace(attempt.environmentId, attempt.id);
  const sealed: Attempt = { ...attempt, sealedToken: seal(keyRing, place, token, ports.random) };
  fresh.set(sealed, token);
  return sealed;
}

/** The PSP's token of an attempt; the caller has checked that there is one. */
export function clientTokenOf(context: Context, attempt: Attempt): string {
  const { environmentId, id, sealedToken } = attempt;
  const token = fresh.get(attempt);
  if (token !== undefined) return token;
  return open(context.keyRing, clientTokenPlace(environmentId, id), sealedToken ?? '');
}

/** Ours or the token of any of its attempts; compared in constant time. */
export function isClientSecret(context: Context, record: PaymentRecord, given: string): boolean {
  const tokens = record.attempts
    .filter((one) => one.sealedToken !== null)
    .map((one) => clientTokenOf(context, one));
  const secrets = [clientSecretOf(context, record.payment), ...tokens].filter(Boolean);
  return secrets.some((secret) => sameSecret(given, secret));
}
