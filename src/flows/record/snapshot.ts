// The event of a new recorded payment: only what was recorded, because there may be millions. What every recorded
// payment has in common is put back when the event is told.
import type { Recording } from '../../store/recordings.ts';

export function recordedSnapshot(
  recording: Omit<Recording, 'snapshot'>,
): Readonly<Record<string, unknown>> {
  const { refundedMinor, authorizedMinor, metadata } = recording;
  return {
    recorded: true,
    id: recording.paymentId,
    type: recording.type,
    status: recording.status,
    amountMinor: recording.initialMinor,
    capturedMinor: recording.capturedMinor,
    ...(refundedMinor > 0n ? { refundedMinor } : {}),
    ...(authorizedMinor > 0n ? { authorizedMinor } : {}),
    currency: recording.currency,
    reference: recording.reference,
    connectionId: recording.connectionId,
    provider: recording.provider,
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    createdAt: Date.parse(recording.createdAt),
  };
}

/** The whole snapshot again, as of any other payment; what is no recorded payment's comes back as it is. */
export function wholeSnapshot(
  snapshot: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { recorded, ...said } = snapshot;
  if (recorded !== true) return snapshot;
  const { createdAt, capturedMinor } = said;
  return {
    method: null,
    country: null,
    customerId: null,
    description: null,
    metadata: {},
    captureMethod: 'automatic',
    pspReference: null,
    authorizedMinor: '0',
    capturePendingMinor: '0',
    refundedMinor: '0',
    refundPendingMinor: '0',
    feeMinor: null,
    feeCurrency: null,
    feeIsActual: false,
    conflict: null,
    source: 'formance',
    sourceId: '',
    sourceDescription: '',
    cancelRequestedAt: null,
    capturedAt: capturedMinor === '0' ? null : createdAt,
    expiresAt: createdAt,
    updatedAt: createdAt,
    attempts: [],
    ...said,
  };
}
