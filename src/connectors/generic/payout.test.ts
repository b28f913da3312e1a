import { describe, expect, it } from 'vitest';
import { money } from '../../kernel/money.ts';
import type { Call, PayoutInput } from '../contract.ts';
import type { PspRequest, Transmission } from '../transport.ts';
import { payout, syncPayout } from './payout.ts';

const input: PayoutInput = {
  kind: 'payout',
  reference: 'f'.repeat(32),
  amount: money(8_000n, 'ZAR'),
  narration: 'Salary',
  beneficiary: null,
  source: 'acc_1',
  destination: 'acc_2',
  metadata: {},
  pspReference: null,
  pspState: {},
  createdAtMs: 1_700_000_000_000,
};

function calling(...answers: readonly (Transmission | [number, unknown])[]) {
  const asked: PspRequest[] = [];
  const call = {
    credentials: { api_key: 'secret', endpoint: 'https://psp.example' },
    mode: 'sandbox',
    nowMs: 1_700_000_000_000,
    send: async (request: PspRequest): Promise<Transmission> => {
      const answer = answers[asked.push(request) - 1] ?? [500, ''];
      if ('sent' in answer) return answer;
      const [status, said] = answer;
      const text = typeof said === 'string' ? said : JSON.stringify(said);
      return { sent: 'replied', status, headers: {}, text };
    },
  } as unknown as Call;
  return { call, asked };
}

const made = (more: object = {}) => ({
  id: 'po_1',
  idempotencyKey: input.reference,
  amount: '8000',
  currency: 'ZAR/2',
  status: 'PENDING',
  ...more,
});
const listed = (more: object = {}) => ({
  id: 'po_1',
  amount: '8000',
  currency: 'ZAR/2',
  status: 'SUCCEEDED',
  metadata: { idempotencyKey: input.reference },
  ...more,
});

describe('a payout at a generic PSP', () => {
  it('is posted under its key, in minor units as text', async () => {
    const { call, asked } = calling([201, made()]);
    expect(await payout(input, call)).toEqual({ kind: 'pending', pspReference: 'po_1' });
    expect(asked[0]).toMatchObject({ method: 'POST', path: '/payouts' });
    expect(JSON.parse(asked[0]?.body ?? '')).toMatchObject({
      idempotencyKey: input.reference,
      amount: '8000',
      currency: 'ZAR/2',
      sourceAccountId: 'acc_1',
      destinationAccountId: 'acc_2',
    });
  });

  it('between own accounts is a transfer', async () => {
    const { call, asked } = calling([201, made({ status: 'SUCCEEDED' })]);
    expect((await payout({ ...input, kind: 'transfer' }, call)).kind).toBe('succeeded');
    expect(asked[0]?.path).toBe('/transfers');
  });

  it.each([
    [[400, { Title: 'bad', Detail: 'no such account' }], 'declined'],
    [[401, { Title: 'unauthorized', Detail: 'no' }], 'declined'],
    [[201, made({ status: 'FAILED' })], 'declined'],
    [[409, { Title: 'conflict', Detail: 'under way' }], 'unknown'],
    [[500, ''], 'unknown'],
    [[201, 'not json'], 'unknown'],
    [[201, []], 'unknown'],
    [[201, made({ idempotencyKey: 'of another' })], 'unknown'],
    [[201, made({ status: 'SUCCEEDED', amount: '8001' })], 'unknown'],
    [[201, made({ status: 'SUCCEEDED', currency: 'USD/2' })], 'unknown'],
    [[201, made({ status: 'SUCCEEDED', amount: 8000 })], 'unknown'],
    [[201, made({ status: 'DISPUTE' })], 'unknown'],
    [[302, ''], 'unknown'],
  ] as const)('answered with %j is %s', async (answer, kind) => {
    const { call } = calling(answer as unknown as [number, unknown]);
    expect((await payout(input, call)).kind).toBe(kind);
  });

  it('without both accounts is not sent, and may go elsewhere', async () => {
    const { call, asked } = calling();
    expect(await payout({ ...input, source: null }, call)).toMatchObject({
      kind: 'declined',
      decline: { fallbackOverride: 'yes' },
    });
    expect(asked).toEqual([]);
  });
});

describe('a payout whose answer was lost', () => {
  it('is found by its key on a later page', async () => {
    const page = Array.from({ length: 100 }, (_, index) =>
      listed({ id: `x${index}`, metadata: {} }),
    );
    const { call, asked } = calling([200, page], [200, [listed()]]);
    expect(await syncPayout(input, call)).toMatchObject({
      kind: 'succeeded',
      pspReference: 'po_1',
      amountMinor: 8_000n,
    });
    expect(asked.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('and is not listed stays unknown, and is not said to be absent', async () => {
    const { call } = calling([200, []]);
    expect(await syncPayout(input, call)).toEqual({
      kind: 'unknown',
      reason: 'the payout is not among the transactions that the PSP lists',
    });
  });

  it('is not taken for a refund of it', async () => {
    const { call } = calling([200, [listed({ relatedTransactionID: 'po_1' })]]);
    expect((await syncPayout({ ...input, pspReference: 'po_1' }, call)).kind).toBe('unknown');
  });
});
