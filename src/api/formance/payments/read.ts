// What a client posts as a payment, v1 and v3 (api/formance.md sections 5, 7 and 8), as what the ledger is told. The
// first thing that is wrong is named, in the original's style.
import { storedAccount } from '../../../domain/ledger/account-name.ts';
import { movesAmounts } from '../../../domain/ledger/adjust.ts';
import { unitOfPosted } from '../../../domain/ledger/asset.ts';
import {
  type ConnectorRef,
  connectorRef,
  decodeConnector,
  findConnector,
} from '../../../domain/ledger/ids.ts';
import { parseInstant } from '../../../domain/ledger/instant.ts';
import { isText } from '../../../domain/ledger/text.ts';
import {
  isLedgerStatus,
  type LedgerStatus,
  schemeOfWire,
  typeOfWire,
} from '../../../domain/ledger/words.ts';
import type { Configuration } from '../../../flows/configuration.ts';
import type { Said, SaidAdjustment } from '../../../flows/record/said.ts';
import { readAmount } from '../amount.ts';
import { invalidBody, invalidField } from '../envelope.ts';
import { readMetadata } from '../metadata.ts';

export interface ReadContext {
  readonly configuration: Configuration;
  readonly nowMs: number;
}

type Body = Readonly<Record<string, unknown>>;

/** A client's clock may be ahead of ours by this much. */
const SKEW_MS = 60_000;
const ADJUSTMENTS_MAX = 100;

export function readV1Payment(body: unknown, of: ReadContext): Said {
  const said = objectOf(body);
  const common = readCommon(said, of);
  const amountMinor = readAmount(said.amount, 'Amount');
  const type = typeOf(said.type);
  if (type === 'unknown') throw invalidField('Type', 'is invalid');
  const status = statusOf(said.status, 'Status');
  if (status === 'UNKNOWN') throw invalidField('Status', 'is invalid');
  const scheme = schemeOfWire(textOf(said.scheme, 'Scheme'));
  if (scheme === null) throw invalidField('Scheme', 'is invalid');
  return {
    ...common,
    type,
    status,
    scheme,
    initialMinor: amountMinor,
    amountMinor,
    adjustments: [],
  };
}

export function readV3Payment(body: unknown, of: ReadContext): Said {
  const said = objectOf(body);
  const common = readCommon(said, of);
  const amountMinor = readAmount(said.amount, 'Amount');
  const given = said.initialAmount ?? undefined;
  const initialMinor = given === undefined ? amountMinor : readAmount(given, 'InitialAmount');
  if (amountMinor > initialMinor) throw invalidField('Amount', 'is more than the initial amount');
  const scheme = textOf(said.scheme, 'Scheme');
  if (!isText(scheme, 1, 50)) throw invalidField('Scheme', 'is invalid');
  return {
    ...common,
    type: typeOf(said.type),
    status: null,
    scheme: schemeOfWire(scheme) ?? scheme,
    initialMinor,
    amountMinor,
    adjustments: readAdjustments(said.adjustments, common.unit, initialMinor, of.nowMs),
  };
}

function readCommon(said: Body, { configuration, nowMs }: ReadContext) {
  const reference = referenceOf(said.reference, 'Reference');
  const ref = decodeConnector(textOf(said.connectorID, 'ConnectorID'));
  const connection = ref && findConnector(configuration.connections, ref);
  if (!connection) throw invalidField('ConnectorID', 'is invalid');
  const connector = connectorRef(connection);
  const asset = textOf(said.asset, 'Asset');
  const unit = unitOfPosted(asset);
  if (unit === null) throw invalidField('Asset', 'is invalid');
  return {
    connectionId: connection.id,
    provider: connection.provider,
    reference,
    createdAt: instantOf(said.createdAt, 'CreatedAt', nowMs),
    asset,
    unit,
    sourceAccount: accountOf(said.sourceAccountID, 'SourceAccountID', connector),
    destinationAccount: accountOf(said.destinationAccountID, 'DestinationAccountID', connector),
    metadata:
      said.metadata === undefined || said.metadata === null ? {} : readMetadata(said.metadata),
  };
}

function readAdjustments(
  said: unknown,
  unit: string,
  initialMinor: bigint,
  nowMs: number,
): SaidAdjustment[] {
  if (!Array.isArray(said) || said.length === 0) throw invalidField('Adjustments', 'is required');
  if (said.length > ADJUSTMENTS_MAX) throw invalidField('Adjustments', 'has too many items');
  return said.map((one: unknown) => {
    const item = objectOf(one);
    const status = statusOf(item.status, 'Adjustments.Status');
    const asset = item.asset ?? null;
    if (asset !== null && unitOfPosted(textOf(asset, 'Adjustments.Asset')) !== unit)
      throw invalidField('Adjustments.Asset', 'is invalid');
    const stated = item.amount ?? undefined;
    if (stated === undefined && movesAmounts(status))
      throw invalidField('Adjustments.Amount', 'is required');
    const metadata = item.metadata ?? null;
    return {
      reference: referenceOf(item.reference, 'Adjustments.Reference', 1),
      createdAt: instantOf(item.createdAt, 'Adjustments.CreatedAt', nowMs),
      status,
      amountMinor: stated === undefined ? initialMinor : readAmount(stated, 'Adjustments.Amount'),
      evidence: metadata === null ? {} : { metadata: readMetadata(metadata) },
    };
  });
}

function objectOf(value: unknown): Body {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Body;
  throw invalidBody('must be a JSON object');
}

function textOf(value: unknown, field: string): string {
  if (value === undefined || value === null || value === '')
    throw invalidField(field, 'is required');
  if (typeof value !== 'string') throw invalidField(field, 'is invalid');
  return value;
}

const REFERENCE_MAX = 1000;

function referenceOf(value: unknown, field: string, min = 3): string {
  const text = textOf(value, field);
  if (text.length < min) throw invalidField(field, `must be at least ${min} characters in length`);
  if (text.length > REFERENCE_MAX)
    throw invalidField(field, `must be at most ${REFERENCE_MAX} characters in length`);
  if (!isText(text, min, REFERENCE_MAX)) throw invalidField(field, 'is invalid');
  return text;
}

function instantOf(value: unknown, field: string, nowMs: number): string {
  const instant = parseInstant(textOf(value, field));
  if (!instant) throw invalidField(field, 'is invalid');
  if (instant.ms > nowMs + SKEW_MS) throw invalidField(field, 'must not be in the future');
  return instant.text;
}

function typeOf(value: unknown) {
  const type = typeOfWire(textOf(value, 'Type'));
  if (type === null) throw invalidField('Type', 'is invalid');
  return type;
}

function statusOf(value: unknown, field: string): LedgerStatus {
  const status = textOf(value, field);
  if (!isLedgerStatus(status)) throw invalidField(field, 'is invalid');
  return status;
}

function accountOf(value: unknown, field: string, connector: ConnectorRef): string | null {
  if (value === undefined || value === null || value === '') return null;
  const stored = storedAccount(textOf(value, field), connector);
  if (stored === null) throw invalidField(field, 'is invalid');
  return stored;
}
