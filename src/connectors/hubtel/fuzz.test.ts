// Hostile replies and callbacks: whatever comes, the connector answers with a sensible outcome, never throws, and claims
// money only where a status says so.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostileTransmission, mutationsOf } from '../../../test/hostile-json.ts';
import type { Outcome } from '../../domain/attempt/outcome.ts';
import { checkOutcome } from '../check-outcome.ts';
import type { Call } from '../contract.ts';
import {
  attempt,
  chargeInput,
  payoutInput,
  REFERENCE,
  refundInput,
  scripted,
  status,
  tries,
} from './fixture.ts';
import { hubtel } from './index.ts';

const documented = [
  status('Paid'),
  status('Unpaid'),
  status('Refunded'),
  tries('Success'),
  tries('Failed', 'Success'),
  { ResponseCode: '4720' },
  { ResponseCode: '0001', Data: { TransactionId: '2', ClientReference: REFERENCE } },
  { responseCode: '0000', data: { checkoutUrl: 'https://pay.hubtel.com/1' } },
  {
    ResponseCode: 'success',
    Data: { ClientReference: payoutInput.reference, transactionStatus: 'success', Amount: 12.5 },
  },
];

const operations: Record<string, (call: Call) => Promise<Outcome>> = {
  prompt: (call) => hubtel.charge(chargeInput, call),
  page: (call) => hubtel.charge({ ...chargeInput, method: 'card' }, call),
  sync: (call) => hubtel.sync(attempt, call),
  refund: (call) => hubtel.refund!(refundInput, call),
  syncRefund: (call) => hubtel.syncRefund!(refundInput, call),
  payout: (call) => hubtel.payout!(payoutInput, call),
  syncPayout: (call) => hubtel.syncPayout!(payoutInput, call),
};

describe.each(Object.entries(operations))('%s under arbitrary replies', (name, run) => {
  it('answers with a sensible outcome, and with a success only when a status says so', async () => {
    const scripts = fc.array(hostileTransmission(documented), { minLength: 3, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        const { call } = scripted(...script);
        const outcome = await run(call);
        // An address that is none is for the host to refuse.
        expect(() => checkOutcome(outcome, (said) => said)).not.toThrow(/^(?!action\.)/);
        if (outcome.kind !== 'succeeded') return;
        expect(name).toMatch(/^sync/);
        const said = script.map((one) => (one.sent === 'replied' ? one.text : '')).join();
        expect(said).toMatch(/paid|refunded|success/i);
        expect(outcome.amountMinor).toBeGreaterThan(0n);
      }),
      { numRuns: 400 },
    );
  });
});

describe('arbitrary callbacks', () => {
  const bodies = mutationsOf([
    { ResponseCode: '0000', Data: { ClientReference: REFERENCE, OrderId: '3' } },
    { responseCode: '2001', data: { orderId: '3' } },
  ]);

  it('are read without a throw, and none claims anything or is verified', () => {
    fc.assert(
      fc.property(bodies, fc.option(fc.string(), { nil: undefined }), (body, callback) => {
        const query = callback === undefined ? {} : { callback };
        const message = { headers: {}, query, rawBody: Buffer.from(body) };
        expect(hubtel.readWebhook(message)?.outcome ?? null).toBeNull();
        expect(hubtel.verifyWebhook(message, { client_secret: 'x' }, 0)).not.toBe('verified');
      }),
      { numRuns: 1000 },
    );
  });
});
