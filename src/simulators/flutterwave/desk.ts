// What the endpoints of the simulator share.
import type { Parts } from '../simulator.ts';
import type { Chargebacks } from './chargebacks.ts';
import type { Emit } from './events.ts';
import type { Ledger } from './ledger.ts';
import type { Refunds } from './refunds.ts';
import type { Transfers } from './transfers.ts';

export interface Desk {
  readonly parts: Parts;
  readonly emit: Emit;
  readonly ledger: Ledger;
  readonly refunds: Refunds;
  readonly transfers: Transfers;
  readonly chargebacks: Chargebacks;
}
