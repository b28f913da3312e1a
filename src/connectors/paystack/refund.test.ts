import { describe, expect, it } from 'vitest';
import type { OperationInput } from '../contract.ts';
import {
  attempt,
  REFERENCE,
  refundData,
  refundInput,
  reply,
  scripted,
  verified,
} from './fixture.ts';
import { paystack } from './index.ts';

const queued = (data = {}) =>
  reply(200, { status: true, message: 'Refund has been queued', data: refundData(data) });
const list = (...data: unknown[]) => reply(200, { status: true, message: 'Refunds', data });

async function refunded(...answers: Parameters<typeof scripted>) {
  const script = scripted(...answers);
  return { outcome: await paystack.refund!(refundInput, script.call), script };
}

async function searched(input: OperationInput, ...answers: Parameters<typeof scripted>) {
  const script = scripted(...answers);
  return { outcome: await paystack.syncRefund!(input, script.call), script };
}

describe('a refund', () => {
  it('carries our reference in its note, because Paystack has no key', async () => {
    const { outcome, script } = await refunded(queued());
    expect(script.sent[0]).toMatchObject({ method: 'POST', path: '/refund' });
    expect(script.bodies()[0]).toEqual({
      transaction: REFERENCE,
      amount: 500,
      merchant_note: `switchyard ${refundInput.reference}`,
    });
    expect(outcome).toMatchObject({ kind: 'pending', pspReference: '3000001' });
  });

  it.each([
    ['processing', { kind: 'pending' }],
    ['needs-attention', { kind: 'pending', message: expect.stringContaining('bank account') }],
    ['processed', { kind: 'succeeded', what: 'refunded', amountMinor: 500n, currency: 'GHS' }],
    ['failed', { kind: 'declined' }],
    ['new-word', { kind: 'unknown' }],
  ])('%s', async (status, expected) => {
    expect((await refunded(queued({ status }))).outcome).toMatchObject(expected);
  });

  it('of another transaction is not ours', async () => {
    const { outcome } = await refunded(
      queued({ status: 'processed', transaction: { reference: 'other' } }),
    );
    expect(outcome.kind).toBe('unknown');
  });

  it('beyond the balance is the merchant’s to solve', async () => {
    const { outcome } = await refunded(
      reply(400, { status: false, message: 'Insufficient balance' }),
    );
    expect(outcome).toMatchObject({ decline: { code: 'merchant_balance_insufficient' } });
  });

  it('a refusal by validation is definite, a lost reply is not', async () => {
    const refusal = reply(400, { status: false, message: 'Transaction has been fully reversed' });
    expect((await refunded(refusal)).outcome).toMatchObject({
      decline: { code: 'invalid_request' },
    });
    expect((await refunded(reply(502, ''))).outcome.kind).toBe('unknown');
  });

  it('that Paystack named before is asked about, not repeated', async () => {
    const script = scripted(queued({ status: 'processed' }));
    const outcome = await paystack.refund!(
      { ...refundInput, pspReference: '3000001' },
      script.call,
    );
    expect(script.sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /refund/3000001',
    ]);
    expect(outcome).toMatchObject({ kind: 'succeeded', what: 'refunded' });
  });
});

describe('looking for a refund whose reply was lost', () => {
  const foreign = (data = {}) => refundData({ id: 3000009, merchant_note: 'by hand', ...data });

  it('finds it by its note', async () => {
    const { outcome, script } = await searched(
      refundInput,
      list(foreign(), refundData({ transaction: 9000000001, status: 'processed' })),
    );
    expect(script.sent[0]?.path).toBe('/refund?transaction=9000000001&perPage=100&page=1');
    expect(outcome).toMatchObject({ kind: 'succeeded', pspReference: '3000001' });
  });

  it('learns the id of the transaction first when it must', async () => {
    const input = { ...refundInput, attempt };
    const { outcome, script } = await searched(input, reply(200, verified()), list(refundData()));
    expect(script.sent).toHaveLength(2);
    expect(outcome).toMatchObject({ kind: 'pending', pspReference: '3000001' });
  });

  it('finds it by amount when the note is gone', async () => {
    const { outcome } = await searched(
      refundInput,
      list(foreign({ amount: 700 }), foreign({ id: 7 })),
    );
    expect(outcome).toMatchObject({ kind: 'pending', pspReference: '7' });
  });

  const nothing: [string, Partial<OperationInput>, Record<string, unknown>][] = [
    ['of another amount', {}, { amount: 501 }],
    ['of a sibling', { siblings: [{ amountMinor: 500n, pspReference: '3000009' }] }, {}],
    ['with the note of another refund of ours', {}, { merchant_note: 'switchyard other' }],
    ['made long before', {}, { createdAt: '2026-01-05T09:00:00.000Z' }],
    ['of another transaction', {}, { transaction: 1 }],
  ];
  it.each(nothing)('one %s is not it', async (_, more, data) => {
    const { outcome } = await searched({ ...refundInput, ...more }, list(foreign(data)));
    expect(outcome).toMatchObject({ kind: 'unknown', notFound: true });
  });

  it('two that might be it are a person’s to tell apart', async () => {
    const two = await searched(refundInput, list(foreign({ id: 1 }), foreign({ id: 2 })));
    expect(two.outcome).not.toHaveProperty('notFound');
    const siblings = [{ amountMinor: 500n, pspReference: null }];
    const rival = await searched({ ...refundInput, siblings }, list(foreign()));
    expect(rival.outcome.kind).toBe('unknown');
    expect(rival.outcome).not.toHaveProperty('notFound');
  });

  it('reads every page before it says that there is none', async () => {
    const full = list(...Array.from({ length: 100 }, (_, i) => foreign({ id: i + 1, amount: 1 })));
    const { outcome, script } = await searched(refundInput, full, list(refundData()));
    expect(script.sent[1]?.path).toContain('page=2');
    expect(outcome).toMatchObject({ pspReference: '3000001' });
    const endless = await searched(refundInput, full, full, full, full, full);
    expect(endless.outcome).not.toHaveProperty('notFound');
  });

  it.each([reply(500, ''), reply(401, ''), reply(200, { status: true, data: {} })])(
    'a list that cannot be read proves nothing: %j',
    async (answer) => {
      const { outcome } = await searched(refundInput, answer);
      expect(outcome.kind).toBe('unknown');
      expect(outcome).not.toHaveProperty('notFound');
    },
  );
});
