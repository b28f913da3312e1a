// The event of a new recorded payment holds only what was recorded, as a list without names, because there may be
// millions of them. What every recorded payment has in common is put back when the event is told.
import type { Recording } from '../../store/recordings.ts';

type Snapshot = Readonly<Record<string, unknown>>;

export function recordedSnapshot(recording: Omit<Recording, 'snapshot'>): Snapshot {
  const { metadata, refundedMinor } = recording;
  const rest = {
    ...(refundedMinor > 0n ? { refundedMinor } : {}),
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
  };
  return {
    recorded: [
      recording.type,
      recording.status,
      recording.initialMinor,
      recording.currency,
      recording.reference,
      recording.connectionId,
      recording.provider,
      Date.parse(recording.createdAt),
      ...(Object.keys(rest).length > 0 ? [rest] : []),
    ],
  };
}

/** Of these all was taken (domain/ledger/recorded.ts). */
const PAID = new Set(['succeeded', 'disputed', 'refunded', 'partially_refunded']);

/** The whole snapshot again, as of any other payment; what is no recorded payment's comes back as it is. */
export function wholeSnapshot(snapshot: Snapshot, id: string | null): Snapshot {
  if (!Array.isArray(snapshot.recorded)) return snapshot;
  const [type, status, amountMinor, ...named] = snapshot.recorded as unknown[];
  const [currency, reference, connectionId, provider, createdAt, rest = {}] = named;
  const { metadata = {}, refundedMinor = '0' } = rest as Snapshot;
  const isPaid = PAID.has(String(status));
  return {
    id,
    type,
    status,
    amountMinor,
    authorizedMinor: status === 'authorized' ? amountMinor : '0',
    capturedMinor: isPaid ? amountMinor : '0',
    refundedMinor,
    currency,
    reference,
    connectionId,
    provider,
    metadata,
    method: null,
    country: null,
    customerId: null,
    description: null,
    captureMethod: 'automatic',
    pspReference: null,
    capturePendingMinor: '0',
    refundPendingMinor: '0',
    feeMinor: null,
    feeCurrency: null,
    feeIsActual: false,
    conflict: null,
    source: 'formance',
    sourceId: '',
    sourceDescription: '',
    cancelRequestedAt: null,
    capturedAt: isPaid ? createdAt : null,
    expiresAt: createdAt,
    createdAt,
    updatedAt: createdAt,
    attempts: [],
  };
}
