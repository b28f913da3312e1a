// Every simulator by its provider word.
import { createPaystackSimulator } from './paystack/simulator.ts';
import type { SimulatorFactory } from './simulator.ts';
import { createStripeSimulator } from './stripe/simulator.ts';

export interface Entry {
  /** As people write it: `Paystack`. */
  readonly name: string;
  readonly create: SimulatorFactory;
}

export const simulators: Readonly<Record<string, Entry>> = {
  paystack: { name: 'Paystack', create: createPaystackSimulator },
  stripe: { name: 'Stripe', create: createStripeSimulator },
};
