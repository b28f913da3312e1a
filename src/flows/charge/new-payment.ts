// What a merchant asks for, and the rows it becomes. Pure apart from ids and secrets, which come from the ports.
import type { ChargeInput, Method } from '../../connectors/contract.ts';
import type {
  Attempt,
  Payment,
  PaymentCustomer,
  PaymentRequest,
  PaymentType,
} from '../../domain/payment/payment.ts';
import { CALL_ABANDONED_AFTER_MS } from '../../domain/payment/schedule.ts';
import type { RoutePlan } from '../../domain/routing/plan.ts';
import { newId, referenceOf } from '../../kernel/ids.ts';
import { money } from '../../kernel/money.ts';
import { toJson } from '../../store/payment-rows.ts';
import { seal } from '../../vault/envelope.ts';
import { newSecret } from '../../vault/secret.ts';
import type { Context, Environment } from '../context.ts';
import { clientTokenPlace } from '../payment/client-secret.ts';
import { PAYOUT_LIFETIME_MS, storedPayoutInput } from '../payout/payout-input.ts';
import { scriptPart } from '../transaction/script-facts.ts';

export interface NewPayment {
  /** A pay-in, unless it says otherwise. */
  readonly type?: PaymentType;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly method: Method | null;
  readonly country: string | null;
  readonly customer: PaymentCustomer;
  readonly reference: string | null;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly captureMethod: 'automatic' | 'manual';
  readonly request: PaymentRequest;
  readonly source: string;
  /** Left out: that of its type. */
  readonly lifetimeMs?: number;
}

/** reevit.md 10.2: intents live one hour. */
const PAYMENT_LIFETIME_MS = 60 * 60_000;

export function lifetimeOf(type: PaymentType): number {
  return type === 'pay_in' ? PAYMENT_LIFETIME_MS : PAYOUT_LIFETIME_MS;
}

export function paymentRow(
  context: Context,
  environment: Environment,
  id: string,
  asked: NewPayment,
  plan: RoutePlan | null,
): Payment {
  const { ports } = context;
  const nowMs = ports.clock.nowMs();
  const lifetimeMs = asked.lifetimeMs ?? lifetimeOf(asked.type ?? 'pay_in');
  return {
    environmentId: environment.id,
    id,
    type: asked.type ?? 'pay_in',
    status: 'pending',
    amountMinor: asked.amountMinor,
    currency: asked.currency,
    method: asked.method,
    country: asked.country,
    customerId: asked.customer.id,
    customer: asked.customer,
    reference: asked.reference,
    description: asked.description,
    metadata: asked.metadata,
    captureMethod: asked.captureMethod,
    connectionId: null,
    provider: null,
    pspReference: null,
    sealedClientSecret: sealFor(context, environment.id, id, newSecret(ports.random, 32)),
    authorizedMinor: 0n,
    capturedMinor: 0n,
    capturePendingMinor: 0n,
    refundedMinor: 0n,
    refundPendingMinor: 0n,
    feeMinor: null,
    feeCurrency: null,
    feeIsActual: false,
    conflict: null,
    plan,
    planSince: 1,
    request: asked.request,
    source: asked.source,
    sourceId: '',
    sourceDescription: '',
    cancelRequestedAt: null,
    capturedAt: null,
    expiresAt: nowMs + lifetimeMs,
    dueAt: nowMs + lifetimeMs,
    eventSequence: 0,
    version: 1,
    createdAt: nowMs,
    updatedAt: nowMs,
  };
}

/** A new attempt at one connection, `sent` already: the commit that makes it is the last thing before the call. */
export function attemptRow(
  context: Context,
  environment: Environment,
  payment: Payment,
  chosen: { readonly connectionId: string; readonly provider: string },
  number: number,
  status: 'sent' | 'ready' = 'sent',
): Attempt {
  const { ports, publicUrl } = context;
  const nowMs = ports.clock.nowMs();
  const id = newId('att', ports);
  const reference = referenceOf(id);
  const metadata = pspMetadata(environment, payment, chosen.connectionId);
  const charges = payment.type === 'pay_in';
  const input = charges
    ? chargeInput(payment, reference, metadata, publicUrl)
    : storedPayoutInput(payment, reference, metadata, nowMs);
  return {
    environmentId: payment.environmentId,
    id,
    paymentId: payment.id,
    number,
    connectionId: chosen.connectionId,
    provider: chosen.provider,
    operation: operationOf(payment),
    status,
    amountMinor: payment.amountMinor,
    currency: payment.currency,
    authorizedMinor: 0n,
    capturedMinor: 0n,
    pspReference: null,
    pspState: {},
    action: null,
    sealedToken: null,
    prompted: false,
    decline: null,
    error: '',
    latencyMs: 0,
    input: toJson({ ...input, ...scriptPart(payment, chosen.provider, nowMs) }),
    sentAt: status === 'sent' ? nowMs : null,
    nextSyncAt: status === 'sent' ? nowMs + CALL_ABANDONED_AFTER_MS : nowMs,
    syncCount: 0,
    notFoundCount: 0,
    firstNotFoundAt: null,
    type: payment.type,
    reference,
    ledgerStatus: 'PENDING',
    ledgerMinor: payment.amountMinor,
    createdAt: nowMs,
    updatedAt: nowMs,
  };
}

function operationOf({ type, captureMethod }: Payment): Attempt['operation'] {
  if (type !== 'pay_in') return 'payout';
  return captureMethod === 'manual' ? 'authorize' : 'charge';
}

function chargeInput(
  payment: Payment,
  reference: string,
  metadata: ChargeInput['metadata'],
  publicUrl: string,
): ChargeInput {
  const back = `${publicUrl}/return/${payment.id}`;
  return {
    reference,
    amount: money(payment.amountMinor, payment.currency),
    method: payment.method as Method | null,
    country: payment.country,
    captureMethod: payment.captureMethod,
    customer: payment.customer,
    instrument: payment.request.instrument,
    description: payment.description,
    returnUrl: back,
    cancelUrl: `${back}?canceled=1`,
    presentation: payment.request.presentation,
    metadata,
    saveInstrument: payment.request.saveInstrument,
    expiresAtMs: payment.expiresAt,
  };
}

const MAX_PSP_METADATA = 40;

/** Ours first, so that a merchant's key can never stand in for them; flat text, as far as PSPs take it. */
function pspMetadata(
  environment: Environment,
  payment: Payment,
  connectionId: string,
): Record<string, string> {
  const ours = {
    org_id: environment.organizationId,
    payment_id: payment.id,
    connection_id: connectionId,
  };
  const merchants = Object.entries(payment.metadata)
    .filter(([key, value]) => !(key in ours) && key.length <= 40 && isPlain(value))
    .slice(0, MAX_PSP_METADATA - Object.keys(ours).length)
    .map(([key, value]) => [key, String(value).slice(0, 500)]);
  return { ...ours, ...Object.fromEntries(merchants) };
}

function isPlain(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** The stored input of an attempt as the connector takes it: the same bytes at every repeat. */
export function storedChargeInput(attempt: Attempt): ChargeInput {
  const input = JSON.parse(attempt.input) as ChargeInput & {
    readonly amount: { readonly amountMinor: string; readonly currency: string };
  };
  return { ...input, amount: money(BigInt(input.amount.amountMinor), input.amount.currency) };
}

/** Short secrets of a payment or attempt: the client secret and the PSP's browser token. */
export function sealFor(
  context: Context,
  environmentId: string,
  subject: string,
  text: string,
): string {
  return seal(
    context.keyRing,
    clientTokenPlace(environmentId, subject),
    text,
    context.ports.random,
  );
}
