// Payouts (psp/paystack.md section 2.7): transfers from the balance, asynchronous. The money is held from the request
// on. Account numbers that end differently: 9990000001 fails, 9990000002 is paid and comes back, 9990000003 asks for an
// OTP (123456), 9990000004 stays pending.
import type { Collection } from '../books.ts';
import type { Parts } from '../simulator.ts';
import type { Emit } from './events.ts';
import { type Recipient, recipientsOf, renderRecipient } from './recipients.ts';
import { BUSINESS, domainOf, type Fields, INTEGRATION, iso } from './wire.ts';

export type TransferStatus = 'otp' | 'pending' | 'success' | 'failed' | 'reversed';

export interface Transfer {
  readonly id: number;
  readonly code: string;
  readonly reference: string;
  readonly amount: number;
  readonly currency: string;
  readonly recipientCode: string;
  readonly reason: string | null;
  readonly status: TransferStatus;
  /** How it ends when it is processed; `pending` never does. */
  readonly fate: TransferStatus;
  readonly failure: string | null;
  readonly delayMs: number;
  readonly simulate: string | null;
  readonly paymentId: string | null;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly transferredMs: number | null;
}

export const PROCESSING_MS = 500;

export const FATES: Readonly<Record<string, TransferStatus>> = {
  '9990000001': 'failed',
  '9990000002': 'reversed',
  '9990000004': 'pending',
};

export type Transfers = ReturnType<typeof createTransfers>;

export function createTransfers(parts: Parts, emit: Emit) {
  const { books, ports, schedule } = parts;
  const transfers: Collection<Transfer> = books.collection('transfers');
  const byReference = books.collection<{ code: string }>('_transfer_of');
  const settings = books.collection<{ otp: boolean }>('_transfer_settings');
  const recipients = recipientsOf(parts);
  const now = () => ports.clock.nowMs();

  schedule.task('transfer', (key, code) => {
    const transfer = transfers.get(key, code);
    if (transfer?.status !== 'pending' || transfer.fate === 'pending') return;
    if (transfer.fate !== 'reversed') return void end(key, transfer, transfer.fate);
    end(key, transfer, 'success');
    schedule.after(PROCESSING_MS, key, 'transfer_return', code);
  });
  schedule.task('transfer_return', (key, code) => {
    const transfer = transfers.get(key, code);
    if (transfer?.status === 'success') end(key, transfer, 'reversed');
  });

  function end(key: string, old: Transfer, status: TransferStatus): void {
    const transferredMs = status === 'failed' ? null : (old.transferredMs ?? now());
    const changed = { ...old, status, transferredMs, updatedMs: now() };
    transfers.put(key, old.code, changed);
    const { reference, amount, simulate } = changed;
    const about = { operation: 'payout', reference, amount, simulate } as const;
    emit(
      key,
      `transfer.${status}`,
      renderForWebhook(key, changed, recipientOf(key, changed)),
      about,
    );
  }

  function recipientOf(key: string, { recipientCode }: Transfer): Recipient {
    return recipients.get(key, recipientCode)!;
  }

  /** It leaves the queue: the OTP was given, or none was asked. */
  function start(key: string, old: Transfer): Transfer {
    const started = { ...old, status: 'pending', updatedMs: now() } as const;
    transfers.put(key, old.code, started);
    schedule.after(old.delayMs, key, 'transfer', old.code);
    return started;
  }

  return {
    transfers,
    recipients,
    recipientOf,
    start,
    otpOf: (key: string) => settings.get(key, 'otp')?.otp ?? false,
    setOtp: (key: string, otp: boolean) => void settings.put(key, 'otp', { otp }),
    find: (key: string, reference: string) => {
      const known = byReference.get(key, reference);
      return known && transfers.get(key, known.code);
    },
    open: (key: string, fields: Omit<Transfer, 'id' | 'code' | 'createdMs' | 'updatedMs'>) => {
      const code = `TRF_${ports.random.bytes(8).toString('hex')}`;
      const id = books.next('transfer', 8_000_001);
      const times = { createdMs: now(), updatedMs: now() };
      byReference.put(key, fields.reference, { code });
      return transfers.put(key, code, { ...fields, ...times, id, code });
    },
  };
}

export function renderTransfer(key: string, transfer: Transfer, recipient: unknown): object {
  const { id, amount, currency, reference, reason, status, failure, code } = transfer;
  return {
    id,
    amount,
    currency,
    reference,
    reason,
    status,
    domain: domainOf(key),
    source: 'balance',
    source_details: null,
    failures: status === 'failed' ? failure : null,
    transfer_code: code,
    titan_code: null,
    transferred_at: iso(transfer.transferredMs),
    integration: INTEGRATION,
    request: id - 3_000_000,
    recipient,
    createdAt: iso(transfer.createdMs),
    updatedAt: iso(transfer.updatedMs),
  };
}

export function sessionOf({ id, transferredMs }: Transfer): object {
  if (transferredMs === null) return { provider: null, id: null };
  return { provider: 'nip', id: String(id).padStart(30, '0') };
}

function renderForWebhook(key: string, transfer: Transfer, recipient: Recipient): object {
  const {
    createdAt,
    updatedAt,
    request: _request,
    ...frame
  } = renderTransfer(key, transfer, {}) as Fields;
  return {
    ...frame,
    integration: {
      id: INTEGRATION,
      is_live: domainOf(key) === 'live',
      business_name: BUSINESS,
    },
    recipient: renderRecipient(key, recipient),
    session: sessionOf(transfer),
    created_at: createdAt,
    updated_at: updatedAt,
  };
}
