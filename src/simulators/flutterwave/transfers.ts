// Payouts (psp/flutterwave.md section 2.5): transfers from the balance, asynchronous. The money is held from the request
// on. Account numbers that end differently: 9990000001 fails, 9990000003 waits for an approval in the dashboard,
// 9990000004 stays with the bank, 9990000005 does not exist; references that end in `_PMCK_ST_F` fail.
import type { Collection } from '../books.ts';
import type { Parts } from '../simulator.ts';
import { majorOf } from './currencies.ts';
import type { Emit } from './events.ts';
import { iso } from './wire.ts';

export interface Transfer {
  readonly id: number;
  readonly reference: string;
  readonly minor: number;
  readonly feeMinor: number;
  readonly currency: string;
  readonly accountNumber: string;
  readonly accountBank: string;
  readonly name: string;
  readonly narration: string;
  readonly status: 'NEW' | 'PENDING' | 'SUCCESSFUL' | 'FAILED';
  readonly requiresApproval: boolean;
  readonly completeMessage: string;
  readonly simulate: string | null;
  readonly paymentId: string | null;
  readonly callbackUrl: string | null;
  readonly createdMs: number;
}

export type Transfers = ReturnType<typeof createTransfers>;

const PROCESSING_MS = 500;
const FAILS = '9990000001';
const WAITS = new Set(['9990000003', '9990000004']);
export const NEEDS_APPROVAL = '9990000003';
export const NO_ACCOUNT = '9990000005';

export function createTransfers(parts: Parts, emit: Emit) {
  const { books, ports, schedule } = parts;
  const transfers: Collection<Transfer> = books.collection('transfers');
  const byReference = books.collection<{ id: number }>('_transfer_of');

  schedule.task('transfer', (key, id) => {
    const transfer = transfers.get(key, id);
    if (transfer?.status !== 'NEW' || WAITS.has(transfer.accountNumber)) return;
    const fails = transfer.accountNumber === FAILS || /_PMCK(_ST)?_F/.test(transfer.reference);
    const ended = transfers.put(key, id, {
      ...transfer,
      status: fails ? 'FAILED' : 'SUCCESSFUL',
      completeMessage: fails
        ? 'DISBURSE FAILED: Transaction could not be processed by the bank'
        : 'Successful',
    });
    announce(key, ended);
  });

  function announce(key: string, transfer: Transfer): void {
    const { full_name: fullname, ...data } = renderTransfer(transfer);
    const body = {
      event: 'transfer.completed',
      'event.type': 'Transfer',
      data: { ...data, fullname, approver: null },
    };
    const { reference, minor, simulate } = transfer;
    const event = 'transfer.completed';
    emit(key, body, { event, operation: 'payout', reference, minor, simulate });
  }

  return {
    transfers,
    find: (key: string, reference: string) => {
      const known = byReference.get(key, reference);
      return known && transfers.get(key, known.id);
    },
    open: (key: string, fields: Omit<Transfer, 'id' | 'createdMs'>, lateMs: number | null) => {
      const id = books.next('transfer', 600_001);
      byReference.put(key, fields.reference, { id });
      schedule.after(lateMs ?? PROCESSING_MS, key, 'transfer', id);
      return transfers.put(key, id, { ...fields, id, createdMs: ports.clock.nowMs() });
    },
  };
}

export function renderTransfer(transfer: Transfer): Record<string, unknown> {
  const { id, minor, feeMinor, currency, status, reference, narration, createdMs } = transfer;
  return {
    id,
    account_number: transfer.accountNumber,
    bank_code: transfer.accountBank,
    full_name: transfer.name,
    created_at: iso(createdMs),
    currency,
    debit_currency: currency,
    amount: majorOf(minor, currency),
    fee: majorOf(feeMinor, currency),
    status,
    reference,
    meta: null,
    narration,
    complete_message: transfer.completeMessage,
    requires_approval: transfer.requiresApproval ? 1 : 0,
    is_approved: transfer.requiresApproval ? 0 : 1,
    bank_name: 'EXAMPLE BANK',
  };
}
