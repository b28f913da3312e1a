// Whether a connection still leads to the account that something was sent to. Credentials that were replaced since may be
// another account's: its "no such object" proves nothing (reliability.md promise 3), and what is sent to it again under the
// same key is done a second time.
import type { Outcome } from '../domain/attempt/outcome.ts';
import type { Configuration } from './configuration.ts';

/** So long a process may go on with the credentials that it has read before. */
const STALE_MS = 60_000;

interface Sent {
  readonly connectionId: string;
  readonly sentAt: number | null;
  readonly createdAt: number;
}

export function isSameAccount(
  configuration: Configuration,
  { connectionId, sentAt, createdAt }: Sent,
): boolean {
  const since = configuration.connection(connectionId)?.credentialsSince ?? null;
  return since === null || (sentAt ?? createdAt) > since + STALE_MS;
}

/** What is left of an answer that the PSP has no such object, when it may be that of another account. */
export function provenAt(configuration: Configuration, sent: Sent, outcome: Outcome): Outcome {
  if (!saysAbsent(outcome) || isSameAccount(configuration, sent)) return outcome;
  const { notFound: _proof, ...rest } = outcome;
  return { ...rest, reason: `asked with other credentials: ${outcome.reason}` };
}

export function saysAbsent(outcome: Outcome): outcome is Outcome & { readonly kind: 'unknown' } {
  return outcome.kind === 'unknown' && outcome.notFound === true;
}
