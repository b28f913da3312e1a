// What Hubtel's browser widget starts with (api/reevit.md section 4): the keys of the account themselves. Only for a payment
// whose connection was told to hand them out, and only while the customer may pay with them.
import { latestAttempt, type PaymentRecord } from '../../domain/payment/payment.ts';
import { Problem } from '../../kernel/problem.ts';
import type { Context, Environment } from '../context.ts';

export interface BrowserSession {
  /** base64 of `client_id:client_secret`. */
  readonly basicAuth: string;
  readonly merchantAccount: string;
  readonly expiresAtMs: number;
}

export async function browserSession(
  context: Context,
  environment: Environment,
  record: PaymentRecord,
): Promise<BrowserSession> {
  const attempt = latestAttempt(record);
  const configuration = await context.configurations.get(environment);
  const credentials = attempt && configuration.credentialsOf(attempt.connectionId);
  const waits =
    attempt?.provider === 'hubtel' &&
    attempt.status === 'requires_action' &&
    attempt.pspState.flow === 'widget';
  // Asked for again: the permission may have been taken back since the payment was made.
  if (!waits || credentials?.browser_checkout?.toLowerCase() !== 'true') {
    const message = "The payment does not wait for Hubtel's browser widget";
    throw new Problem(404, 'not_found', message);
  }
  const { client_id: id, client_secret: key, merchant_account: merchantAccount = '' } = credentials;
  return {
    basicAuth: Buffer.from(`${id}:${key}`).toString('base64'),
    merchantAccount,
    expiresAtMs: record.payment.expiresAt,
  };
}
