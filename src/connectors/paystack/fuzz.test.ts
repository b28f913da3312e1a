// Hostile replies: whatever comes back, the connector answers with an outcome, and it claims a success only when the
// reply says so under our reference, with the amount and currency that the reply itself states.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearTo } from '../../../test/hostile-json.ts';
import type { Outcome } from '../../domain/attempt/outcome.ts';
import { checkOutcome } from '../check-outcome.ts';
import type { Connector } from '../contract.ts';
import type { Transmission } from '../transport.ts';
import {
  attempt,
  attempted,
  chargeInput,
  directAttempt,
  duplicateReference,
  initialized,
  noInstrument,
  payoutInput,
  REFERENCE,
  refundData,
  refundInput,
  reply,
  scripted,
  transactionNotFound,
  transferData,
  verified,
} from './fixture.ts';
import { paystack } from './index.ts';

const documented: unknown[] = [
  verified(),
  verified({ status: 'failed', gateway_response: 'Declined' }),
  verified({ status: 'abandoned' }),
  verified({ status: 'reversed' }),
  verified({ status: 'authorized', currency: 'ZAR' }),
  verified({ status: 'captured', captured_amount: '20000' }),
  attempted({ status: 'send_otp' }),
  attempted({ status: 'pending_bank_transfer', account_number: '1', bank: { name: 'B' } }),
  initialized,
  duplicateReference,
  transactionNotFound,
  { status: true, data: refundData({ status: 'processed' }) },
  { status: true, data: [refundData({ status: 'processed' })] },
  { status: true, data: transferData({ status: 'success' }) },
  { status: true, data: { recipient_code: 'RCP_1' } },
];

/** A reply that says that money moved, with one of the members that prove it missing or wrong. */
const doubtful = fc
  .tuple(
    fc.constantFrom(
      verified().data,
      verified({ status: 'authorized', currency: 'ZAR' }).data,
      verified({ status: 'captured', captured_amount: '20000' }).data,
      refundData({ status: 'processed' }),
      transferData({ status: 'success' }),
    ),
    fc.constantFrom('reference', 'amount', 'requested_amount', 'currency', 'domain', 'status'),
    fc.oneof(fc.constantFrom<unknown>(null, '', 7, 'other', 'live', undefined), fc.jsonValue()),
  )
  .map(([data, member, value]) =>
    JSON.stringify({ status: true, data: { ...data, [member]: value } }),
  );

const text = fc.oneof(doubtful, nearTo(documented), fc.json(), fc.string());
const transmission: fc.Arbitrary<Transmission> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(fc.constantFrom(200, 200, 200, 201, 400, 401, 404, 422, 429, 500, 302), text)
      .map(([status, body]) => reply(status, body)),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Transmission>(
      { sent: 'not_sent', reason: 'x' },
      { sent: 'unknown', reason: 'x' },
    ),
  },
);

const zar = {
  ...attempt,
  amount: { amountMinor: 20000n, currency: 'ZAR' },
  captureMethod: 'manual' as const,
};
const mobile = { ...noInstrument, phone: '0551234987', network: 'mtn' };
const toKnown = { ...payoutInput, pspState: { recipient_code: 'RCP_demo1' } };
type Run = (connector: Connector, call: Parameters<Connector['validate']>[0]) => Promise<Outcome>;
const operations: Record<string, Run> = {
  page: (to, call) => to.charge(chargeInput, call),
  direct: (to, call) => to.charge({ ...chargeInput, method: null, instrument: mobile }, call),
  submit: (to, call) =>
    to.submitAction!({ attempt: directAttempt, field: 'otp', value: '1' }, call),
  sync: (to, call) => to.sync(directAttempt, call),
  syncZar: (to, call) => to.sync(zar, call),
  capture: (to, call) => to.capture!({ ...refundInput, attempt: zar }, call),
  void: (to, call) => to.void!({ ...refundInput, attempt: zar }, call),
  refund: (to, call) => to.refund!(refundInput, call),
  syncRefund: (to, call) => to.syncRefund!(refundInput, call),
  payout: (to, call) => to.payout!(payoutInput, call),
  payoutAgain: (to, call) => to.payout!(toKnown, call),
  syncPayout: (to, call) => to.syncPayout!(payoutInput, call),
};

const raw = (one: Transmission | undefined) => (one?.sent === 'replied' ? one.text : '');

describe.each(Object.entries(operations))('%s under arbitrary replies', (name, run) => {
  it('answers with a sensible outcome, and with a success only when a reply says so', async () => {
    const scripts = fc.array(transmission, { minLength: 7, maxLength: 7 });
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        const { call, sent } = scripted(...script);
        const outcome = await run(paystack, call);
        expect(() => checkOutcome(outcome, (said) => said)).not.toThrow(/^(?!action\.)/);
        if (outcome.kind !== 'succeeded') return;
        const said = raw(script[sent.length - 1]);
        const reference = name.includes('ayout') ? payoutInput.reference : REFERENCE;
        const ours = name.endsWith('efund')
          ? [reference, '9000000001', refundInput.reference]
          : [reference];
        expect(ours.some((one) => said.includes(one))).toBe(true);
        if (name === 'void') return; // a release states no amount
        expect(said).toContain(outcome.currency);
        expect(said.replaceAll('"', '')).toMatch(new RegExp(`amount:0*${outcome.amountMinor}\\b`));
      }),
      { numRuns: 600 },
    );
  });
});

const questions = Object.entries(operations).filter(([name]) => name.startsWith('sync'));

describe.each(questions)('%s', (_, run) => {
  it.each([400, 401, 403, 404, 422, 429, 500])(
    'a question refused with HTTP %i is not a refused payment',
    async (status) => {
      const message = 'Declined: insufficient funds, fraud, Invalid key';
      const refusal = reply(status, { status: false, message });
      const { call } = scripted(refusal, refusal, refusal);
      expect((await run(paystack, call)).kind).toBe('unknown');
    },
  );
});

describe('arbitrary webhooks', () => {
  const bodies = fc.oneof(
    fc.json(),
    fc.string(),
    fc
      .record({
        event: fc.constantFrom(
          'charge.success',
          'refund.processed',
          'transfer.success',
          'preauthorization.capture.success',
          'charge.dispute.create',
          'x',
        ),
        data: fc.oneof(
          fc.jsonValue(),
          fc.constantFrom(...documented.map((one) => (one as { data?: unknown }).data)),
        ),
      })
      .map((body) => JSON.stringify(body)),
  );

  it('are read without a throw', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const message = paystack.readWebhook({
          headers: {},
          query: {},
          rawBody: Buffer.from(body),
        });
        expect(message?.outcome?.kind).not.toBe('unknown');
      }),
      { numRuns: 1000 },
    );
  });

  it('are not verified by any header', () => {
    fc.assert(
      fc.property(bodies, fc.string(), (body, signature) => {
        const message = {
          headers: { 'x-paystack-signature': signature },
          query: {},
          rawBody: Buffer.from(body),
        };
        expect(paystack.verifyWebhook(message, { secret_key: 'sk_test_x' }, 0)).toBe('forged');
      }),
    );
  });
});
