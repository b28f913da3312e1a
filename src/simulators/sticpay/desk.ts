// What the endpoints of the simulator share.
import type { Parts } from '../simulator.ts';
import type { Orders } from './orders.ts';

export interface Desk {
  readonly parts: Parts;
  readonly ledger: Orders;
}
