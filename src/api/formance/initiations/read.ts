// What a client posts as a transfer initiation (v1) or payment initiation (v3), as what the flow is asked for.

import { storedAccount } from '../../../domain/ledger/account-name.ts';
import { connectorRef, decodeObject, encodeConnector } from '../../../domain/ledger/ids.ts';
import type { Configuration, KnownConnection } from '../../../flows/configuration.ts';
import type { Caller } from '../../../flows/context.ts';
import type { NewPayout } from '../../../flows/payout/index.ts';
import type { ReversalRequest } from '../../../flows/payout/reverse-payout.ts';
import { isCurrency } from '../../../kernel/currency.ts';
import { invalidField } from '../envelope.ts';
import { connectionIn } from '../named.ts';
import {
  assetIn,
  type Body,
  bodyOf,
  metadataIn,
  optionalText,
  positiveIn,
  textIn,
  timeIn,
  wordIn,
} from '../read-body.ts';

const TYPES = { TRANSFER: 'transfer', PAYOUT: 'payout' } as const;
const WORDS = ['TRANSFER', 'PAYOUT'] as const;
/** A client's clock may be behind ours by this much. */
const SKEW_MS = 60_000;
const DESCRIPTION_MAX = 10_000;

export interface ReadOf {
  readonly configuration: Configuration;
  readonly caller: Caller;
  readonly nowMs: number;
}

/** `validated: true` sends it. */
export function readV1Initiation(said: unknown, of: ReadOf): NewPayout {
  const body = bodyOf(said);
  const { validated } = body;
  if (typeof validated !== 'boolean') throw invalidField('Validated', 'is invalid');
  const scheduled = timeIn(body.scheduledAt, 'ScheduledAt');
  const scheduledAtMs = scheduled > of.nowMs ? scheduled : null;
  const connectorID = body.connectorID || connectorOf(body.destinationAccountID);
  const common = readCommon({ ...body, connectorID }, of);
  return { ...common, scheduledAtMs, needsApproval: !validated };
}

/** v1 need not name the connector: the account that is paid is one of it. */
function connectorOf(account: unknown): string | undefined {
  const ref = typeof account === 'string' ? decodeObject(account) : null;
  return ref ? encodeConnector(ref.connector) : undefined;
}

/** A time that is past is refused, but for the zero time of Go's clients: at once. */
export function readV3Initiation(said: unknown, of: ReadOf, noValidation: boolean): NewPayout {
  const body = bodyOf(said);
  const scheduled = timeIn(body.scheduledAt, 'ScheduledAt');
  const isZero = scheduled < 0;
  if (!isZero && scheduled < of.nowMs - SKEW_MS)
    throw invalidField('ScheduledAt', 'must be in the future');
  const scheduledAtMs = scheduled > of.nowMs ? scheduled : null;
  return { ...readCommon(body, of), scheduledAtMs, needsApproval: !noValidation };
}

function readCommon(body: Body, { configuration, caller }: ReadOf) {
  const reference = textIn(body.reference, 'Reference', 3);
  const description = optionalText(body.description, 'Description', DESCRIPTION_MAX);
  const type = TYPES[wordIn(body.type, 'Type', WORDS)];
  const amountMinor = positiveIn(body.amount, 'Amount');
  const { asset, currency } = currencyIn(body.asset);
  const destination = body.destinationAccountID;
  const connection = connectionIn(configuration, body.connectorID, 'ConnectorID');
  return {
    type,
    connectionId: connection.id,
    amountMinor,
    currency,
    beneficiary: null,
    beneficiaryId: null,
    sourceAccount: accountIn(body.sourceAccountID, 'SourceAccountID', connection),
    destinationAccount: accountIn(destination, 'DestinationAccountID', connection),
    reference,
    asset,
    narration: description,
    metadata: metadataIn(body.metadata),
    createdBy: caller.keyId,
    source: 'formance',
  };
}

/** PSPs pay in the units of ISO 4217: `USD/4` is another one. */
function currencyIn(value: unknown): { readonly asset: string; readonly currency: string } {
  const { asset, unit } = assetIn(value, 'Asset');
  if (!isCurrency(unit)) throw invalidField('Asset', 'has another precision than its currency');
  return { asset, currency: unit };
}

/** An account of the connection itself: what another connector calls it means nothing to this one. */
function accountIn(value: unknown, field: string, connection: KnownConnection): string | null {
  const id = optionalText(value, field, 4_000);
  if (id === null) return null;
  const stored = storedAccount(id, connectorRef(connection));
  if (stored === null) throw invalidField(field, 'is invalid');
  if (stored.startsWith('@')) throw invalidField(field, 'is an account of another connector');
  return stored;
}

/** `POST …/reverse`. */
export function readReversal(said: unknown): ReversalRequest {
  const body = bodyOf(said);
  return {
    reference: textIn(body.reference, 'Reference', 3),
    description: optionalText(body.description, 'Description', DESCRIPTION_MAX) ?? '',
    amountMinor: positiveIn(body.amount, 'Amount'),
    currency: currencyIn(body.asset).currency,
  };
}

/** v1 `connectors/{connector}/transfers`: sent at once. */
export function readTransfer(
  said: unknown,
  connection: KnownConnection,
  caller: Caller,
): NewPayout {
  const body = bodyOf(said);
  const { asset, currency } = currencyIn(body.asset);
  return {
    type: 'transfer',
    connectionId: connection.id,
    amountMinor: positiveIn(body.amount, 'Amount'),
    currency,
    beneficiary: null,
    beneficiaryId: null,
    sourceAccount: optionalText(body.source, 'Source'),
    destinationAccount: textIn(body.destination, 'Destination'),
    reference: null,
    asset,
    narration: null,
    metadata: {},
    scheduledAtMs: null,
    needsApproval: false,
    createdBy: caller.keyId,
    source: 'formance',
  };
}
