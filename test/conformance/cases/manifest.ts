// What a connector says of itself (C-1): complete, consistent with its own verbs, and usable by the host.
import { expect } from 'vitest';
import type { Method, Operation } from '../../../src/connectors/contract.ts';
import { readCredentials } from '../../../src/connectors/credentials.ts';
import { isCountry } from '../../../src/kernel/country.ts';
import { isCurrency } from '../../../src/kernel/currency.ts';
import type { Case, Cases } from '../case.ts';
import type { Row } from '../rows.ts';
import type { Subject } from '../subject.ts';

/** What stands behind a row that the PSP has not. */
const OPERATION_OF: Readonly<Partial<Record<Row, Operation>>> = {
  authorize: 'authorize',
  void: 'void',
  refund: 'refund',
  payout: 'payout',
};
const METHOD_OF: Readonly<Partial<Record<Row, Method>>> = {
  prompt: 'mobile_money',
  bank_transfer: 'bank_transfer',
  ussd: 'ussd',
  qr: 'qr',
};

export const manifest: Cases = (subject) => [...shape(subject), honesty(subject)];

/** What is not tried here because the PSP has it not is not claimed either. */
function honesty({ connector, cannot, refunds, payouts, authorize }: Subject): Case {
  return {
    name: 'claims nothing that the PSP has not',
    async run() {
      const { capabilities, guaranteesKey } = connector.manifest;
      const { operations, methods } = capabilities;
      for (const row of Object.keys(cannot) as Row[]) {
        expect(operations).not.toContain(OPERATION_OF[row]);
        expect(methods).not.toContain(METHOD_OF[row]);
      }
      if ('repeat' in cannot) expect(guaranteesKey).toBeNull();
      if ('refund_part' in cannot) expect(capabilities.partialRefund).toBe(false);
      const tried = { refund: refunds, payout: payouts, authorize };
      for (const [operation, how] of Object.entries(tried))
        expect({ [operation]: how !== null }).toEqual({
          [operation]: operations.includes(operation as Operation),
        });
      // Who can send a code again takes those of payouts.
      const takes = !('answer' in cannot) || connector.resendCode !== undefined;
      expect(connector.submitAction !== undefined).toBe(takes);
    },
  };
}

const shape: Cases = ({ connector, credentialsOf, methods }) => [
  {
    name: 'names its provider, its hosts and its credentials',
    async run() {
      const { manifest } = connector;
      expect(manifest.provider).toMatch(/^[a-z0-9-]{2,40}$/);
      for (const mode of ['sandbox', 'live'] as const)
        expect(new URL(manifest.baseUrl[mode]).protocol).toBe('https:');
      const names = manifest.credentials.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      const shown = manifest.credentials.find(({ name }) => name === manifest.publicCredential);
      if (manifest.publicCredential !== null) expect(shown?.secret).toBe(false);
      const given = credentialsOf('manifest');
      expect(readCredentials(manifest, 'sandbox', given)).toEqual({
        credentials: given,
        ignored: [],
      });
      const told = manifest.credentials.some(
        ({ pattern }) => pattern !== undefined && pattern.sandbox !== pattern.live,
      );
      if (told) expect(readCredentials(manifest, 'live', given)).toHaveProperty('problems');
    },
  },
  {
    name: 'has a verb for every operation that it claims, and claims every verb',
    async run() {
      const { operations } = connector.manifest.capabilities;
      for (const operation of [
        'charge',
        'authorize',
        'capture',
        'void',
        'refund',
        'payout',
      ] as const)
        expect({ [operation]: typeof connector[operation] === 'function' }).toEqual({
          [operation]: operations.includes(operation),
        });
      const { guaranteesKey } = connector.manifest;
      for (const operation of guaranteesKey?.operations ?? [])
        expect(operations).toContain(operation);
      expect(connector.refund === undefined).toBe(connector.syncRefund === undefined);
      expect(connector.payout === undefined).toBe(connector.syncPayout === undefined);
    },
  },
  {
    name: 'claims methods, countries, currencies and amounts that exist',
    async run() {
      const { capabilities } = connector.manifest;
      const { currencies, countries, minimumMinor, maximumMinor, manualCapture } = capabilities;
      expect(methods.map(({ method }) => method).toSorted()).toEqual(
        capabilities.methods.toSorted(),
      );
      if (currencies !== 'any') expect(currencies.filter((code) => !isCurrency(code))).toEqual([]);
      if (countries !== 'any') expect(countries.filter((code) => !isCountry(code))).toEqual([]);
      for (const [currency, least] of Object.entries(minimumMinor))
        expect(least).toBeLessThanOrEqual(maximumMinor[currency] ?? least);
      expect(manualCapture !== null).toBe(capabilities.operations.includes('authorize'));
    },
  },
];
