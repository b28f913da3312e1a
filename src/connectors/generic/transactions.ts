// The transactions of a generic PSP as payments of the ledger (api/formance.md section 10). A row with
// `relatedTransactionID` is what became of another one: it is read in a sweep of its own, after all that may be its parent.
import { unitOfSourced } from '../../domain/ledger/asset.ts';
import { isText } from '../../domain/ledger/text.ts';
import { isLedgerStatus, type LedgerStatus, schemeOfWire } from '../../domain/ledger/words.ts';
import type { PaymentType } from '../../domain/payment/payment.ts';
import type { Money } from '../../kernel/money.ts';
import type { Call, HistoryPage, HistoryQuery, MovementItem, Told } from '../contract.ts';
import { type Json, objectOf, textOf } from '../json.ts';
import { REFERENCE } from './payout.ts';
import { beginWalk, type Listing, type Row, timeIn, type Walk, walkOn } from './walk.ts';

const LISTING: Listing = {
  path: '/transactions',
  instant: 'updatedAt',
  pageSize: 100,
  take: 500,
};

export async function transactions(
  { kind, fromMs, toMs, cursor }: HistoryQuery,
  call: Call,
): Promise<Told<HistoryPage>> {
  const walk = cursor === null ? beginWalk(fromMs) : (JSON.parse(cursor) as Walk);
  const step = await walkOn(LISTING, walk, toMs, call);
  if (step.kind !== 'told') return step;
  const { rows, next, latestMs } = step.value;
  const read = rows
    .filter((row) => (parentOf(row) === null) === (kind === 'payments'))
    .map((row) => ({ name: row.name, item: itemOf(row) }));
  return {
    kind: 'told',
    value: {
      items: read.flatMap(({ item }) => (item === null ? [] : [item])),
      unreadable: read.flatMap(({ name, item }) => (item === null ? [name] : [])),
      next: next && JSON.stringify(next),
      ...(next === null ? { readToMs: latestMs } : {}),
    },
  };
}

function parentOf({ json }: Row): string | null {
  return textOf(json.relatedTransactionID);
}

/** The spelling with a dash is that of the other API. */
const TYPES: Readonly<Record<string, PaymentType>> = {
  PAYIN: 'pay_in',
  'PAY-IN': 'pay_in',
  PAYOUT: 'payout',
  TRANSFER: 'transfer',
  OTHER: 'other',
};

/** Null for a row that means nothing to us: nothing of it is guessed. */
function itemOf(row: Row): MovementItem | null {
  const { json, name, hasId } = row;
  const parent = parentOf(row);
  const createdAtMs = timeIn(json.createdAt);
  const [type, status, amount] = [typeOf(json.type), statusOf(json.status), amountOf(json)];
  const isNamed = hasId && (parent === null || isText(parent, 1, 1_000));
  if (!isNamed || createdAtMs === null || !type || !status || !amount) return null;
  return {
    is: 'movement',
    reference: name,
    givenReference: nameIn(objectOf(json.metadata)[REFERENCE]),
    parent: parent === null ? null : { reference: parent, givenReference: null },
    // Another row than the refund that it takes back: counted whether or not that was seen.
    ...(parent !== null && status === 'REFUND_REVERSED' ? { isOfItsOwn: true as const } : {}),
    type,
    createdAtMs,
    ...(row.atMs === null ? {} : { changedAtMs: row.atMs }),
    status,
    amount,
    scheme: schemeIn(json.scheme),
    sourceAccount: nameIn(json.sourceAccountID),
    destinationAccount: nameIn(json.destinationAccountID),
    metadata: textsIn(json.metadata),
  };
}

function typeOf(word: unknown): PaymentType | null {
  return typeof word === 'string' && Object.hasOwn(TYPES, word) ? TYPES[word]! : null;
}

function statusOf(word: unknown): LedgerStatus | null {
  return typeof word === 'string' && isLedgerStatus(word) ? word : null;
}

const INT64_MAX = 2n ** 63n - 1n;

/** Texts of minor units, in ISO currencies or in whatever the PSP counts. */
function amountOf({ amount, currency }: Json): Money | null {
  const text = textOf(amount);
  const unit = unitOfSourced(textOf(currency) ?? '');
  if (text === null || unit === null || !/^\d{1,19}$/.test(text)) return null;
  const amountMinor = BigInt(text);
  return amountMinor > INT64_MAX ? null : { amountMinor, currency: unit };
}

function schemeIn(word: unknown): string {
  return isText(word, 1, 60) ? (schemeOfWire(word) ?? word) : 'unknown';
}

export function nameIn(value: unknown): string | null {
  return isText(value, 1, 1_000) ? value : null;
}

const KEYS_MAX = 50;

export function textsIn(value: unknown): Readonly<Record<string, string>> {
  const texts = Object.entries(objectOf(value)).filter(
    (entry): entry is [string, string] => isText(entry[0], 1, 200) && isText(entry[1], 0, 2_000),
  );
  return Object.fromEntries(texts.slice(0, KEYS_MAX));
}
