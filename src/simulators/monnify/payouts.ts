// Disbursements (psp/monnify.md section 2.5). The money is held from the request on. Account numbers that end
// differently: 9990000001 fails, 9990000002 is paid and comes back, 9990000003 asks the merchant for an OTP (123456),
// 9990000004 stays under way, 9990000005 does not exist.
import type { Collection } from '../books.ts';
import type { Parts } from '../simulator.ts';
import { feeOf, numberOf } from './amounts.ts';
import type { Emit } from './events.ts';
import { lagosClock, newReference } from './wire.ts';

export type PayoutStatus =
  | 'PENDING_AUTHORIZATION'
  | 'AWAITING_PROCESSING'
  | 'SUCCESS'
  | 'FAILED'
  | 'REVERSED';

export interface Payout {
  readonly reference: string;
  readonly transactionReference: string;
  readonly minor: number;
  readonly narration: string;
  readonly bankCode: string;
  readonly accountNumber: string;
  readonly accountName: string;
  readonly source: string;
  readonly status: PayoutStatus;
  readonly createdMs: number;
  readonly completedMs: number | null;
}

/** What the merchant asks for. */
type Ordered = Omit<Payout, 'transactionReference' | 'status' | 'createdMs' | 'completedMs'>;

export type Payouts = ReturnType<typeof createPayouts>;

const PROCESSING_MS = 500;
const ENDS: Readonly<Partial<Record<string, 'FAILED' | 'AWAITING_PROCESSING'>>> = {
  '9990000001': 'FAILED',
  '9990000004': 'AWAITING_PROCESSING',
};
const COMES_BACK = '9990000002';
const NEEDS_OTP = '9990000003';
export const NO_ACCOUNT = '9990000005';

export function createPayouts(parts: Parts, emit: Emit) {
  const { books, ports, schedule } = parts;
  const payouts: Collection<Payout> = books.collection('payouts');

  schedule.task('payout', (key, reference) => {
    const payout = payouts.get(key, reference);
    if (payout?.status !== 'AWAITING_PROCESSING') return;
    const status = ENDS[payout.accountNumber] ?? 'SUCCESS';
    if (status === 'AWAITING_PROCESSING') return;
    end(key, payout, status);
    if (payout.accountNumber === COMES_BACK)
      schedule.after(PROCESSING_MS, key, 'payout_return', reference);
  });
  schedule.task('payout_return', (key, reference) => {
    const payout = payouts.get(key, reference);
    if (payout?.status === 'SUCCESS') end(key, payout, 'REVERSED');
  });

  const EVENTS = {
    SUCCESS: 'SUCCESSFUL_DISBURSEMENT',
    FAILED: 'FAILED_DISBURSEMENT',
    REVERSED: 'REVERSED_DISBURSEMENT',
  } as const;

  function end(key: string, old: Payout, status: keyof typeof EVENTS): void {
    const completedMs = ports.clock.nowMs();
    const ended = payouts.put(key, old.reference, { ...old, status, completedMs });
    const { reference, minor } = ended;
    const about = { operation: 'payout', reference, minor, simulate: null } as const;
    emit(key, EVENTS[status], renderEvent(ended), about);
  }

  function start(key: string, old: Payout, lateMs = PROCESSING_MS): Payout {
    schedule.after(lateMs, key, 'payout', old.reference);
    return payouts.put(key, old.reference, { ...old, status: 'AWAITING_PROCESSING' });
  }

  return {
    payouts,
    start,
    open(key: string, fields: Ordered, lateMs: number | null): Payout {
      const createdMs = ports.clock.nowMs();
      const transactionReference = newReference(books, 'MFDS', createdMs);
      const status = 'PENDING_AUTHORIZATION' as const;
      const made = { ...fields, transactionReference, status, createdMs, completedMs: null };
      payouts.put(key, fields.reference, made);
      return fields.accountNumber === NEEDS_OTP ? made : start(key, made, lateMs ?? undefined);
    },
  };
}

function renderEvent(payout: Payout): object {
  return {
    amount: numberOf(payout.minor),
    transactionReference: payout.transactionReference,
    fee: numberOf(feeOf(payout.minor)),
    transactionDescription: describe(payout),
    destinationAccountNumber: payout.accountNumber,
    sessionId: 'demoSession3',
    createdOn: lagosClock(payout.createdMs),
    destinationAccountName: payout.accountName,
    reference: payout.reference,
    destinationBankCode: payout.bankCode,
    completedOn: lagosClock(payout.completedMs ?? payout.createdMs),
    narration: payout.narration,
    currency: 'NGN',
    destinationBankName: 'GTBank',
    status: payout.status,
  };
}

function describe({ status }: Payout): string {
  if (status === 'SUCCESS') return 'Approved or completed successfully';
  if (status === 'FAILED') return 'Transaction failed at the beneficiary bank';
  return status === 'REVERSED' ? 'Transaction was reversed' : 'Transaction is being processed';
}

/** What a disbursement answers. */
export function renderPayout(payout: Payout): object {
  return {
    amount: numberOf(payout.minor),
    reference: payout.reference,
    status: payout.status,
    dateCreated: new Date(payout.createdMs).toISOString().replace('Z', '+00:00'),
    totalFee: numberOf(feeOf(payout.minor)),
    destinationAccountName: payout.accountName,
    destinationBankName: 'GTBank',
    destinationAccountNumber: payout.accountNumber,
    destinationBankCode: payout.bankCode,
    comment: describe(payout),
  };
}

export function renderSummary(payout: Payout): object {
  return {
    amount: numberOf(payout.minor),
    reference: payout.reference,
    narration: payout.narration,
    currency: 'NGN',
    fee: numberOf(feeOf(payout.minor)),
    twoFaEnabled: payout.accountNumber === NEEDS_OTP,
    status: payout.status,
    transactionDescription: describe(payout),
    transactionReference: payout.transactionReference,
    createdOn: new Date(payout.createdMs).toISOString().replace('Z', '+0000'),
    sourceAccountNumber: payout.source,
    destinationAccountNumber: payout.accountNumber,
    destinationAccountName: payout.accountName,
    destinationBankCode: payout.bankCode,
    destinationBankName: 'GTBank',
  };
}
