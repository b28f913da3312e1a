// What a payment or refund has besides when it was asked for as a Connxt transaction. Stored with it, in one piece: a
// transaction is no row of its own.
import { base62OfHex, hexOfBase62 } from '../../kernel/base62.ts';

export type TransactionAction = 'DEPOSIT' | 'WITHDRAW' | 'REFUND';

export interface TransactionFacts {
  /** `ortx` and 12 letters and digits. */
  readonly id: string;
  readonly flowActionId: string;
  readonly flowTargetId: string;
  readonly flowDefinitionId: string;
  readonly transactionType: string | null;
  /** The merchant's view, as text; what the PSP is told is the payment's amount. */
  readonly txnAmount: string;
  readonly txnCurrency: string;
  readonly txnFee: string | null;
  readonly externalRequestId: string | null;
  readonly requestId: string | null;
  readonly parentTxnId: string | null;
  readonly merchantOrderId: string;
  readonly amountMismatch: boolean;
  /** The executePayload. */
  readonly payload: unknown;
}

/** Cut at the first character that no id has: PSPs append things (connxt.md section 10). */
export function transactionIdIn(text: string): string | null {
  return /^ortx[0-9A-Za-z]{12,40}/.exec(text)?.[0] ?? null;
}

const LETTER: Readonly<Record<string, string>> = { pay: '', po: 'o', tr: 't', ref: 'r' };
const PREFIX: Readonly<Record<string, string>> = { '': 'pay', o: 'po', t: 'tr', r: 'ref' };

/** The transaction id of what was made through another API: our own id in other letters. */
export function transactionIdOf(id: string): string {
  const [prefix = '', hex = ''] = id.split('_');
  return `ortx${LETTER[prefix] ?? ''}${base62OfHex(hex)}`;
}

/** `pay_…`, `po_…`, `ref_…` of such a transaction id; null: it is one of a Connxt client's own. */
export function idOfTransaction(txnId: string): string | null {
  const [, letter = '', text = ''] = /^ortx([otr]?)([0-9A-Za-z]{22})$/.exec(txnId) ?? [];
  const hex = hexOfBase62(text);
  return hex === null ? null : `${PREFIX[letter]}_${hex}`;
}
