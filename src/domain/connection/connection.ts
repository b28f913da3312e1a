// A connection as routing sees it: an organization's account at a PSP, without its credentials.
import type { DeclaredCapabilities } from './capabilities.ts';
import type { FeeStructure } from './fees.ts';
import type { RoutingHints } from './hints.ts';

export type ConnectionStatus = 'active' | 'inactive';
export type Mode = 'sandbox' | 'live';

export interface Connection {
  readonly id: string;
  readonly provider: string;
  readonly mode: Mode;
  readonly status: ConnectionStatus;
  /** Capabilities, hints, labels and fees as the merchant sent them. */
  readonly capabilities: DeclaredCapabilities;
  readonly routingHints: RoutingHints;
  readonly labels: readonly string[];
  readonly feeStructure: FeeStructure | null;
  /** False for a connection that only records (a ledger source) or has no usable credentials. */
  readonly canCharge: boolean;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}
