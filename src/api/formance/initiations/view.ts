// A payout as a transfer initiation (v1) and as a payment initiation (v3); v1 is told of nothing that its closed
// enumerations do not know (api/formance.md section 15).
import {
  type ConnectorRef,
  encodeConnector,
  encodeInitiationAdjustment,
  encodeObject,
  encodePayment,
  type ObjectRef,
} from '../../../domain/ledger/ids.ts';
import {
  type InitiationStatus,
  type InitiationStep,
  initiationStatus,
  initiationSteps,
} from '../../../domain/ledger/initiation.ts';
import { v1StatusOf as v1PaymentStatus } from '../../../domain/ledger/words.ts';
import type { Attempt } from '../../../domain/payment/payment.ts';
import type { Configuration } from '../../../flows/configuration.ts';
import { referenceOf } from '../../../kernel/ids.ts';
import { amountJson } from '../amount.ts';
import { metadataView } from '../metadata.ts';
import { connectorOfRow, objectId } from '../named.ts';
import { timeView } from '../read-body.ts';
import type { Shown } from './shown.ts';

/** What Go's clients take for "none". */
const ZERO_TIME = '0001-01-01T00:00:00Z';

export function v1Initiation(configuration: Configuration, shown: Shown) {
  const common = commonOf(configuration, shown);
  const { record } = shown;
  const ref = refOf(configuration, shown);
  return {
    ...common,
    sourceAccountID: common.sourceAccountID ?? '',
    destinationAccountID: common.destinationAccountID ?? '',
    initialAmount: common.amount,
    // SDK 2.7 wants one.
    error: common.error ?? '',
    status: v1StatusOf(initiationStatus(record)),
    relatedPayments: record.attempts.map((one) => ({
      paymentID: paymentIdOf(configuration, shown, one),
      createdAt: timeView(one.createdAt),
      status: v1PaymentStatus(one.ledgerStatus),
      error: one.error,
    })),
    relatedAdjustments: stepsOf(shown)
      .map((step) => ({ ...step, status: v1StatusOf(step.status) }))
      .map(({ status, createdAt, error }) => {
        const at = timeView(createdAt);
        const adjustmentID = encodeInitiationAdjustment(ref, { createdAt: at, status });
        return { adjustmentID, createdAt: at, status, error: error ?? '', metadata: {} };
      }),
  };
}

export function v3Initiation(configuration: Configuration, shown: Shown) {
  return {
    ...commonOf(configuration, shown),
    status: v3StatusOf(initiationStatus(shown.record)),
  };
}

/** Newest first. */
export function v3Adjustments(configuration: Configuration, shown: Shown) {
  const ref = refOf(configuration, shown);
  const { amountMinor } = shown.record.payment;
  return stepsOf(shown).map((step) => {
    const [status, createdAt] = [v3StatusOf(step.status), timeView(step.createdAt)];
    return {
      id: encodeInitiationAdjustment(ref, { createdAt, status }),
      createdAt,
      status,
      amount: amountJson(amountMinor),
      asset: shown.payout.asset,
      error: step.error,
      metadata: {},
    };
  });
}

export function initiationId(
  configuration: Configuration,
  shown: Pick<Shown, 'payout' | 'record'>,
) {
  return encodeObject(refOf(configuration, shown));
}

/** An attempt as a payment of the ledger. */
export function paymentIdOf(
  configuration: Configuration,
  { record }: Pick<Shown, 'record'>,
  attempt: Attempt,
): string {
  const connector = connectorOfRow(configuration, attempt.connectionId, attempt.provider);
  const type = record.payment.type === 'transfer' ? 'TRANSFER' : 'PAYOUT';
  return encodePayment({ connector, reference: referenceOf(attempt.id), type });
}

function commonOf(configuration: Configuration, shown: Shown) {
  const { record, payout } = shown;
  const { payment, attempts } = record;
  const connector = connectorOf(configuration, shown);
  const account = (reference: string | null) =>
    reference === null ? undefined : objectId(connector, reference);
  const failed = payment.status === 'failed' ? attempts.at(-1)?.error : undefined;
  return {
    id: encodeObject(refOf(configuration, shown)),
    connectorID: encodeConnector(connector),
    provider: connector.provider,
    reference: payout.reference,
    createdAt: timeView(payment.createdAt),
    scheduledAt: payout.scheduledAt === null ? ZERO_TIME : timeView(payout.scheduledAt),
    description: payment.description ?? '',
    type: payment.type === 'transfer' ? 'TRANSFER' : 'PAYOUT',
    amount: amountJson(payment.amountMinor),
    asset: payout.asset,
    sourceAccountID: account(payout.sourceAccount),
    destinationAccountID: account(payout.destinationAccount),
    ...(failed ? { error: failed } : {}),
    metadata: metadataView(payment.metadata),
  };
}

function connectorOf(
  configuration: Configuration,
  { record, payout }: Pick<Shown, 'payout' | 'record'>,
): ConnectorRef {
  return connectorOfRow(configuration, payout.connectionId, record.payment.provider);
}

function refOf(configuration: Configuration, shown: Pick<Shown, 'payout' | 'record'>): ObjectRef {
  return { connector: connectorOf(configuration, shown), reference: shown.payout.reference };
}

function stepsOf({ record, history }: Shown): InitiationStep[] {
  return initiationSteps(record.payment, history).reverse();
}

function v1StatusOf(status: InitiationStatus) {
  return status === 'SCHEDULED_FOR_PROCESSING' ? 'PROCESSING' : status;
}

/** A part that came back leaves the rest paid. */
function v3StatusOf(status: InitiationStatus) {
  return status === 'PARTIALLY_REVERSED' ? 'PROCESSED' : status;
}
