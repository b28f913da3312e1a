// Every simulator by its provider word.
import { createDummypaySimulator } from './dummypay/simulator.ts';
import { createExamplePaySimulator } from './examplepay/simulator.ts';
import { endpointOfFlutterwave } from './flutterwave/events.ts';
import { createFlutterwaveSimulator } from './flutterwave/simulator.ts';
import { createHubtelSimulator } from './hubtel/simulator.ts';
import { createMonnifySimulator } from './monnify/simulator.ts';
import { createMpesaSimulator } from './mpesa/simulator.ts';
import { createPaymaxisSimulator, endpointOfPaymaxis } from './paymaxis/simulator.ts';
import { createPaystackSimulator } from './paystack/simulator.ts';
import type { SimulatorFactory } from './simulator.ts';
import { endpointOfSticpay } from './sticpay/merchants.ts';
import { createSticpaySimulator } from './sticpay/simulator.ts';
import { createStripeSimulator } from './stripe/simulator.ts';
import { endpointOfStripe } from './stripe/webhook-endpoints.ts';

/** A merchant as the PSP knows it from its own dashboard. */
export interface Known {
  /** The key of its books. */
  readonly key: string;
  /** What its webhooks are signed with; null where that is the key itself. */
  readonly secret: string | null;
}

export interface Entry {
  /** As people write it: `Paystack`. */
  readonly name: string;
  readonly create: SimulatorFactory;
  /** What saved sandbox credentials tell the PSP; null: nothing that it has to know before the first request. */
  endpointOf?(credentials: Readonly<Record<string, string>>): Known | null;
}

export const simulators: Readonly<Record<string, Entry>> = {
  flutterwave: {
    name: 'Flutterwave',
    create: createFlutterwaveSimulator,
    endpointOf: endpointOfFlutterwave,
  },
  dummypay: { name: 'Dummypay', create: createDummypaySimulator },
  examplepay: { name: 'Example Pay', create: createExamplePaySimulator },
  monnify: { name: 'Monnify', create: createMonnifySimulator },
  hubtel: { name: 'Hubtel', create: createHubtelSimulator },
  mpesa: { name: 'M-Pesa', create: createMpesaSimulator },
  paymaxis: { name: 'Paymaxis', create: createPaymaxisSimulator, endpointOf: endpointOfPaymaxis },
  paystack: { name: 'Paystack', create: createPaystackSimulator },
  sticpay: { name: 'Sticpay', create: createSticpaySimulator, endpointOf: endpointOfSticpay },
  stripe: { name: 'Stripe', create: createStripeSimulator, endpointOf: endpointOfStripe },
};
