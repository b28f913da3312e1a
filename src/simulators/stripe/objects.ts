// The objects in Stripe's books, in Stripe's own wire shape (psp/stripe.md sections 2 and 9; the SDK's types), plus
// `sim`: what only the simulator knows, which never leaves it. Amounts are JSON integers in Stripe's unit, below 2^53.
import type { TestCard } from './cards.ts';

export type Metadata = Readonly<Record<string, string>>;

/** What the simulator remembers about where an object came from. */
export interface Origin {
  /** The merchant's own reference: client_reference_id, or the root of the idempotency key. */
  readonly reference: string;
  /** `metadata.payment_id`. */
  readonly paymentId: string | null;
  /** `metadata.simulate`. */
  readonly simulate: string | null;
}

/** The PSP's own answers that a fault asks for (`decline:<reason>`, `late_success:<ms>`, `dispute`). */
export interface Wishes {
  readonly decline: string | null;
  readonly lateMs: number | null;
  readonly dispute: boolean;
}

export interface StripeObject {
  readonly id: string;
  readonly object: string;
  readonly created: number;
  readonly livemode: boolean;
  readonly sim: object;
}

export interface LastError {
  readonly type: string;
  readonly code: string;
  readonly decline_code?: string;
  readonly advice_code?: string;
  readonly network_decline_code?: string;
  readonly message: string;
  readonly doc_url: string;
  readonly charge?: string;
  readonly payment_method?: object;
}

export type IntentStatus =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'processing'
  | 'requires_capture'
  | 'succeeded'
  | 'canceled';

export type CaptureMethod = 'automatic' | 'automatic_async' | 'manual';

export interface Intent extends StripeObject {
  readonly object: 'payment_intent';
  readonly amount: number;
  readonly amount_capturable: number;
  readonly amount_received: number;
  readonly automatic_payment_methods: {
    readonly enabled: boolean;
    readonly allow_redirects: 'always' | 'never';
  } | null;
  readonly canceled_at: number | null;
  readonly cancellation_reason: string | null;
  readonly capture_method: CaptureMethod;
  readonly client_secret: string;
  readonly confirmation_method: 'automatic' | 'manual';
  readonly currency: string;
  readonly customer: string | null;
  readonly description: string | null;
  readonly last_payment_error: LastError | null;
  readonly latest_charge: string | null;
  readonly metadata: Metadata;
  readonly next_action: object | null;
  readonly payment_method: string | null;
  readonly payment_method_types: readonly string[];
  readonly processing: object | null;
  readonly receipt_email: string | null;
  readonly setup_future_usage: 'on_session' | 'off_session' | null;
  readonly shipping: unknown;
  readonly statement_descriptor: string | null;
  readonly statement_descriptor_suffix: string | null;
  readonly status: IntentStatus;
  readonly transfer_group: string | null;
  readonly sim: Origin & {
    readonly returnUrl: string | null;
    /** The Checkout Session that made it. */
    readonly sessionId: string | null;
    /** Asked for when it was made or confirmed, carried out when it is paid. */
    readonly wishes: Wishes;
  };
}

export interface Charge extends StripeObject {
  readonly object: 'charge';
  readonly amount: number;
  readonly amount_captured: number;
  readonly amount_refunded: number;
  readonly balance_transaction: string | null;
  readonly captured: boolean;
  readonly currency: string;
  readonly customer: string | null;
  readonly description: string | null;
  readonly dispute: string | null;
  readonly disputed: boolean;
  readonly failure_code: string | null;
  readonly failure_message: string | null;
  readonly metadata: Metadata;
  readonly outcome: object;
  readonly paid: boolean;
  readonly payment_intent: string;
  readonly payment_method: string;
  readonly payment_method_details: object;
  readonly receipt_email: string | null;
  readonly refunded: boolean;
  readonly status: 'succeeded' | 'failed';
  readonly sim: Origin & { readonly card: TestCard; readonly captureBefore: number | null };
}

export interface PaymentMethod extends StripeObject {
  readonly object: 'payment_method';
  readonly type: 'card';
  readonly billing_details: object;
  readonly card: object;
  readonly customer: string | null;
  readonly metadata: Metadata;
  readonly sim: {
    readonly card: TestCard;
    /** Saved for off-session use with authentication done: `unless_set_up` cards need no more. */
    readonly setUp: boolean;
    /** Charged or detached without a customer: Stripe does not take it a second time. */
    readonly spent: boolean;
  };
}

export interface Customer extends StripeObject {
  readonly object: 'customer';
  readonly email: string | null;
  readonly name: string | null;
  readonly phone: string | null;
  readonly description: string | null;
  readonly metadata: Metadata;
}

export type RefundStatus = 'pending' | 'requires_action' | 'succeeded' | 'failed' | 'canceled';

export interface Refund extends StripeObject {
  readonly object: 'refund';
  readonly amount: number;
  readonly balance_transaction: string | null;
  readonly charge: string;
  readonly currency: string;
  readonly destination_details: object;
  readonly failure_balance_transaction?: string;
  readonly failure_reason?: string;
  readonly metadata: Metadata;
  readonly payment_intent: string;
  readonly reason: string | null;
  readonly status: RefundStatus;
  readonly sim: Origin & {
    /** The release of an authorization: no money had moved. */
    readonly reversal: boolean;
    readonly later: 'succeeded' | 'failed' | null;
  };
}

export interface CheckoutSession extends StripeObject {
  readonly object: 'checkout.session';
  readonly amount_subtotal: number;
  readonly amount_total: number;
  readonly cancel_url: string | null;
  readonly client_reference_id: string | null;
  readonly currency: string;
  readonly customer: string | null;
  readonly customer_email: string | null;
  readonly customer_details: object | null;
  readonly expires_at: number;
  readonly metadata: Metadata;
  readonly mode: 'payment';
  readonly payment_intent: string | null;
  readonly payment_method_types: readonly string[];
  readonly payment_status: 'unpaid' | 'paid' | 'no_payment_required';
  readonly status: 'open' | 'complete' | 'expired';
  readonly success_url: string;
  readonly url: string | null;
  readonly sim: Origin & {
    readonly wishes: Wishes;
    readonly createsCustomer: boolean;
    readonly intent: {
      readonly captureMethod: CaptureMethod;
      readonly description: string | null;
      readonly metadata: Metadata;
      readonly receiptEmail: string | null;
      readonly setupFutureUsage: 'on_session' | 'off_session' | null;
      readonly statementDescriptorSuffix: string | null;
    };
    readonly lines: readonly {
      readonly name: string;
      readonly unitAmount: number;
      readonly quantity: number;
    }[];
  };
}

export interface BalanceTransaction extends StripeObject {
  readonly object: 'balance_transaction';
  readonly amount: number;
  readonly available_on: number;
  readonly currency: string;
  readonly description: string | null;
  readonly fee: number;
  readonly net: number;
  readonly reporting_category: string;
  readonly source: string;
  readonly type: string;
}

export type DisputeStatus =
  | 'warning_needs_response'
  | 'warning_under_review'
  | 'warning_closed'
  | 'needs_response'
  | 'under_review'
  | 'won'
  | 'lost';

export interface Dispute extends StripeObject {
  readonly object: 'dispute';
  readonly amount: number;
  readonly balance_transactions: readonly object[];
  readonly charge: string;
  readonly currency: string;
  readonly evidence: Readonly<Record<string, string | null>>;
  readonly evidence_details: {
    readonly due_by: number;
    readonly has_evidence: boolean;
    readonly past_due: boolean;
    readonly submission_count: number;
  };
  readonly is_charge_refundable: boolean;
  readonly metadata: Metadata;
  readonly payment_intent: string;
  readonly reason: string;
  readonly status: DisputeStatus;
  readonly sim: Origin;
}

export interface Payout extends StripeObject {
  readonly object: 'payout';
  readonly amount: number;
  readonly arrival_date: number;
  readonly balance_transaction: string | null;
  readonly currency: string;
  readonly description: string | null;
  readonly destination: string;
  readonly failure_balance_transaction: string | null;
  readonly failure_code: string | null;
  readonly failure_message: string | null;
  readonly metadata: Metadata;
  readonly method: 'standard' | 'instant';
  readonly statement_descriptor: string | null;
  readonly status: 'pending' | 'in_transit' | 'paid' | 'failed' | 'canceled';
  readonly sim: Origin & { readonly failure: string | null };
}

/** Money sent to a connected account. */
export interface Transfer extends StripeObject {
  readonly object: 'transfer';
  readonly amount: number;
  readonly amount_reversed: number;
  readonly balance_transaction: string;
  readonly currency: string;
  readonly description: string | null;
  readonly destination: string;
  readonly metadata: Metadata;
  readonly reversals: { readonly data: readonly object[]; readonly url: string };
  readonly reversed: boolean;
  readonly transfer_group: string;
  readonly sim: Origin;
}

export interface TransferReversal extends StripeObject {
  readonly object: 'transfer_reversal';
  readonly amount: number;
  readonly balance_transaction: string;
  readonly currency: string;
  readonly metadata: Metadata;
  readonly transfer: string;
  readonly sim: Origin;
}

/** Another's account that belongs to the merchant's platform. */
export interface ConnectedAccount extends StripeObject {
  readonly object: 'account';
  readonly business_profile: { readonly name: string | null; readonly url: null };
  readonly country: string;
  readonly default_currency: string;
  readonly email: string | null;
  readonly metadata: Metadata;
  readonly type: 'custom' | 'express' | 'standard';
}

export interface StripeEvent extends StripeObject {
  readonly object: 'event';
  readonly api_version: string;
  readonly data: { readonly object: object; readonly previous_attributes?: object };
  readonly pending_webhooks: number;
  readonly request: { readonly id: string | null; readonly idempotency_key: string | null };
  readonly type: string;
}

export interface WebhookEndpoint extends StripeObject {
  readonly object: 'webhook_endpoint';
  readonly api_version: string | null;
  readonly description: string | null;
  readonly enabled_events: readonly string[];
  readonly metadata: Metadata;
  readonly status: 'enabled' | 'disabled';
  readonly url: string;
  readonly sim: { readonly secret: string };
}
