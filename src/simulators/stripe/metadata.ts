// Metadata, and what the simulator itself reads from it: the merchant's payment and the faults that it wants.
import type { Account } from './account.ts';
import type { Metadata, Origin } from './objects.ts';

/** Given names replace, names given empty go, an empty `metadata` clears all. */
export function mergedMetadata(before: Metadata, given: Metadata | null | undefined): Metadata {
  if (given === undefined) return before;
  if (given === null) return {};
  return Object.fromEntries(
    Object.entries({ ...before, ...given }).filter(([, value]) => value !== ''),
  );
}

/** Stripe has no merchant reference: what comes nearest is taken: client_reference_id, `metadata.reference`, the root of
 * an idempotency key `<reference>.create`. */
export function originOf(
  account: Account,
  metadata: Metadata,
  id: string,
  clientReference: string | null = null,
): Origin {
  const fromKey = account.request.idempotencyKey?.split('.', 1)[0] || null;
  return {
    reference: clientReference ?? metadata.reference ?? fromKey ?? id,
    paymentId: metadata.payment_id ?? null,
    simulate: metadata.simulate ?? null,
  };
}
