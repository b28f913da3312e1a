// What the endpoints of the simulator share.
import type { Parts } from '../simulator.ts';
import type { Emit } from './events.ts';
import type { Ledger } from './ledger.ts';
import type { Payouts } from './payouts.ts';
import type { Refunds } from './refunds.ts';
import type { Gate } from './wire.ts';

export interface Desk {
  readonly parts: Parts;
  readonly gate: Gate;
  readonly emit: Emit;
  readonly ledger: Ledger;
  readonly refunds: Refunds;
  readonly payouts: Payouts;
}
