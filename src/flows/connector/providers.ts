// What the APIs may know of providers: which there are, what a connection to one needs, and what one can do in Formance's
// words (api/formance.md section 9).
import type { CredentialField, Mode } from '../../connectors/contract.ts';
import { manifestOf, providers } from '../../connectors/registry.ts';
import type { HistoryKind } from '../../domain/ledger/history.ts';

export function allProviders(): string[] {
  return providers().sort();
}

export function isProvider(provider: string): boolean {
  return manifestOf(provider) !== null;
}

export function credentialFields(provider: string): readonly CredentialField[] {
  return manifestOf(provider)?.credentials ?? [];
}

export function baseUrlOf(provider: string, mode: Mode): string {
  return manifestOf(provider)?.baseUrl[mode] ?? '';
}

/** Those for which accounts and payments are posted at the original; here payments are taken for all. */
const BOOKS = new Set(['dummypay', 'generic']);

/** Only what it does here: what its PSP's history lists, and what it sends. */
export function capabilitiesOf(provider: string): string[] {
  const manifest = manifestOf(provider);
  const operations = manifest?.capabilities.operations ?? [];
  const books = ['ALLOW_FORMANCE_ACCOUNT_CREATION', 'ALLOW_FORMANCE_PAYMENT_CREATION'];
  return [
    ...fetched(manifest?.history?.kinds ?? []),
    ...(manifest?.history?.externalAccounts ? ['FETCH_EXTERNAL_ACCOUNTS'] : []),
    ...(operations.includes('transfer') ? ['CREATE_TRANSFER'] : []),
    ...(operations.includes('payout') ? ['CREATE_PAYOUT'] : []),
    ...(BOOKS.has(provider) ? books : ['TRANSLATE_WEBHOOKS']),
  ];
}

const FETCHED: Readonly<Record<HistoryKind, string>> = {
  accounts: 'FETCH_ACCOUNTS',
  balances: 'FETCH_BALANCES',
  payments: 'FETCH_PAYMENTS',
  refunds: 'FETCH_PAYMENTS',
  payouts: 'FETCH_PAYMENTS',
  disputes: 'FETCH_PAYMENTS',
};

function fetched(kinds: readonly HistoryKind[]): string[] {
  return [...new Set(kinds.map((kind) => FETCHED[kind]))].sort();
}
