// What an event tells: the whole resource as its GET answers, from the snapshot of the moment of the event. Without
// secrets, without what a browser needs, and without what depends on the configuration of today.
import type { Operation, Payment } from '../../../domain/payment/payment.ts';
import type { Environment, PresentEvent } from '../../../flows/context.ts';
import { factsView, refundView } from '../payments/view.ts';

type Snapshot = Readonly<Record<string, unknown>>;

/** Amounts of a snapshot are text, because JSON has no bigint. */
const AMOUNTS = [
  'amountMinor',
  'authorizedMinor',
  'capturedMinor',
  'capturePendingMinor',
  'refundedMinor',
  'refundPendingMinor',
  'feeMinor',
] as const;

export const presentEvent: PresentEvent = (environment, type, snapshot) => {
  const { operation } = snapshot;
  if (type.startsWith('refund.') && isObject(operation))
    return refundView(withAmounts(operation) as unknown as Operation);
  return typeof snapshot.amountMinor === 'string' ? paymentData(environment, snapshot) : snapshot;
};

function paymentData(environment: Environment, snapshot: Snapshot): Record<string, unknown> {
  const { attempts } = snapshot;
  const payment = withAmounts(snapshot) as unknown as Payment;
  return {
    ...factsView(environment, payment),
    client_secret: '',
    session_secret: '',
    psp_public_key: '',
    psp_credentials: {},
    available_psps: [],
    branding: {},
    route: Array.isArray(attempts) ? attempts.filter(isObject).map(routeEntry) : [],
    next_action: null,
  };
}

function routeEntry(attempt: Snapshot): Record<string, unknown> {
  return {
    attempt_id: attempt.id,
    connection_id: attempt.connectionId,
    provider: attempt.provider,
    status: attempt.status,
    error: attempt.error,
    decline_code: attempt.declineCode,
    labels: [],
    routing_hints: {},
    latency_ms: attempt.latencyMs,
  };
}

function withAmounts(snapshot: Snapshot): Snapshot {
  const amounts = AMOUNTS.flatMap((name) => {
    const value = snapshot[name];
    return typeof value === 'string' ? [[name, BigInt(value)] as const] : [];
  });
  return { ...snapshot, ...Object.fromEntries(amounts) };
}

function isObject(value: unknown): value is Snapshot {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
