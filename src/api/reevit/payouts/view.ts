// A payout and a beneficiary in Reevit's words; accounts are masked (api/reevit.md section 9.1).
import {
  type Attempt,
  latestAttempt,
  type PaymentRecord,
} from '../../../domain/payment/payment.ts';
import type { Beneficiary } from '../../../domain/payout/beneficiary.ts';
import type { Environment } from '../../../flows/context.ts';
import type { Payout, PayoutFilter } from '../../../store/payouts.ts';
import { time, timeOrNull } from '../schemas.ts';

type Word = 'pending' | 'processing' | 'succeeded' | 'failed' | 'reversed' | 'canceled';

/** Each word as a question to the store; `statusOf` is its inverse. */
export const STATUS_FILTERS: Readonly<Record<Word, Omit<PayoutFilter, 'type'>>> = {
  pending: { statuses: ['awaiting_approval', 'pending'], wasPaid: null, wasBegun: false },
  processing: { statuses: ['pending', 'requires_action'], wasPaid: null, wasBegun: true },
  succeeded: {
    statuses: ['succeeded', 'partially_captured', 'partially_refunded'],
    wasPaid: null,
    wasBegun: null,
  },
  failed: { statuses: ['failed'], wasPaid: false, wasBegun: null },
  reversed: { statuses: ['failed', 'refunded'], wasPaid: true, wasBegun: null },
  canceled: { statuses: ['canceled', 'abandoned', 'expired'], wasPaid: null, wasBegun: null },
};

function statusOf({ payment, attempts }: PaymentRecord): Word {
  switch (payment.status) {
    case 'awaiting_approval':
      return 'pending';
    case 'failed':
      // Paid out, and come back.
      return payment.capturedAt === null ? 'failed' : 'reversed';
    case 'refunded':
      return 'reversed';
    case 'canceled':
    case 'abandoned':
    case 'expired':
      return 'canceled';
    case 'pending':
    case 'requires_action':
      return attempts.length === 0 ? 'pending' : 'processing';
    default:
      return 'succeeded';
  }
}

export type PayoutFacts = Pick<
  Payout,
  'connectionId' | 'beneficiary' | 'beneficiaryId' | 'reference' | 'scheduledAt'
>;

export function payoutView(environment: Environment, record: PaymentRecord, payout: PayoutFacts) {
  const { payment } = record;
  const status = statusOf(record);
  const isOver = status !== 'pending' && status !== 'processing';
  const latest = latestAttempt(record);
  return {
    id: payment.id,
    org_id: environment.organizationId,
    mode: environment.mode,
    connection_id: payment.connectionId ?? payout.connectionId,
    provider: payment.provider ?? '',
    amount: Number(payment.amountMinor),
    currency: payment.currency,
    status,
    beneficiary: payout.beneficiary && beneficiaryView(payout.beneficiary),
    beneficiary_id: payout.beneficiaryId ?? '',
    narration: payment.description ?? '',
    reference: payout.reference,
    provider_ref: payment.pspReference ?? '',
    failure_reason: status === 'failed' || status === 'reversed' ? (latest?.error ?? '') : '',
    metadata: payment.metadata,
    next_action: nextAction(latest),
    requires_confirmation: payment.status === 'awaiting_approval',
    scheduled_at: timeOrNull(payout.scheduledAt),
    conflict: payment.conflict,
    completed_at: timeOrNull(isOver ? (payment.capturedAt ?? payment.updatedAt) : null),
    created_at: time(payment.createdAt),
    updated_at: time(payment.updatedAt),
  };
}

/** What the merchant has to submit before it goes on. */
function nextAction(latest: Attempt | null) {
  const action = latest?.status === 'pending' ? latest.action : null;
  if (action?.type !== 'submit') return null;
  return { type: 'submit', field: action.field, message: action.message };
}

export function beneficiaryView({ type, name, accountNumber, bankCode }: Beneficiary) {
  return type === 'bank'
    ? { type, name, account_number: accountNumber, bank_code: bankCode }
    : { type, name, phone: accountNumber, provider: bankCode };
}
