// What a client posts as a payment, v1 and v3 (api/formance.md sections 5, 7 and 8), as what the ledger is told. The
// first thing that is wrong is named, in the original's style.
import { storedAccount } from '../../../domain/ledger/account-name.ts';
import { movesAmounts } from '../../../domain/ledger/adjust.ts';
import { type ConnectorRef, connectorRef } from '../../../domain/ledger/ids.ts';
import { parseInstant } from '../../../domain/ledger/instant.ts';
import {
  isLedgerStatus,
  type LedgerStatus,
  schemeOfWire,
  typeOfWire,
} from '../../../domain/ledger/words.ts';
import type { Configuration } from '../../../flows/configuration.ts';
import type { Said, SaidAdjustment } from '../../../flows/record/said.ts';
import { readAmount } from '../amount.ts';
import { invalidField } from '../envelope.ts';
import { connectionIn } from '../named.ts';
import { assetIn, type Body, bodyOf, metadataIn, textIn } from '../read-body.ts';

export interface ReadContext {
  readonly configuration: Configuration;
  readonly nowMs: number;
}

/** A client's clock may be ahead of ours by this much. */
const SKEW_MS = 60_000;
const ADJUSTMENTS_MAX = 100;

export function readV1Payment(body: unknown, of: ReadContext): Said {
  const said = bodyOf(body);
  const common = readCommon(said, of);
  const amountMinor = readAmount(said.amount, 'Amount');
  const type = typeIn(said.type);
  if (type === 'unknown') throw invalidField('Type', 'is invalid');
  const status = statusIn(said.status, 'Status');
  if (status === 'UNKNOWN') throw invalidField('Status', 'is invalid');
  const scheme = schemeOfWire(textIn(said.scheme, 'Scheme'));
  if (scheme === null) throw invalidField('Scheme', 'is invalid');
  const amounts = { initialMinor: amountMinor, amountMinor };
  return { ...common, ...amounts, type, status, scheme, adjustments: [] };
}

export function readV3Payment(body: unknown, of: ReadContext): Said {
  const said = bodyOf(body);
  const common = readCommon(said, of);
  const amountMinor = readAmount(said.amount, 'Amount');
  const given = said.initialAmount ?? null;
  const initialMinor = given === null ? amountMinor : readAmount(given, 'InitialAmount');
  if (amountMinor > initialMinor) throw invalidField('Amount', 'is more than the initial amount');
  const scheme = textIn(said.scheme, 'Scheme', 1, 50);
  return {
    ...common,
    type: typeIn(said.type),
    status: null,
    scheme: schemeOfWire(scheme) ?? scheme,
    initialMinor,
    amountMinor,
    adjustments: readAdjustments(said.adjustments, common.unit, initialMinor, of.nowMs),
  };
}

function readCommon(said: Body, { configuration, nowMs }: ReadContext) {
  const reference = textIn(said.reference, 'Reference', 3);
  const connection = connectionIn(configuration, said.connectorID, 'ConnectorID');
  const connector = connectorRef(connection);
  return {
    connectionId: connection.id,
    provider: connection.provider,
    reference,
    createdAt: instantIn(said.createdAt, 'CreatedAt', nowMs),
    ...assetIn(said.asset, 'Asset'),
    sourceAccount: accountIn(said.sourceAccountID, 'SourceAccountID', connector),
    destinationAccount: accountIn(said.destinationAccountID, 'DestinationAccountID', connector),
    metadata: metadataIn(said.metadata),
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
    const item = bodyOf(one);
    const status = statusIn(item.status, 'Adjustments.Status');
    const asset = item.asset ?? null;
    if (asset !== null && assetIn(asset, 'Adjustments.Asset').unit !== unit)
      throw invalidField('Adjustments.Asset', 'is invalid');
    const stated = item.amount ?? null;
    if (stated === null && movesAmounts(status))
      throw invalidField('Adjustments.Amount', 'is required');
    const metadata = item.metadata ?? null;
    return {
      reference: textIn(item.reference, 'Adjustments.Reference'),
      createdAt: instantIn(item.createdAt, 'Adjustments.CreatedAt', nowMs),
      status,
      amountMinor: stated === null ? initialMinor : readAmount(stated, 'Adjustments.Amount'),
      evidence: metadata === null ? {} : { metadata: metadataIn(metadata) },
    };
  });
}

function instantIn(value: unknown, field: string, nowMs: number): string {
  const instant = parseInstant(textIn(value, field));
  if (!instant) throw invalidField(field, 'is invalid');
  if (instant.ms > nowMs + SKEW_MS) throw invalidField(field, 'must not be in the future');
  return instant.text;
}

function typeIn(value: unknown) {
  const type = typeOfWire(textIn(value, 'Type'));
  if (type === null) throw invalidField('Type', 'is invalid');
  return type;
}

function statusIn(value: unknown, field: string): LedgerStatus {
  const status = textIn(value, field);
  if (!isLedgerStatus(status)) throw invalidField(field, 'is invalid');
  return status;
}

/** Accounts may be named before they are known here. */
function accountIn(value: unknown, field: string, connector: ConnectorRef): string | null {
  if (value === undefined || value === null || value === '') return null;
  const stored = storedAccount(textIn(value, field, 1, 8_000), connector);
  if (stored === null) throw invalidField(field, 'is invalid');
  return stored;
}
