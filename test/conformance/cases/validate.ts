// Credentials are right, wrong, or could not be asked about: three answers, never mixed up.
import { expect } from 'vitest';
import { fallbackOf } from '../../../src/domain/attempt/decline.ts';
import { type Case, type Cases, expectDeclined } from '../case.ts';

const SILENCE = [
  'error_500_before',
  'html_502',
  'truncated_json',
  'empty_body',
  'reset_before',
  'rate_limit',
];

export const validate: Cases = ({ wrong }) => [
  {
    name: 'right credentials are accepted',
    proves: [{ row: 'validate' }],
    async run(merchant) {
      expect(await merchant.validate()).toMatchObject({ ok: true, reached: true });
      expect(merchant.exchanges).toHaveLength(1);
      expect(merchant.books.totals()).toEqual({});
    },
  },
  {
    name: 'wrong credentials are refused, without repeating them',
    async run(merchant) {
      const mistaken = merchant.neighbour(wrong);
      expect(await mistaken.validate()).toMatchObject({ ok: false, reached: true });
    },
  },
  {
    name: 'a PSP that cannot be reached says nothing about the credentials',
    async run(merchant) {
      expect(await merchant.validate('dead')).toMatchObject({ ok: false, reached: false });
    },
  },
  ...SILENCE.map(
    (fault): Case => ({
      name: `a PSP that answers with ${fault} says nothing about the credentials`,
      async run(merchant) {
        merchant.fault(fault, {});
        expect(await merchant.validate()).toMatchObject({ ok: false, reached: false });
      },
    }),
  ),
  {
    name: 'a charge with wrong credentials is refused, and another connection may be tried',
    async run(merchant) {
      const { last } = await merchant.neighbour(wrong).charge();
      expectDeclined(last, 'auth_failed');
      expect(last?.kind === 'declined' && fallbackOf(last.decline)).toBe('yes');
    },
  },
];
