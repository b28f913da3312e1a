// A payment of the ledger on the wire, v1 and v3 (api/formance.md sections 4 and 15): v1 is told of nothing that its
// closed enumerations do not know, and never gets null where its clients want a text.
import { accountId } from '../../../domain/ledger/account-name.ts';
import { assetOfUnit } from '../../../domain/ledger/asset.ts';
import {
  connectorRef,
  encodeConnector,
  encodePayment,
  encodePaymentAdjustment,
  type PaymentRef,
} from '../../../domain/ledger/ids.ts';
import { v1ProviderOf } from '../../../domain/ledger/providers.ts';
import {
  type LedgerStatus,
  v1SchemeOf,
  v1StatusOf,
  v3SchemeOf,
  wireTypeOf,
} from '../../../domain/ledger/words.ts';
import { oldestFirst } from '../../../flows/record/said.ts';
import { referenceOf } from '../../../kernel/ids.ts';
import type { LedgerEntry, Recorded } from '../../../store/ledger.ts';
import { amountJson } from '../amount.ts';
import { metadataView } from '../metadata.ts';

export function v1Payment({ entry, adjustments }: Recorded) {
  const ref = refOf(entry);
  const provider = v1ProviderOf(entry.provider);
  const status = entry.status === 'AMOUNT_ADJUSTEMENT' ? entry.statusBefore : entry.status;
  return {
    id: encodePayment(ref),
    reference: entry.reference,
    sourceAccountID: accountOf(entry.sourceAccount, ref) ?? '',
    destinationAccountID: accountOf(entry.destinationAccount, ref) ?? '',
    connectorID: encodeConnector(ref.connector),
    ...(provider === null ? {} : { provider }),
    type: ref.type === 'UNKNOWN' ? 'OTHER' : ref.type,
    status: v1StatusOf(status ?? 'OTHER'),
    initialAmount: amountJson(entry.initialMinor),
    amount: amountJson(entry.amountMinor),
    scheme: v1SchemeOf(entry.scheme),
    asset: assetOf(entry),
    createdAt: entry.createdAt,
    raw: null,
    adjustments: v1Adjustments({ entry, adjustments }),
    metadata: metadataView(entry.metadata),
  };
}

/** Rows of a v1 list show no adjustments. */
export function v1Row(entry: LedgerEntry) {
  return { ...v1Payment({ entry, adjustments: [] }), adjustments: [] };
}

export function v3Payment({ entry, adjustments }: Recorded) {
  const ref = refOf(entry);
  const asset = assetOf(entry);
  return {
    id: encodePayment(ref),
    connectorID: encodeConnector(ref.connector),
    provider: entry.provider,
    reference: entry.reference,
    createdAt: entry.createdAt,
    type: ref.type,
    initialAmount: amountJson(entry.initialMinor),
    amount: amountJson(entry.amountMinor),
    asset,
    scheme: v3SchemeOf(entry.scheme),
    status: entry.status,
    sourceAccountID: accountOf(entry.sourceAccount, ref),
    destinationAccountID: accountOf(entry.destinationAccount, ref),
    metadata: metadataView(entry.metadata),
    adjustments: shownAdjustments({ entry, adjustments })
      .map((one) => ({
        id: encodePaymentAdjustment(ref, one),
        reference: one.reference,
        createdAt: one.createdAt,
        status: one.status,
        amount: amountJson(one.amountMinor),
        asset,
        metadata: one.metadata,
        raw: one.raw,
      }))
      .reverse(),
  };
}

function refOf({ connectionId, provider, reference, type }: LedgerEntry): PaymentRef {
  return {
    connector: connectorRef({ id: connectionId, provider }),
    reference,
    type: wireTypeOf(type),
  };
}

function assetOf({ assetSent, unit }: LedgerEntry): string {
  return assetSent ?? assetOfUnit(unit);
}

function accountOf(stored: string | null, { connector }: PaymentRef): string | null {
  return stored === null ? null : accountId(stored, connector);
}

interface Shown {
  readonly reference: string;
  readonly createdAt: string;
  readonly status: LedgerStatus;
  readonly amountMinor: bigint;
  readonly metadata: Readonly<Record<string, string>>;
  readonly raw: object;
}

/** With the one that the payment itself stands for; oldest first. */
function shownAdjustments({ entry, adjustments }: Recorded): Shown[] {
  const { reference, createdAt, openedStatus, initialMinor: amountMinor } = entry;
  const first = { reference, createdAt, amountMinor, metadata: {}, raw: {} };
  const opened = openedStatus === null ? [] : [{ ...first, status: openedStatus }];
  const later = adjustments.map(({ evidence, operationId, ...one }) => ({
    ...one,
    reference: one.reference ?? (operationId === null ? reference : referenceOf(operationId)),
    metadata: entry.recorded ? metadataOf(evidence.metadata) : {},
    // What a PSP said of it is its evidence, redacted when it came in.
    raw: entry.recorded ? {} : asObject(evidence),
  }));
  return oldestFirst([...opened, ...later]);
}

/** Newest first, each with the status that v1 knows. */
function v1Adjustments(recorded: Recorded) {
  let before: LedgerStatus = 'OTHER';
  const shown = shownAdjustments(recorded).map((one) => {
    before = one.status === 'AMOUNT_ADJUSTEMENT' ? before : one.status;
    return {
      reference: one.reference,
      createdAt: one.createdAt,
      status: v1StatusOf(before),
      amount: amountJson(one.amountMinor),
      raw: one.raw,
    };
  });
  return shown.reverse();
}

function metadataOf(value: unknown): Record<string, string> {
  return metadataView(asObject(value));
}

function asObject(value: unknown): Record<string, unknown> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : {};
}
