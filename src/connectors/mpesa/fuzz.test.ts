// Hostile replies and callbacks: whatever comes, the connector answers with a sensible outcome, never throws, and claims
// money only where the reply says so.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostileTransmission, mutationsOf } from '../../../test/hostile-json.ts';
import type { Outcome } from '../../domain/attempt/outcome.ts';
import { checkOutcome } from '../check-outcome.ts';
import type { Call } from '../contract.ts';
import {
  accepted,
  attempt,
  chargeInput,
  listed,
  payoutInput,
  queried,
  refundInput,
  scripted,
} from './fixture.ts';
import { mpesa } from './index.ts';

const documented = [
  accepted,
  queried('0'),
  queried(0),
  queried('1032'),
  queried('4999'),
  listed(),
  { errorCode: '500.001.1001', errorMessage: 'The transaction is being processed' },
];

const lost = { ...attempt, pspReference: null, createdAtMs: 0 };
const payIn = { ...attempt, pspReference: 'P0123456789A', pspState: { flow: 'c2b' } };
const named = { ...refundInput, pspState: { conversation: '1' } };
const operations: Record<string, (call: Call) => Promise<Outcome>> = {
  charge: (call) => mpesa.charge(chargeInput, call),
  sync: (call) => mpesa.sync(attempt, call),
  'sync of a lost push': (call) => mpesa.sync(lost, call),
  'sync of a pay-in': (call) => mpesa.sync(payIn, call),
  refund: (call) => mpesa.refund!({ ...refundInput, attempt }, call),
  syncRefund: (call) => mpesa.syncRefund!(named, call),
  payout: (call) => mpesa.payout!(payoutInput, call),
  syncPayout: (call) => mpesa.syncPayout!(payoutInput, call),
};

describe.each(Object.entries(operations))('%s under arbitrary replies', (name, run) => {
  it('answers with a sensible outcome, and with a success only when a reply says so', async () => {
    const scripts = fc.array(hostileTransmission(documented), { minLength: 9, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        const { call } = scripted(...script);
        const outcome = await run(call);
        expect(() => checkOutcome(outcome, (said) => said)).not.toThrow();
        if (outcome.kind !== 'succeeded') return;
        // Only a question tells of money, and only with a result or a listed payment.
        expect(name).toMatch(/^sync( of|$)/);
        const said = script.map((one) => (one.sent === 'replied' ? one.text : '')).join();
        expect(said).toMatch(/"ResultCode":"?0\b|transactionId/);
      }),
      { numRuns: 400 },
    );
  });
});

describe('arbitrary callbacks', () => {
  const bodies = mutationsOf([
    { Body: { stkCallback: { CheckoutRequestID: 'ws_1', ResultCode: 0, ResultDesc: 'ok' } } },
    { Result: { ResultCode: 0, OriginatorConversationID: '1', ResultParameters: {} } },
    { TransID: 'X', BillRefNumber: 'P1', BusinessShortCode: '600000' },
  ]);
  const tails = fc.oneof(
    fc.string(),
    fc.constant(`d${'a'.repeat(32)}t${'0'.repeat(12)}s${'b'.repeat(32)}`),
    fc.constant(`p${'a'.repeat(32)}s${'b'.repeat(32)}`),
  );

  it('are read without a throw, and none is verified', () => {
    fc.assert(
      fc.property(bodies, tails, (body, callback) => {
        const message = { headers: {}, query: { callback }, rawBody: Buffer.from(body) };
        const said = mpesa.readWebhook(message);
        // Only an answer to a question may leave it open; all else that says nothing is a reason to ask.
        if (!said?.eventType.endsWith('.status')) expect(said?.outcome?.kind).not.toBe('unknown');
        expect(mpesa.verifyWebhook(message, { consumer_secret: 'x' }, 0)).not.toBe('verified');
      }),
      { numRuns: 1000 },
    );
  });
});
