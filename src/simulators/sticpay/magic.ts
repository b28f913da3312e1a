// Behaviour by amount (psp/sticpay.md section 9), so that a test needs no configuration.
import type { Fault } from '../faults.ts';

export interface Magic {
  /** The pay call is refused. */
  readonly refused?: number;
  /** What detail says at first, and what becomes of it a few seconds after the callback. */
  readonly status?: 'pending' | 'rejected';
  readonly callback?:
    | 'early'
    | 'other_environment'
    | 'forged'
    | 'objects'
    | 'nested'
    | 'message_list';
  /** The merchant's page has the older form of the detail signature. */
  readonly oldDetail?: true;
  /** Paid at once, by a payer whom nobody sent: the answer with the link is lost. */
  readonly paidUnseen?: true;
  readonly html?: true;
  /** Settled in another currency. */
  readonly settledIn?: string;
  readonly faults?: readonly Fault[];
}

const fault = (name: string, argument: string | null = null): Fault => ({ name, argument });

const MAGIC: Readonly<Record<string, Magic>> = {
  '12.01': { refused: 410 },
  '12.04': { status: 'pending' },
  '12.05': { status: 'rejected' },
  '12.06': { callback: 'early' },
  '12.07': { callback: 'other_environment' },
  '12.08': { callback: 'forged' },
  '12.09': { oldDetail: true },
  '12.10': { paidUnseen: true, faults: [fault('latency', '60000'), fault('reply_lost')] },
  '12.11': { html: true },
  '12.12': { callback: 'objects' },
  '12.13': { callback: 'nested' },
  '12.14': { callback: 'message_list' },
  '12.15': { settledIn: 'EUR' },
};

export function magicOf(amount: string | null): Magic {
  return MAGIC[amount ?? ''] ?? {};
}
