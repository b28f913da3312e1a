// Dummypay as Formance lists it (api/formance.md section 9).
import type { Manifest } from '../contract.ts';
import { spoken } from '../generic/manifest.ts';

export const manifest: Manifest = {
  provider: 'dummypay',
  name: 'Dummypay',
  baseUrl: { sandbox: 'https://dummypay.invalid', live: 'https://dummypay.invalid' },
  // Nothing but its simulator exists.
  liveOnly: true,
  credentials: [
    {
      name: 'directory',
      required: true,
      secret: false,
      title: 'Any text; never opened',
      pattern: { sandbox: '^', live: '^(?!)' },
    },
  ],
  ...spoken,
};
