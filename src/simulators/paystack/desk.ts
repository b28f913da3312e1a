// What the endpoints of the simulator share.
import type { FastifyRequest } from 'fastify';
import type { Collection } from '../books.ts';
import { type Fault, faultMs, faultNamed } from '../faults.ts';
import type { Parts } from '../simulator.ts';
import type { Holdings } from './balance.ts';
import { disputesOf } from './disputes.ts';
import type { Emit } from './events.ts';
import type { Ledger } from './ledger.ts';
import type { Preauthorization } from './preauthorizations.ts';
import type { Refunds } from './refunds.ts';
import type { Transfers } from './transfers.ts';

export interface Desk {
  readonly parts: Parts;
  readonly emit: Emit;
  readonly ledger: Ledger;
  readonly refunds: Refunds;
  readonly preauthorizations: Collection<Preauthorization>;
  readonly transfers: Transfers;
}

/** The faults of one request that are ours to carry out. */
export interface Wishes {
  /** Reason of a decline. */
  readonly decline: string | null;
  readonly lateMs: number | null;
  readonly disputed: boolean;
}

export function wishesOf({ parts }: Pick<Desk, 'parts'>, request: FastifyRequest): Wishes {
  const faults: readonly Fault[] = parts.faultsOf(request);
  const late = faultNamed(faults, 'late_success');
  const decline = faultNamed(faults, 'decline');
  const down = faultNamed(faults, 'unavailable') ? 'provider_unavailable' : null;
  return {
    decline: decline ? (decline.argument ?? 'declined') : down,
    lateMs: late ? faultMs(late, 5_000) : null,
    disputed: faultNamed(faults, 'dispute') !== undefined,
  };
}

/** Everything that moves the merchant's balance. */
export function holdingsOf({ parts, ledger, refunds, transfers }: Desk): Holdings {
  return {
    transactions: ledger.transactions,
    refunds: refunds.refunds,
    transfers: transfers.transfers,
    disputes: disputesOf(parts),
  };
}
