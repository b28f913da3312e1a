import { describe, expect, it } from 'vitest';
import type { Transmission } from '../transport.ts';
import { REFERENCE, refundData, refundInput, reply, scripted, verified } from './fixture.ts';
import { history } from './history.ts';

const fromMs = Date.parse('2026-01-05T10:00:00.000Z');
const toMs = Date.parse('2026-01-05T10:20:00.123Z');
const payments = { kind: 'payments', fromMs, toMs, cursor: null } as const;
const refunds = { ...payments, kind: 'refunds' } as const;
const list = (data: unknown) => reply(200, { status: true, message: 'retrieved', data });
const row = (changes: object = {}) => ({
  ...verified().data,
  created_at: '2026-01-05T10:10:00.000Z',
  ...changes,
});

describe('history', () => {
  it('asks from and to, and for the next page while pages are full', async () => {
    const full = Array.from({ length: 100 }, (_, id) => row({ id }));
    const { call, sent } = scripted(list(full), list([row()]));
    const first = await history(payments, call);
    expect(first).toMatchObject({ kind: 'told', value: { next: '2' } });
    const second = await history({ ...payments, cursor: '2' }, call);
    expect(second).toMatchObject({ kind: 'told', value: { next: null } });
    const queries = sent.map(({ path }) =>
      Object.fromEntries(new URLSearchParams(path.split('?')[1])),
    );
    const times = { from: '2026-01-05T10:00:00.000Z', to: '2026-01-05T10:20:00.123Z' };
    expect(queries).toEqual([
      { ...times, perPage: '100', page: '1' },
      { ...times, perPage: '100', page: '2' },
    ]);
  });

  it('tells the gross amount of what was given back since, and names what it cannot read', async () => {
    const rows = [
      row({ status: 'reversed' }),
      row({ id: '18446744073709551615', status: 'levitating' }),
      row({ id: 7, currency: 'DOGE' }),
    ];
    const answer = await history(payments, scripted(list(rows)).call);
    expect(answer).toMatchObject({
      kind: 'told',
      value: {
        items: [
          {
            reference: '9000000001',
            givenReference: REFERENCE,
            status: 'SUCCEEDED',
            amount: { amountMinor: 20_000n, currency: 'GHS' },
          },
        ],
        unreadable: ['18446744073709551615', '7'],
      },
    });
  });

  it('finds our refund by its note, and its payment by id and by reference', async () => {
    const rows = [refundData({ status: 'processed' })];
    const answer = await history(refunds, scripted(list(rows)).call);
    expect(answer).toMatchObject({
      value: {
        items: [
          {
            status: 'REFUNDED',
            givenReference: refundInput.reference,
            parent: { reference: '9000000001', givenReference: REFERENCE },
          },
        ],
      },
    });
  });

  it.each<[string, Transmission]>([
    ['there is no answer', { sent: 'unknown', reason: 'reset' }],
    ['a row has no id', list([{ status: 'success' }])],
    ['it is no list', list({ all: 'of it' })],
    ['it is no JSON', reply(200, '<html>')],
  ])('learns nothing when %s', async (_, answer) => {
    expect(await history(payments, scripted(answer).call)).toMatchObject({ kind: 'unreachable' });
  });
});
