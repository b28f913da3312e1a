// What the PSP's browser library needs besides its token: public parts of a connection's credentials.
import { manifestOf } from '../../connectors/registry.ts';
import type { Payment } from '../../domain/payment/payment.ts';
import type { Configuration } from '../configuration.ts';

export interface BrowserKeys {
  readonly publicKey: string;
  /** Hubtel's widget asks for it. */
  readonly merchantAccount: string | null;
}

export function browserKeysOf(
  configuration: Configuration,
  { connectionId, provider }: Payment,
): BrowserKeys {
  const credentials = connectionId === null ? null : configuration.credentialsOf(connectionId);
  const publicName = provider === null ? null : manifestOf(provider)?.publicCredential;
  return {
    publicKey: (publicName && credentials?.[publicName]) || '',
    merchantAccount: credentials?.merchant_account ?? null,
  };
}
