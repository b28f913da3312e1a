// Hostile replies: whatever comes back, the connector answers with an outcome, and it claims a success only when the
// reply says so under our reference, with the amount that the reply itself states.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyTransmission } from '../../../test/any-transmission.ts';
import type { Outcome } from '../../domain/attempt/outcome.ts';
import { checkOutcome } from '../check-outcome.ts';
import type { Connector } from '../contract.ts';
import {
  account,
  attempt,
  chargeInput,
  holder,
  init,
  noInstrument,
  ok,
  payoutData,
  payoutInput,
  REFERENCE,
  refundData,
  refundInput,
  refusal,
  reply,
  scripted,
  transaction,
} from './fixture.ts';
import { monnify } from './index.ts';

const documented: unknown[] = [
  ok(transaction()),
  ok(transaction({ paymentStatus: 'PARTIALLY_PAID', amountPaid: '500.00' })),
  ok(transaction({ paymentStatus: 'OVERPAID', amountPaid: 2000 })),
  ok(transaction({ paymentStatus: 'PENDING' })),
  init,
  account,
  holder,
  ok(refundData()),
  ok(payoutData()),
  refusal('99', 'Could not find transaction'),
  refusal('D07', 'Possible duplicate'),
];

type Run = (connector: Connector, call: Parameters<Connector['validate']>[0]) => Promise<Outcome>;
const operations: Record<string, Run> = {
  page: (to, call) => to.charge(chargeInput, call),
  account: (to, call) =>
    to.charge({ ...chargeInput, method: 'bank_transfer', instrument: noInstrument }, call),
  saved: (to, call) =>
    to.charge({ ...chargeInput, instrument: { ...noInstrument, token: 'MNFY_x' } }, call),
  sync: (to, call) => to.sync(attempt, call),
  refund: (to, call) => to.refund!(refundInput, call),
  syncRefund: (to, call) => to.syncRefund!(refundInput, call),
  payout: (to, call) => to.payout!(payoutInput, call),
  syncPayout: (to, call) => to.syncPayout!(payoutInput, call),
};

const transmission = anyTransmission(
  documented,
  [transaction(), refundData(), payoutData()],
  (body) => ok(body),
);

const OURS: Readonly<Record<string, string>> = {
  refund: refundInput.reference,
  syncRefund: refundInput.reference,
  payout: payoutInput.reference,
  syncPayout: payoutInput.reference,
};

describe.each(Object.entries(operations))('%s under arbitrary replies', (name, run) => {
  it('answers with a sensible outcome, and with a success only when a reply says so', async () => {
    const scripts = fc.array(transmission, { minLength: 5, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        const { call, sent } = scripted(script);
        const outcome = await run(monnify, call);
        expect(() => checkOutcome(outcome, (said) => said)).not.toThrow(/^(?!action\.)/);
        if (outcome.kind !== 'succeeded') return;
        const last = script[sent.length - 1];
        const said = last?.sent === 'replied' ? last.text : '';
        expect(said).toContain(OURS[name] ?? REFERENCE);
        expect(said).not.toContain('PARTIALLY_PAID');
        const digits = outcome.amountMinor.toString().replace(/0+$/, '');
        expect(said.replaceAll(/[."]/g, '')).toContain(digits);
      }),
      { numRuns: 400 },
    );
  });
});

const questions = Object.entries(operations).filter(([name]) => name.startsWith('sync'));

describe.each(questions)('%s', (_, run) => {
  it.each([400, 401, 403, 404, 422, 429, 500, 503])(
    'a question refused with HTTP %i is not a refused payment',
    async (status) => {
      const said = reply(status, refusal('99', 'Declined: insufficient funds, fraud'));
      expect((await run(monnify, scripted([said, said]).call)).kind).toBe('unknown');
    },
  );
});

describe('arbitrary webhooks', () => {
  const bodies = fc.oneof(
    fc.json(),
    fc.string(),
    fc
      .record({
        eventType: fc.constantFrom<unknown>(
          'SUCCESSFUL_TRANSACTION',
          'SUCCESSFUL_REFUND',
          'SUCCESSFUL_DISBURSEMENT',
          'SETTLEMENT',
          '__proto__',
          7,
        ),
        eventData: fc.oneof(
          fc.jsonValue(),
          fc.constantFrom<unknown>(transaction(), refundData(), payoutData()),
        ),
      })
      .map((body) => JSON.stringify(body)),
  );

  it('are read without a throw', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const message = { headers: {}, query: {}, rawBody: Buffer.from(body) };
        expect(monnify.readWebhook(message)?.outcome?.kind).not.toBe('unknown');
      }),
      { numRuns: 1000 },
    );
  });

  it('are not verified by any header', () => {
    fc.assert(
      fc.property(bodies, fc.string(), (body, signature) => {
        const headers = { 'monnify-signature': signature };
        const message = { headers, query: {}, rawBody: Buffer.from(body) };
        const credentials = { api_key: 'MK_TEST_x', secret_key: 'secret' };
        expect(monnify.verifyWebhook(message, credentials, 0)).toBe('forged');
      }),
    );
  });
});
