// Asking the PSP (C-9). An answer that is none teaches nothing, and a state that was reached is never asked away.
import { expect } from 'vitest';
import { type Case, type Cases, expectPaid, expectUnknown } from '../case.ts';
import { Payment } from '../payment.ts';

const SILENCE = [
  'reset_before',
  'error_500_before',
  'rate_limit',
  'reply_lost',
  'error_500_after',
  'html_502',
  'truncated_json',
  'empty_body',
];

export const sync: Cases = ({ connector }) => [
  {
    name: 'a reference that the PSP has never seen is not found, and nothing worse',
    async run(merchant) {
      const young = new Payment(merchant.input(merchant.plain), merchant.nowMs());
      expectUnknown(await merchant.sync(young));
      // By now no key of it can be alive at the PSP.
      const hours = (connector.manifest.guaranteesKey?.hours ?? 0) + 2;
      const old = new Payment(young.input, merchant.nowMs() - hours * 3_600_000);
      expect(await merchant.sync(old)).toMatchObject({ kind: 'unknown', notFound: true });
    },
  },
  {
    name: 'a reference of another merchant is not found',
    async run(merchant) {
      const { input } = await merchant.neighbour().paid();
      expectUnknown(await merchant.sync(new Payment(input, merchant.nowMs())));
    },
  },
  ...SILENCE.map(
    (fault): Case => ({
      name: `${fault} is no answer, and the next question gets one`,
      async run(merchant) {
        const payment = await merchant.paid();
        merchant.fault(fault, { operation: 'sync' });
        expectUnknown(await merchant.sync(payment));
        await merchant.sync(payment);
        expectPaid(payment);
      },
    }),
  ),
  {
    name: 'a question that does not leave, or is not answered in time, teaches nothing',
    async run(merchant) {
      const payment = await merchant.paid();
      expectUnknown(await merchant.sync(payment, 'dead'));
      merchant.fault('latency', { operation: 'sync' });
      expectUnknown(await merchant.sync(payment, 'hurried'));
      await merchant.sync(payment);
      expectPaid(payment);
    },
  },
];
