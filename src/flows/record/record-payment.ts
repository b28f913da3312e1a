// Records a payment that was made elsewhere (api/formance.md section 8). Its natural key is its idempotency key: the
// same connection, reference and type is the same payment, and of many requests at once one writes it.
import type { Face } from '../../domain/ledger/adjust.ts';
import { assetOfUnit } from '../../domain/ledger/asset.ts';
import { coreOf } from '../../domain/ledger/recorded.ts';
import { newId } from '../../kernel/ids.ts';
import type { Recorded } from '../../store/ledger.ts';
import { type Recording, writeRecording } from '../../store/recordings.ts';
import type { Context, Environment } from '../context.ts';
import { amendPayment } from './amend-payment.ts';
import { adjusted, oldestFirst, type Said, saidOnce } from './said.ts';
import { recordedSnapshot } from './snapshot.ts';

/** Answers the payment as it is stored, whoever wrote it. */
export async function recordPayment(
  context: Context,
  environment: Environment,
  asked: Said,
): Promise<Recorded> {
  const said = saidOnce(asked);
  const recording = recordingOf(context, environment, said);
  return (await writeRecording(context.db, recording))
    ? shownOf(recording)
    : amendPayment(context, environment, said);
}

function recordingOf(context: Context, environment: Environment, said: Said): Recording {
  const { ports } = context;
  const face = adjusted(openedFace(said), said.adjustments);
  const recording = {
    environmentId: environment.id,
    paymentId: newId('pay', ports),
    attemptId: newId('att', ports),
    eventId: newId('evt', ports),
    connectionId: said.connectionId,
    provider: said.provider,
    type: said.type,
    reference: said.reference,
    openedStatus: said.status ?? ('NONE' as const),
    ledgerStatus: face.status,
    initialMinor: face.initialMinor,
    ledgerMinor: face.amountMinor,
    currency: said.unit,
    assetSent: said.asset === assetOfUnit(said.unit) ? null : said.asset,
    scheme: said.scheme,
    sourceAccount: said.sourceAccount,
    destinationAccount: said.destinationAccount,
    metadata: said.metadata,
    createdAt: said.createdAt,
    recordedAt: new Date(ports.clock.nowMs()).toISOString(),
    ...coreOf(face),
    eventType: 'payment.created',
    adjustments: said.adjustments.map(({ createdAt: occurredAt, ...one }) => ({
      ...one,
      occurredAt,
    })),
  };
  return { ...recording, snapshot: recordedSnapshot(recording) };
}

function openedFace({ status, createdAt, initialMinor, amountMinor }: Said): Face {
  const opened = { initialMinor, amountMinor };
  return status === null
    ? { ...opened, status: 'UNKNOWN', statusAt: '0001-01-01T00:00:00Z' }
    : { ...opened, status, statusAt: createdAt };
}

/** What was just written, as it would be read. */
function shownOf(recording: Recording): Recorded {
  const { currency, ledgerMinor, ledgerStatus, openedStatus, ...same } = recording;
  const adjustments = oldestFirst(
    recording.adjustments.map(({ occurredAt: createdAt, ...one }) => ({ ...one, createdAt })),
  ).map((one) => ({ ...one, attemptId: recording.attemptId, operationId: null }));
  const opened = openedStatus === 'NONE' ? null : openedStatus;
  const before = adjustments.findLast(({ status }) => status !== 'AMOUNT_ADJUSTEMENT');
  const entry = {
    ...same,
    recorded: true,
    status: ledgerStatus,
    statusBefore: before?.status ?? opened,
    openedStatus: opened,
    amountMinor: ledgerMinor,
    unit: currency,
  };
  return { entry, adjustments };
}
