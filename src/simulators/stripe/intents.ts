// PaymentIntents: made, changed, captured, canceled (psp/stripe.md section 2.1). Confirming is in confirm.ts.
import type { Account } from './account.ts';
import { chargeCaptured } from './charges.ts';
import { unexpectedState } from './confirm.ts';
import { checkAmount, checkFraction } from './currencies.ts';
import { disputeIfWanted } from './disputes.ts';
import { noSuch, refused } from './errors.ts';
import { emit } from './events.ts';
import { mergedMetadata, originOf } from './metadata.ts';
import type { CaptureMethod, Intent, IntentStatus, Metadata, Origin, Wishes } from './objects.ts';
import { releaseCharge } from './refunds.ts';
import { sessionPaid } from './session-payment.ts';
import { wire } from './wire.ts';

export interface IntentInput {
  readonly amount: number;
  readonly currency: string;
  readonly captureMethod: CaptureMethod;
  readonly confirmationMethod?: 'automatic' | 'manual';
  readonly automatic?: Intent['automatic_payment_methods'];
  readonly methodTypes?: readonly string[];
  readonly customer?: string | null;
  readonly description?: string | null;
  readonly metadata: Metadata;
  readonly paymentMethod?: string | null;
  readonly receiptEmail?: string | null;
  readonly setupFutureUsage?: Intent['setup_future_usage'];
  readonly shipping?: unknown;
  readonly statementDescriptor?: string | null;
  readonly statementDescriptorSuffix?: string | null;
  readonly transferGroup?: string | null;
  readonly sessionId?: string;
  readonly origin?: Origin;
  readonly wishes?: Wishes;
}

export function createIntent(account: Account, input: IntentInput): Intent {
  checkAmount(input.amount, input.currency);
  const id = account.newId('pi');
  const { paymentMethod = null } = input;
  const intent = account.intents.put({
    id,
    object: 'payment_intent',
    amount: input.amount,
    amount_capturable: 0,
    amount_received: 0,
    automatic_payment_methods: input.automatic ?? null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: input.captureMethod,
    client_secret: `${id}_secret_${account.newSecret(25)}`,
    confirmation_method: input.confirmationMethod ?? 'automatic',
    created: account.nowS(),
    currency: input.currency,
    customer: input.customer ?? null,
    description: input.description ?? null,
    last_payment_error: null,
    latest_charge: null,
    livemode: account.livemode,
    metadata: input.metadata,
    next_action: null,
    payment_method: paymentMethod,
    payment_method_types: input.methodTypes ?? ['card'],
    processing: null,
    receipt_email: input.receiptEmail ?? null,
    setup_future_usage: input.setupFutureUsage ?? null,
    shipping: input.shipping ?? null,
    statement_descriptor: input.statementDescriptor ?? null,
    statement_descriptor_suffix: input.statementDescriptorSuffix ?? null,
    status: paymentMethod === null ? 'requires_payment_method' : 'requires_confirmation',
    transfer_group: input.transferGroup ?? null,
    sim: {
      ...(input.origin ?? originOf(account, input.metadata, id)),
      returnUrl: null,
      sessionId: input.sessionId ?? null,
      wishes: input.wishes ?? account.wishes,
    },
  });
  emit(account, 'payment_intent.created', intent);
  return intent;
}

export function findIntent(account: Account, id: string, param = 'intent'): Intent {
  const intent = account.intents.get(id);
  if (!intent) throw noSuch('payment_intent', id, param, param === 'intent' ? 404 : 400);
  return intent;
}

export interface IntentChange {
  readonly amount?: number | undefined;
  readonly currency?: string | undefined;
  readonly metadata?: Metadata | null | undefined;
  /** Fields that replace those of the intent as they are. */
  readonly fields: Partial<Intent>;
}

const OPEN: readonly IntentStatus[] = [
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
];

/** Once paid or canceled, only descriptive fields can change. */
export function updateIntent(account: Account, before: Intent, change: IntentChange): Intent {
  const { amount = before.amount, currency = before.currency, fields } = change;
  const moneyChanges = amount !== before.amount || currency !== before.currency;
  const methodChanges = fields.payment_method !== undefined;
  if ((moneyChanges || methodChanges) && !OPEN.includes(before.status))
    throw unexpectedState(before, 'updated', OPEN);
  if (moneyChanges) checkAmount(amount, currency);
  return account.intents.put({
    ...before,
    ...fields,
    amount,
    currency,
    metadata: mergedMetadata(before.metadata, change.metadata),
    ...(methodChanges ? { status: 'requires_confirmation', next_action: null } : {}),
  });
}

export function captureIntent(account: Account, before: Intent, amount: number): Intent {
  if (before.status !== 'requires_capture')
    throw unexpectedState(before, 'captured', ['requires_capture']);
  if (amount > before.amount_capturable) {
    throw refused(
      'amount_too_large',
      'The requested capture amount is greater than the authorized amount.',
      { param: 'amount_to_capture', payment_intent: wire(before) },
    );
  }
  checkFraction(amount, before.currency, 'amount_to_capture');
  const charge = chargeCaptured(account, account.charges.get(before.latest_charge!)!, amount);
  const captured = account.intents.put({
    ...before,
    amount_capturable: 0,
    amount_received: amount,
    status: 'succeeded',
  });
  emit(account, 'payment_intent.succeeded', captured);
  sessionPaid(account, captured);
  disputeIfWanted(account, captured, charge);
  return captured;
}

/** A card payment that is with the bank cannot be called back, so `processing` is not among these. */
const CANCELABLE: readonly IntentStatus[] = [...OPEN, 'requires_capture'];

export function cancelIntent(account: Account, before: Intent, reason: string | null): Intent {
  if (!CANCELABLE.includes(before.status)) throw unexpectedState(before, 'canceled', CANCELABLE);
  const session = before.sim.sessionId === null ? null : account.sessions.get(before.sim.sessionId);
  if (session?.status === 'open') {
    throw refused(
      'payment_intent_unexpected_state',
      'You cannot cancel PaymentIntents that were created by Checkout. Expire the Checkout Session instead.',
      { payment_intent: wire(before) },
    );
  }
  return canceled(account, before, reason);
}

/** Ends an intent without money: releases the authorization when there is one. */
export function canceled(account: Account, before: Intent, reason: string | null): Intent {
  const intent = account.intents.put({
    ...before,
    amount_capturable: 0,
    canceled_at: account.nowS(),
    cancellation_reason: reason,
    next_action: null,
    status: 'canceled',
  });
  if (before.status === 'requires_capture') {
    const charge = account.charges.get(before.latest_charge!)!;
    releaseCharge(account, charge, reason);
  }
  emit(account, 'payment_intent.canceled', intent);
  return intent;
}

/** The planned end of an authorization that nobody captured; does nothing when it ended otherwise. */
export function expireCapture(account: Account, intentId: string): void {
  const intent = account.intents.get(intentId);
  if (intent?.status === 'requires_capture') canceled(account, intent, 'automatic');
}
