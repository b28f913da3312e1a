// A payment in Reevit's words: the union of what every client reads (api/reevit.md sections 5, 10, 18).
import type { CustomerAction } from '../../../domain/attempt/outcome.ts';
import {
  type Attempt,
  isRecorded,
  latestAttempt,
  type Operation,
  type Payment,
  type PaymentRecord,
} from '../../../domain/payment/payment.ts';
import { isOpen } from '../../../domain/payment/status.ts';
import { availablePsps } from '../../../domain/routing/available-psps.ts';
import { planRequest } from '../../../flows/charge/index.ts';
import type { Configuration } from '../../../flows/configuration.ts';
import type { Context, Environment } from '../../../flows/context.ts';
import { browserKeysOf } from '../../../flows/payment/browser-keys.ts';
import { clientSecretOf, clientTokenOf } from '../../../flows/payment/client-secret.ts';

export interface ViewOf {
  readonly context: Context;
  readonly environment: Environment;
  readonly configuration: Configuration;
}

/** PSPs whose own token stands in `client_secret`, because their widgets start with it (api/reevit.md section 11). */
const TOKEN_PROVIDERS = new Set(['paystack', 'stripe']);

export function time(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString().replace('.000Z', 'Z');
}

/** The whole payment: answers of create, get, confirm, cancel, retry, capture. */
export function paymentView(of: ViewOf, record: PaymentRecord): Record<string, unknown> {
  const { context, environment, configuration } = of;
  const { payment } = record;
  const latest = shownAttempt(record);
  return {
    ...factsView(environment, payment),
    client_secret: clientSecret(context, record, latest),
    session_secret: '',
    ...pspForBrowser(configuration, payment),
    available_psps: isOpen(payment.status) && !isRecorded(record) ? offers(of, payment) : [],
    branding: {},
    route: record.attempts.map((attempt) => routeEntry(configuration, attempt)),
    next_action: isOpen(payment.status) && latest ? nextAction(context, record, latest) : null,
  };
}

/** What a payment says by itself: no secrets, nothing that depends on the configuration of this moment. */
export function factsView(environment: Environment, payment: Payment): Record<string, unknown> {
  return {
    ...summaryView(payment),
    org_id: environment.organizationId,
    mode: environment.mode,
    country: payment.country ?? '',
    description: payment.description ?? '',
    capture_method: payment.captureMethod,
    authorized_amount: Number(payment.authorizedMinor),
    captured_amount: Number(payment.capturedMinor),
    captured_at: time(payment.capturedAt),
    refunded_amount: Number(payment.refundedMinor),
    settlement_currency: '',
    settlement_amount: 0,
    exchange_rate: null,
    settled_at: null,
    conflict: payment.conflict,
    cancel_requested_at: time(payment.cancelRequestedAt),
    expires_at: time(payment.expiresAt),
    updated_at: time(payment.updatedAt),
  };
}

/** A row of a list. */
export function summaryView(payment: Payment): Record<string, unknown> {
  const fee = payment.feeMinor ?? 0n;
  return {
    id: payment.id,
    connection_id: payment.connectionId ?? '',
    provider: payment.provider ?? '',
    provider_ref_id: payment.pspReference ?? '',
    method: payment.method ?? '',
    status: payment.status,
    amount: Number(payment.amountMinor),
    currency: payment.currency,
    fee_amount: Number(fee),
    fee_currency: payment.feeCurrency ?? payment.currency,
    net_amount: Number(payment.amountMinor - fee),
    customer_id: payment.customerId ?? '',
    reference: payment.reference ?? '',
    metadata: payment.metadata,
    source: payment.source,
    source_id: payment.sourceId,
    source_description: payment.sourceDescription,
    created_at: time(payment.createdAt),
  };
}

export function refundView(refund: Operation): Record<string, unknown> {
  return {
    id: refund.id,
    payment_id: refund.paymentId,
    amount: Number(refund.amountMinor),
    currency: refund.currency,
    // `sent` and `unknown` are ours: for the merchant the refund is under way.
    status: refund.status === 'sent' || refund.status === 'unknown' ? 'pending' : refund.status,
    reason: refund.reason,
    provider_refund_id: refund.pspReference ?? '',
    error: refund.status === 'failed' ? refund.error : '',
    created_at: time(refund.createdAt),
    updated_at: time(refund.updatedAt),
  };
}

/** The attempt that holds the payment, else the latest. */
function shownAttempt(record: PaymentRecord): Attempt | null {
  return record.attempts.find((one) => one.capturedMinor > 0n) ?? latestAttempt(record);
}

function clientSecret(context: Context, record: PaymentRecord, latest: Attempt | null): string {
  if (latest?.sealedToken && TOKEN_PROVIDERS.has(latest.provider))
    return clientTokenOf(context, latest);
  return clientSecretOf(context, record.payment);
}

function pspForBrowser(configuration: Configuration, payment: Payment) {
  const { publicKey, merchantAccount } = browserKeysOf(configuration, payment);
  return {
    psp_public_key: publicKey,
    psp_credentials: merchantAccount === null ? {} : { merchantAccount },
  };
}

function offers({ context, environment, configuration }: ViewOf, payment: Payment) {
  const nowMs = context.ports.clock.nowMs();
  const asked = { ...payment, method: null };
  return availablePsps(configuration.routing, planRequest(environment, asked), {
    health: configuration.health(nowMs),
    nowMs,
    seed: payment.id,
  });
}

function routeEntry(configuration: Configuration, attempt: Attempt) {
  const connection = configuration.connection(attempt.connectionId);
  return {
    attempt_id: attempt.id,
    connection_id: attempt.connectionId,
    provider: attempt.provider,
    status: attempt.status,
    error: attempt.error,
    decline_code: attempt.decline?.code ?? '',
    labels: connection?.labels ?? [],
    routing_hints: connection?.routingHints ?? {},
    latency_ms: attempt.latencyMs,
  };
}

/** What the customer has to do, for a client that knows no PSP. Each has a `url` where there is a page for it. */
function nextAction(
  context: Context,
  record: PaymentRecord,
  attempt: Attempt,
): Record<string, unknown> | null {
  const { action } = attempt;
  if (action === null || attempt.status !== 'requires_action') return null;
  const base = `${context.publicUrl}/v1/payments/${record.payment.id}`;
  return actionView(action, {
    submitUrl: `${base}/submit-action`,
    checkoutUrl: () =>
      `${context.publicUrl}/checkout/${record.payment.id}/${clientSecretOf(context, record.payment)}`,
  });
}

function actionView(
  action: CustomerAction,
  urls: { submitUrl: string; checkoutUrl: () => string },
): Record<string, unknown> {
  switch (action.type) {
    case 'redirect':
      return { type: 'redirect', url: action.url };
    case 'client':
      return { type: 'redirect', url: urls.checkoutUrl() };
    case 'submit':
      return {
        type: 'submit',
        field: action.field,
        message: action.message,
        submit_url: urls.submitUrl,
      };
    case 'wait':
      return { type: 'wait', message: action.message };
    case 'ussd':
      return { type: 'ussd', code: action.code, message: action.message };
    case 'bank_transfer':
      return {
        type: 'bank_transfer',
        bank_name: action.bankName,
        account_number: action.accountNumber,
        account_name: action.accountName,
        expires_at: action.expiresAt,
        message: action.message,
      };
    case 'qr':
      return { type: 'qr', image_url: action.imageUrl, text: action.text };
  }
}
