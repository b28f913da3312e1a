// What the endpoints of the simulator share.
import type { Parts } from '../simulator.ts';
import type { Payments } from './payments.ts';

export interface Desk {
  readonly parts: Parts;
  readonly ledger: Payments;
  pageOf(id: string): string;
}
