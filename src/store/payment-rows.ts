// Rows of payments, attempts and operations <-> the domain's records. Column names are the snake_case of the field
// names, so the translation is mechanical and a new column is a line in the migration and in the domain type.
import type { Attempt, Operation, Payment } from '../domain/payment/payment.ts';
import { toTime } from './db.ts';

type Row = Record<string, unknown>;

/** Columns that hold times: epoch milliseconds inside, ISO text on the way to Postgres. */
const TIMES = new Set([
  'cancelRequestedAt',
  'capturedAt',
  'expiresAt',
  'dueAt',
  'createdAt',
  'updatedAt',
  'sentAt',
  'nextSyncAt',
  'firstNotFoundAt',
]);

const columnNames = new Map<string, string>();
const fieldNames = new Map<string, string>();

function columnOf(field: string): string {
  let column = columnNames.get(field);
  if (column === undefined) {
    column = field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    columnNames.set(field, column);
    fieldNames.set(column, field);
  }
  return column;
}

function fieldOf(column: string): string {
  let field = fieldNames.get(column);
  if (field === undefined) {
    field = column.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    fieldNames.set(column, field);
  }
  return field;
}

const NOTHING: ReadonlySet<string> = new Set();

/** One row as JSON for jsonb_populate_record: bigint as text, times as ISO. Fields in `omitted` are left out. */
export function toRow(
  record: Payment | Attempt | Operation,
  omitted: ReadonlySet<string> = NOTHING,
): Row {
  const row: Row = {};
  for (const [field, value] of Object.entries(record)) {
    if (omitted.has(field)) continue;
    row[columnOf(field)] = TIMES.has(field) ? toTime(value as number | null) : value;
  }
  return row;
}

/** JSON text with bigint as decimal text. */
export function toJson(value: unknown): string {
  const text = stringify(value);
  return UNSTORABLE.test(text) ? stringify(storable(value)) : text;
}

function stringify(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'bigint' ? inner.toString() : inner,
  );
}

/** Escapes of NUL and of lone surrogates (JSON.stringify writes whole pairs as they are); or of a backslash before. */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/;

/**
 * Postgres takes neither NUL nor lone surrogates, and a record of money must not be lost over a customer's name.
 * Hostile input: names of members too.
 */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\u0000', '\ufffd').toWellFormed();
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [storable(name) as string, storable(one)]),
  );
}

function fromRow<T>(row: Row): T {
  const record: Row = {};
  for (const [column, value] of Object.entries(row)) record[fieldOf(column)] = value;
  return record as T;
}

export const toPayment = (row: Row): Payment => fromRow<Payment>(row);
export const toAttempt = (row: Row): Attempt => fromRow<Attempt>(row);
export const toOperation = (row: Row): Operation => fromRow<Operation>(row);

const BIGINTS = ['amount_minor', 'authorized_minor', 'captured_minor', 'ledger_minor'];
const ROW_TIMES = ['sent_at', 'next_sync_at', 'first_not_found_at', 'created_at', 'updated_at'];

/** A row that came inside JSON (row_to_json): bigint columns are numbers, times ISO text. */
export function fromJsonRow(row: Row): Row {
  const typed: Row = { ...row };
  for (const column of BIGINTS) {
    if (typeof typed[column] === 'string') typed[column] = BigInt(typed[column]);
  }
  for (const column of ROW_TIMES) {
    if (typeof typed[column] === 'string') typed[column] = Date.parse(typed[column]);
  }
  return typed;
}
