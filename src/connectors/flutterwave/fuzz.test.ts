// Hostile replies: whatever comes back, the connector answers with an outcome, and it claims a success only when the
// reply says so under our reference, with the amount that the reply itself states.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyTransmission } from '../../../test/any-transmission.ts';
import type { Outcome } from '../../domain/attempt/outcome.ts';
import { checkOutcome } from '../check-outcome.ts';
import type { Connector } from '../contract.ts';
import {
  chargeInput,
  directAttempt,
  hosted,
  noInstrument,
  notFound,
  ok,
  page,
  pageAttempt,
  payoutInput,
  REFERENCE,
  refundData,
  refundInput,
  reply,
  scripted,
  transaction,
  transferData,
} from './fixture.ts';
import { flutterwave } from './index.ts';

const documented: unknown[] = [
  ok(transaction()),
  ok(transaction({ status: 'failed', processor_response: 'Declined' })),
  ok(transaction({ status: 'pending' })),
  ok(transaction({ status: 'pending' }), { meta: { authorization: { mode: 'otp' } } }),
  { status: 'success', meta: { authorization: { mode: 'redirect', redirect: 'https://x.test' } } },
  ok([transaction()], { meta: page }),
  hosted,
  notFound,
  ok(refundData()),
  ok([refundData()], { meta: page }),
  ok(transferData({ status: 'SUCCESSFUL' })),
  ok([transferData({ status: 'SUCCESSFUL' })], { meta: page }),
  ok({ account_name: 'TUNDE BELLO' }),
];

const mobile = { ...noInstrument, phone: '0551234987', network: 'mtn' };
type Run = (connector: Connector, call: Parameters<Connector['validate']>[0]) => Promise<Outcome>;
const operations: Record<string, Run> = {
  page: (to, call) => to.charge(chargeInput, call),
  direct: (to, call) =>
    to.charge({ ...chargeInput, method: 'mobile_money', instrument: mobile }, call),
  saved: (to, call) =>
    to.charge({ ...chargeInput, instrument: { ...noInstrument, token: 'flw-t1nf-x' } }, call),
  submit: (to, call) =>
    to.submitAction!({ attempt: directAttempt, field: 'otp', value: '1' }, call),
  sync: (to, call) => to.sync(directAttempt, call),
  syncPage: (to, call) => to.sync(pageAttempt, call),
  refund: (to, call) => to.refund!(refundInput, call),
  syncRefund: (to, call) => to.syncRefund!(refundInput, call),
  payout: (to, call) => to.payout!(payoutInput, call),
  syncPayout: (to, call) => to.syncPayout!(payoutInput, call),
};

const transmission = anyTransmission(documented, [
  transaction(),
  refundData(),
  transferData({ status: 'SUCCESSFUL' }),
]);

describe.each(Object.entries(operations))('%s under arbitrary replies', (name, run) => {
  it('answers with a sensible outcome, and with a success only when a reply says so', async () => {
    const scripts = fc.array(transmission, { minLength: 12, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        const { call, sent } = scripted(...script);
        const outcome = await run(flutterwave, call);
        expect(() => checkOutcome(outcome, (said) => said)).not.toThrow(/^(?!action\.)/);
        if (outcome.kind !== 'succeeded') return;
        const heard = script
          .slice(0, sent.length)
          .map((one) => (one.sent === 'replied' ? one.text : ''))
          .join('\n');
        const ours = name.includes('ayout') ? payoutInput.reference : REFERENCE;
        expect(name.endsWith('efund') ? heard.includes('7000001') : heard.includes(ours)).toBe(
          true,
        );
        const digits = outcome.amountMinor.toString();
        expect(heard.replaceAll(/[."]/g, '')).toContain(digits.replace(/0+$/, ''));
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
      const message = 'Declined: insufficient funds, fraud, Invalid key';
      const refusal = reply(status, { status: 'error', message, data: null });
      const { call } = scripted(refusal, refusal, refusal);
      expect((await run(flutterwave, call)).kind).toBe('unknown');
    },
  );
});

describe('arbitrary webhooks', () => {
  const events = ['charge.completed', 'transfer.completed', 'refund', 'Transfer', 'x'];
  const bodies = fc.oneof(
    fc.json(),
    fc.string(),
    fc
      .record({
        event: fc.constantFrom<unknown>(...events, 7, null),
        'event.type': fc.constantFrom<unknown>(...events, 'CARD_TRANSACTION', {}, null),
        data: fc.oneof(fc.jsonValue(), fc.constantFrom<unknown>(transaction(), transferData())),
        transfer: fc.jsonValue(),
        txRef: fc.jsonValue(),
      })
      .map((body) => JSON.stringify(body)),
  );

  it('are read without a throw, and never believed', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const message = { headers: {}, query: {}, rawBody: Buffer.from(body) };
        expect(flutterwave.readWebhook(message)?.outcome ?? null).toBeNull();
      }),
      { numRuns: 1000 },
    );
  });

  it('are not verified by any other token', () => {
    fc.assert(
      fc.property(bodies, fc.string(), (body, hash) => {
        const rawBody = Buffer.from(body);
        const message = { headers: { 'verif-hash': hash }, query: {}, rawBody };
        expect(flutterwave.verifyWebhook(message, { secret_hash: 'right-one' }, 0)).toBe('forged');
      }),
    );
  });
});
