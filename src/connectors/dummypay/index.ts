// DUMMY-PAY, Formance's connector for trying things out: it stands for a PSP that does nothing. Payments and accounts
// are recorded at it; no request ever leaves for it, and its directory is never opened. Sandbox only.
import { declined, unknown } from '../../domain/attempt/outcome.ts';
import type { Connector } from '../contract.ts';

export const dummypay: Connector = {
  manifest: {
    provider: 'dummypay',
    name: 'Dummypay',
    baseUrl: { sandbox: 'https://dummypay.invalid', live: 'https://dummypay.invalid' },
    credentials: [
      {
        name: 'directory',
        required: true,
        secret: false,
        title: 'Any text; never opened',
        pattern: { sandbox: '^', live: '^(?!)' },
      },
    ],
    publicCredential: null,
    capabilities: {
      methods: [],
      countries: 'any',
      currencies: 'any',
      operations: [],
      partialRefund: false,
      manualCapture: null,
      minimumMinor: {},
      maximumMinor: {},
    },
    guaranteesKey: null,
    syncScheduleS: null,
  },
  charge: async () => declined('invalid_request', 'Dummypay moves no money'),
  sync: async () => unknown('Dummypay knows no payments'),
  validate: async () => ({ ok: true, reached: true, message: 'Dummypay takes anything' }),
  readWebhook: () => null,
  verifyWebhook: () => 'forged',
};
