// What routing needs to know of a payment: the facts that rules ask about, and the request's own policy.
import type { Mode } from '../connection/connection.ts';
import { methodKey } from '../connection/method.ts';
import type { PaymentFacts } from './rule.ts';

export interface PlanRequest extends PaymentFacts {
  readonly mode: Mode;
  /** `authorize`: manual capture. */
  readonly operation: 'charge' | 'authorize' | 'payout' | 'transfer';
  /** Empty: every provider. */
  readonly allowedProviders: readonly string[];
  /** Providers, the most wanted first. Changes the order only. */
  readonly prefer: readonly string[];
  /** This connection or none. */
  readonly forcedConnectionId: string | null;
}

/** One spelling of everything, `''` as absent. */
export function normaliseRequest(request: PlanRequest): PlanRequest {
  return {
    ...request,
    currency: request.currency.toUpperCase(),
    method: request.method ? methodKey(request.method) : null,
    country: request.country ? request.country.toUpperCase() : null,
    allowedProviders: words(request.allowedProviders),
    prefer: words(request.prefer),
    forcedConnectionId: request.forcedConnectionId || null,
  };
}

function words(list: readonly string[]): string[] {
  return list.map((word) => word.trim().toLowerCase());
}
