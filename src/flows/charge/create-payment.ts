// Begin: plan, commit the payment with its first attempt (and its Idempotency-Key) in one statement, then run it.
import { statedFee } from '../../domain/connection/fees.ts';
import type { PaymentRecord, PaymentType } from '../../domain/payment/payment.ts';
import { plan as planRoute, type RoutePlan } from '../../domain/routing/plan.ts';
import type { PlanRequest } from '../../domain/routing/request.ts';
import { newId } from '../../kernel/ids.ts';
import { Problem } from '../../kernel/problem.ts';
import { beginPayment, type KeyAnswer, type KeyClaim } from '../../store/payments.ts';
import { KeyTaken, withEvents } from '../change-payment.ts';
import type { Configuration } from '../configuration.ts';
import type { Context, Environment } from '../context.ts';
import { attemptRow, type NewPayment, paymentRow } from './new-payment.ts';
import { runAttempts } from './run-attempts.ts';

export interface CreateOptions {
  /** The Idempotency-Key to claim with the payment, without the id that is made here. */
  readonly claim?: Omit<KeyClaim, 'resourceId' | 'createdAt'> | null;
  /** The answer to keep for repeats of the key. */
  readonly answer?: ((record: PaymentRecord) => KeyAnswer) | null;
}

/**
 * Takes a payment: 422 `no_available_connection` when nothing can take it (nothing stored, no PSP called), else the
 * record after every attempt that this request could make. Without a method it stays `pending` and is not routed.
 * Throws KeyTaken when the key was used before.
 */
export async function createPayment(
  context: Context,
  environment: Environment,
  asked: NewPayment,
  options: CreateOptions = {},
): Promise<PaymentRecord> {
  const startedMs = context.ports.clock.nowMs();
  const configuration = await context.configurations.get(environment);
  const paymentId = newId('pay', context.ports);
  const route = routeFor(context, environment, configuration, asked, paymentId);
  const [first] = route.candidates;
  if (!first) throw noAvailableConnection(route);
  const routed =
    asked.method !== null ||
    asked.request.instrument !== null ||
    asked.request.forcedConnectionId !== null;
  const payment = paymentRow(context, environment, paymentId, asked, routed ? route : null);
  if (!routed) return begin(context, { payment, attempts: [], operations: [] }, options, true);
  const attempt = attemptRow(context, environment, payment, first, 1);
  const fee = feeFor(configuration, first.connectionId, asked);
  const routedPayment = {
    ...payment,
    connectionId: first.connectionId,
    provider: first.provider,
    ...fee,
  };
  const record = await begin(
    context,
    { payment: routedPayment, attempts: [attempt], operations: [] },
    options,
    false,
  );
  return runAttempts(context, environment, configuration, record, attempt, {
    startedMs,
    answer: options.answer ?? null,
  });
}

async function begin(
  context: Context,
  unnumbered: PaymentRecord,
  { claim = null, answer = null }: CreateOptions,
  answered: boolean,
): Promise<PaymentRecord> {
  const { record, events } = withEvents(context, unnumbered, ['payment.created']);
  const { id, createdAt } = record.payment;
  const change = {
    attempts: record.attempts,
    events,
    claim: claim ? { ...claim, resourceId: id, createdAt } : null,
    answer: answered && answer ? answer(record) : null,
  };
  if (!(await beginPayment(context.db, record, change))) throw new KeyTaken();
  return record;
}

/** The plan for a payment. `seed` draws splits and probes: the payment's id, so that the same plan can be made again. */
export function routeFor(
  context: Context,
  environment: Environment,
  configuration: Configuration,
  asked: NewPayment,
  seed: string,
): RoutePlan {
  const nowMs = context.ports.clock.nowMs();
  return planRoute(configuration.routing, planRequest(environment, asked), {
    health: configuration.health(nowMs),
    nowMs,
    seed,
  });
}

export function planRequest(environment: Environment, asked: NewPayment): PlanRequest {
  return {
    mode: environment.mode,
    operation: operationOf(asked),
    amountMinor: asked.amountMinor,
    currency: asked.currency,
    method: asked.method,
    country: asked.country,
    customerId: asked.customer.id,
    bin: null,
    metadata: asked.metadata,
    allowedProviders: asked.request.allowedProviders,
    prefer: asked.request.prefer,
    forcedConnectionId: asked.request.forcedConnectionId,
  };
}

function operationOf({ type, captureMethod }: NewPayment): PlanRequest['operation'] {
  if (type === 'payout' || type === 'transfer') return type;
  return captureMethod === 'manual' ? 'authorize' : 'charge';
}

export function feeFor(
  configuration: Configuration,
  connectionId: string,
  asked: {
    readonly type?: PaymentType;
    readonly amountMinor: bigint;
    readonly currency: string;
    readonly method: string | null;
  },
): { readonly feeMinor: bigint | null; readonly feeCurrency: string | null } {
  // The stated fees are those of money in.
  const charges = (asked.type ?? 'pay_in') === 'pay_in';
  const fees = charges ? configuration.routing.byId.get(connectionId)?.fees : undefined;
  const feeMinor = fees ? statedFee(fees, asked.amountMinor, asked.method, asked.currency) : null;
  return { feeMinor, feeCurrency: feeMinor === null ? null : asked.currency };
}

export function noAvailableConnection(route: RoutePlan): Problem {
  return new Problem(422, 'no_available_connection', 'No connection can take this payment', {
    considered: route.considered.map(({ connectionId, provider, reason, detail }) => ({
      connection_id: connectionId,
      provider,
      reason,
      detail,
    })),
  });
}
