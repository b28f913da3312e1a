// Every simulator by its provider word.
import type { SimulatorFactory } from './simulator.ts';

export interface Entry {
  /** As people write it: `Paystack`. */
  readonly name: string;
  readonly create: SimulatorFactory;
}

export const simulators: Readonly<Record<string, Entry>> = {};
