// What a page needs to let a customer pay with the PSP's browser library.
import { latestAttempt, type PaymentRecord } from '../../domain/payment/payment.ts';
import type { Context, Environment } from '../context.ts';
import { browserKeysOf } from './browser-keys.ts';
import { clientTokenOf } from './client-secret.ts';

export interface ClientCheckout {
  readonly provider: string;
  readonly publicKey: string;
  readonly clientToken: string;
  readonly returnUrl: string;
  /** Set when the connection's PSP is the built-in simulator, which has no library but a page. */
  readonly simulatorPage: string | null;
}

/** Null when the payment does not wait for a browser library (any more). */
export async function clientCheckoutOf(
  context: Context,
  environment: Environment,
  record: PaymentRecord,
): Promise<ClientCheckout | null> {
  const attempt = latestAttempt(record);
  const waits =
    attempt?.status === 'requires_action' &&
    attempt.action?.type === 'client' &&
    attempt.sealedToken !== null;
  if (!attempt || !waits) return null;
  const configuration = await context.configurations.get(environment);
  const clientToken = clientTokenOf(context, attempt);
  const returnUrl = `${context.publicUrl}/return/${record.payment.id}`;
  const simulator = context.simulatorOf(attempt.provider, environment.mode);
  const query = new URLSearchParams({ client_secret: clientToken, return_url: returnUrl });
  return {
    provider: attempt.provider,
    publicKey: browserKeysOf(configuration, record.payment).publicKey,
    clientToken,
    returnUrl,
    simulatorPage:
      simulator === null ? null : `${simulator}/pay/${attempt.pspReference ?? ''}?${query}`,
  };
}
