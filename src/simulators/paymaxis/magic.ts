// Behaviour by amount (psp/paymaxis.md section 7), so that a test needs no configuration. It holds in every currency
// and for every payment type.
import type { Fault } from '../faults.ts';
import type { State } from './payments.ts';

export interface Magic {
  /** The state at create, instead of the type's own. */
  readonly start?: State;
  /** What a payment in process becomes, a second later. */
  readonly end?: 'COMPLETED' | 'DECLINED';
  /** How the notification of the end is told. */
  readonly notice?: 'silent' | 'early' | 'thrice' | 'wrong';
  /** It is paid with so many minor units more than was asked. */
  readonly overpaidMinor?: number;
  /** The provider is sent another currency than the customer sees. */
  readonly converted?: boolean;
  /** The request is answered with this instead. */
  readonly answer?: 401 | 'html';
  /** What the frame does to the request. */
  readonly faults?: readonly Fault[];
}

const fault = (name: string, argument: string | null = null): Fault => ({ name, argument });

/** Those whose answer is lost are paid without a word: a question is the only way to know. */
const LOST: Magic = { start: 'COMPLETED', notice: 'silent' };

/** Longer than any caller waits. */
const WITHHELD_MS = '60000';

const MAGIC: Readonly<Record<string, Magic>> = {
  '12.01': { start: 'DECLINED' },
  '12.02': { start: 'PENDING', end: 'COMPLETED' },
  '12.03': { start: 'PENDING', end: 'DECLINED' },
  '12.04': { ...LOST, faults: [fault('latency', WITHHELD_MS), fault('reply_lost')] },
  '12.05': { ...LOST, faults: [fault('error_500_after')] },
  '12.06': { notice: 'early' },
  '12.07': { notice: 'thrice' },
  '12.08': { overpaidMinor: 100 },
  '12.09': { notice: 'wrong' },
  '12.1': { converted: true },
  '12.11': { faults: [fault('rate_limit')] },
  '12.12': { answer: 401 },
  '12.13': { ...LOST, answer: 'html' },
};

/** `amount` as the JSON number's text. */
export function magicOf(amount: string | null): Magic {
  return MAGIC[amount ?? ''] ?? {};
}
