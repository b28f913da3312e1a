// The record of one payment: what the merchant asked for, every attempt at a PSP, every capture, void and refund.
// Plain data; amounts in minor units of `currency`, times in epoch milliseconds.

import type { Decline } from '../attempt/decline.ts';
import type { CustomerAction } from '../attempt/outcome.ts';
import type { LedgerStatus } from '../ledger/words.ts';
import type { RoutePlan } from '../routing/plan.ts';
import type { TransactionFacts } from '../transaction/transaction.ts';
import type { PaymentStatus } from './status.ts';

export interface PaymentCustomer {
  readonly id: string | null;
  readonly email: string | null;
  readonly name: string | null;
  readonly phone: string | null;
}

/** What the merchant asked for beyond the columns of the payment: needed again at each attempt. */
export interface PaymentRequest {
  readonly instrument: {
    readonly token: string | null;
    readonly phone: string | null;
    readonly network: string | null;
    readonly bankCode: string | null;
    readonly accountNumber: string | null;
  } | null;
  readonly presentation: 'page' | 'client';
  readonly returnUrl: string | null;
  readonly cancelUrl: string | null;
  readonly saveInstrument: boolean;
  readonly allowedProviders: readonly string[];
  readonly prefer: readonly string[];
  readonly forcedConnectionId: string | null;
  /** What it has besides as a Connxt transaction. */
  readonly transaction?: TransactionFacts;
}

/**
 * Money in from a customer, out to somebody else, or between the merchant's own accounts at a PSP. The last two are only
 * recorded: what a PSP or a merchant told us of without saying which of these it is.
 */
export type PaymentType = 'pay_in' | 'payout' | 'transfer' | 'other' | 'unknown';

export interface Payment {
  readonly environmentId: string;
  readonly id: string;
  readonly type: PaymentType;
  readonly status: PaymentStatus;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly method: string | null;
  readonly country: string | null;
  readonly customerId: string | null;
  readonly customer: PaymentCustomer;
  readonly reference: string | null;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly captureMethod: 'automatic' | 'manual';
  readonly connectionId: string | null;
  readonly provider: string | null;
  readonly pspReference: string | null;
  readonly sealedClientSecret: string;
  readonly authorizedMinor: bigint;
  readonly capturedMinor: bigint;
  readonly capturePendingMinor: bigint;
  readonly refundedMinor: bigint;
  readonly refundPendingMinor: bigint;
  readonly feeMinor: bigint | null;
  readonly feeCurrency: string | null;
  readonly feeIsActual: boolean;
  /** Why an operator should look: two captures, a contradicted success, an amount that differs. */
  readonly conflict: Conflict | null;
  readonly plan: RoutePlan | null;
  /** Number of the plan's first attempt: a retry has a new plan, and may try connections of the old one again. */
  readonly planSince: number;
  readonly request: PaymentRequest;
  readonly source: string;
  readonly sourceId: string;
  readonly sourceDescription: string;
  readonly cancelRequestedAt: number | null;
  readonly capturedAt: number | null;
  readonly expiresAt: number;
  readonly dueAt: number | null;
  readonly eventSequence: number;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export type Conflict =
  /** Two attempts of one payment took money. */
  | 'duplicate_capture'
  /** Money arrived after the merchant had been told that the payment failed, was canceled or expired. */
  | 'late_success'
  /** A PSP says that money which it reported as taken was not. */
  | 'contradicted_success'
  /** The PSP took or gave back another amount or currency than was asked for. */
  | 'amount_mismatch'
  /** The schedule of questions ended and the outcome is still unknown. */
  | 'unresolved';

export type AttemptStatus =
  /** Committed, and to be sent by the worker. */
  | 'ready'
  /** A call is, or was when the process died, under way. */
  | 'sent'
  | 'unknown'
  | 'pending'
  | 'requires_action'
  | 'authorized'
  | 'succeeded'
  | 'declined'
  | 'not_sent'
  | 'canceled'
  | 'expired';

export interface Attempt {
  readonly environmentId: string;
  readonly id: string;
  readonly paymentId: string;
  /** 1 for the first try of the payment. */
  readonly number: number;
  readonly connectionId: string;
  readonly provider: string;
  /** `payout`: of a payout or a transfer. `record`: it was made elsewhere, and no PSP is ever called for it. */
  readonly operation: 'charge' | 'authorize' | 'payout' | 'record';
  readonly status: AttemptStatus;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly authorizedMinor: bigint;
  /** Taken from the customer; of a payout: paid out. */
  readonly capturedMinor: bigint;
  readonly pspReference: string | null;
  readonly pspState: Readonly<Record<string, string>>;
  readonly action: CustomerAction | null;
  readonly sealedToken: string | null;
  /** The customer was shown a page or a prompt: no other connection before this attempt is closed (F12). */
  readonly prompted: boolean;
  readonly decline: Decline | null;
  readonly error: string;
  readonly latencyMs: number;
  /** The connector's input as JSON text (bigint as text), so that a repeat under the same key is byte-identical. */
  readonly input: string;
  readonly sentAt: number | null;
  readonly nextSyncAt: number | null;
  readonly syncCount: number;
  readonly notFoundCount: number;
  readonly firstNotFoundAt: number | null;
  /** What the ledger calls it (domain/ledger): its type, its name, its status, and what is left of the amount. */
  readonly type: PaymentType;
  readonly reference: string;
  readonly ledgerStatus: LedgerStatus;
  readonly ledgerMinor: bigint;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export type OperationStatus =
  | 'sent'
  | 'unknown'
  | 'pending'
  | 'succeeded'
  | 'failed'
  | 'manual_review';

/** A capture, void or refund of one attempt, or the reversal of a payout. Its id is its key at the PSP. */
export interface Operation {
  readonly environmentId: string;
  readonly id: string;
  readonly paymentId: string;
  readonly attemptId: string;
  readonly connectionId: string;
  readonly provider: string;
  /** `reversal`: money called back from a payout. */
  readonly kind: 'capture' | 'void' | 'refund' | 'reversal';
  readonly status: OperationStatus;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly reason: string;
  readonly pspReference: string | null;
  readonly pspState: Readonly<Record<string, string>>;
  readonly decline: Decline | null;
  readonly error: string;
  readonly sentAt: number | null;
  readonly nextSyncAt: number | null;
  readonly syncCount: number;
  readonly notFoundCount: number;
  readonly firstNotFoundAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export type EvidenceSource =
  | 'merchant'
  | 'reply'
  | 'webhook'
  | 'poll'
  | 'redirect'
  | 'operator'
  | 'system';

/** One append-only line of a payment's history. */
export interface Adjustment {
  readonly attemptId: string | null;
  readonly operationId: string | null;
  readonly source: EvidenceSource;
  readonly reason: string;
  readonly fromStatus: string;
  readonly toStatus: string;
  readonly attemptFrom: string | null;
  readonly attemptTo: string | null;
  /** What was received, redacted and bounded. */
  readonly evidence: unknown;
  /** Set when the line is an adjustment of the ledger. */
  readonly ledger?: LedgerLine;
  readonly createdAt: number;
}

export interface LedgerLine {
  readonly status: LedgerStatus;
  readonly amountMinor: bigint;
  /** What was recorded with it; of what we did ourselves there is only the time of the line. */
  readonly recorded?: {
    readonly reference: string;
    /** RFC 3339. */
    readonly occurredAt: string;
  };
}

export interface PaymentRecord {
  readonly payment: Payment;
  /** By number, oldest first. */
  readonly attempts: readonly Attempt[];
  /** Oldest first. */
  readonly operations: readonly Operation[];
}

export function attemptOf(record: PaymentRecord, id: string): Attempt {
  const attempt = record.attempts.find((one) => one.id === id);
  if (!attempt) throw new Error(`payment ${record.payment.id} has no attempt ${id}`);
  return attempt;
}

export function operationOf(record: PaymentRecord, id: string): Operation {
  const operation = record.operations.find((one) => one.id === id);
  if (!operation) throw new Error(`payment ${record.payment.id} has no operation ${id}`);
  return operation;
}

/** It was made elsewhere: nothing is ever asked or done at a PSP for it. */
export function isRecorded({ attempts }: PaymentRecord): boolean {
  return attempts[0]?.operation === 'record';
}

/** The operation of its call. A recorded attempt has none, and whoever would call a PSP for it is stopped here. */
export function sentAs({ id, operation }: Attempt): Exclude<Attempt['operation'], 'record'> {
  if (operation === 'record')
    throw new Error(`attempt ${id} was recorded: no PSP is called for it`);
  return operation;
}

export function latestAttempt(record: PaymentRecord): Attempt | null {
  return record.attempts.at(-1) ?? null;
}

/** Taken or set aside at the PSP, in whatever amount. */
export function holdsMoney(attempt: Attempt): boolean {
  return (
    attempt.capturedMinor > 0n || attempt.status === 'authorized' || attempt.status === 'succeeded'
  );
}

const FINAL: ReadonlySet<AttemptStatus> = new Set([
  'succeeded',
  'declined',
  'not_sent',
  'canceled',
  'expired',
]);

export function isFinalAttempt(attempt: Attempt): boolean {
  return FINAL.has(attempt.status);
}

export function isOpenOperation(operation: Operation): boolean {
  return (
    operation.status === 'sent' ||
    operation.status === 'unknown' ||
    operation.status === 'pending' ||
    operation.status === 'manual_review'
  );
}

/** Money goes back to where it came from: to the customer, or from a beneficiary to the merchant. */
export function givesBack({ kind }: Pick<Operation, 'kind'>): boolean {
  return kind === 'refund' || kind === 'reversal';
}
