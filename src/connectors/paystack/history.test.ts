import { describe, expect, it } from 'vitest';
import type { Transmission } from '../transport.ts';
import {
  REFERENCE,
  refundData,
  refundInput,
  reply,
  scripted,
  transferData,
  verified,
} from './fixture.ts';
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

describe('the pages of a list', () => {
  const meta = (fields: object, data: readonly unknown[]) =>
    reply(200, { status: true, message: 'retrieved', data, meta: fields });
  const next = async (answer: Transmission) => {
    const told = await history(payments, scripted(answer).call);
    return told.kind === 'told' ? told.value.next : told;
  };

  it('go on for as many as there are, whatever the size of one', async () => {
    expect(await next(meta({ page: 1, pageCount: 2 }, [row()]))).toBe('2');
    expect(await next(meta({ page: 1, pageCount: 1 }, [row()]))).toBe(null);
    expect(await next(meta({ page: 1, pageCount: 9 }, []))).toBe(null);
  });

  it('end where a list that does not look at the window has come out of it', async () => {
    const old = row({ created_at: '2025-12-31T23:59:59.000Z' });
    expect(await next(meta({ page: 1, pageCount: 9 }, [row(), old]))).toBe(null);
  });
});

const createdAt = '2026-01-05T10:10:00.000Z';

describe('the history of transfers', () => {
  it.each([
    ['pending', 'PENDING'],
    ['otp', 'PENDING'],
    ['success', 'SUCCEEDED'],
    ['failed', 'FAILED'],
    ['reversed', 'FAILED'],
  ])('tells of one that is %s under its code', async (status, shown) => {
    const recipient = { recipient_code: 'RCP_1' };
    const transfer = { ...transferData({ status }), id: 8000001, createdAt, recipient };
    const answer = await history({ ...payments, kind: 'payouts' }, scripted(list([transfer])).call);
    const about = { type: 'payout', parent: null, destinationAccount: 'RCP_1' };
    const item = { ...about, reference: 'TRF_demo1', status: shown };
    expect(answer).toMatchObject({ kind: 'told', value: { items: [item] } });
  });
});

describe('the history of disputes', () => {
  /** The documented example (psp/paystack.md section 4). */
  const dispute = (changes: object) => ({
    id: 350001,
    refund_amount: 4200,
    currency: 'NGN',
    status: 'resolved',
    resolution: null,
    transaction: { id: 9000000001, reference: REFERENCE, amount: 4200, status: 'success' },
    createdAt,
    ...changes,
  });
  const read = async (changes: object) =>
    history({ ...payments, kind: 'disputes' }, scripted(list([dispute(changes)])).call);

  it.each([
    ['awaiting-merchant-feedback', null, 'DISPUTE'],
    ['awaiting-bank-feedback', null, 'DISPUTE'],
    ['archived', null, 'DISPUTE_WON'],
    ['resolved', 'declined', 'DISPUTE_WON'],
    ['resolved', 'merchant-accepted', 'DISPUTE_LOST'],
    ['resolved', 'auto-accepted', 'DISPUTE_LOST'],
  ])('tells what %s (%s) makes of the payment', async (status, resolution, shown) => {
    const parent = { reference: '9000000001', givenReference: REFERENCE };
    const item = { reference: '350001', status: shown, parent };
    expect(await read({ status, resolution })).toMatchObject({ value: { items: [item] } });
  });

  it('names one that was resolved without saying how', async () => {
    expect(await read({})).toMatchObject({ value: { items: [], unreadable: ['350001'] } });
  });
});

describe('accounts', () => {
  const accounts = { ...payments, kind: 'accounts' } as const;

  it('are a balance in each currency, then the recipients, of whose numbers the end is told', async () => {
    const recipient = {
      id: 6000001,
      recipient_code: 'RCP_1',
      name: 'Ama',
      currency: 'NGN',
      type: 'nuban',
      createdAt,
      details: { account_number: '0001234567', bank_code: '058', bank_name: 'One' },
    };
    const balance = list([{ currency: 'NGN', balance: 1250000 }]);
    const { call, sent } = scripted(balance, list([recipient]));
    expect(await history(accounts, call)).toMatchObject({
      value: {
        items: [{ reference: 'balance:NGN', type: 'INTERNAL', defaultUnit: 'NGN' }],
        next: '1',
      },
    });
    const second = await history({ ...accounts, cursor: '1' }, call);
    expect(second).toMatchObject({
      value: {
        items: [{ reference: 'RCP_1', type: 'EXTERNAL', name: 'Ama', raw: { last4: '4567' } }],
        next: null,
      },
    });
    const told = second.kind === 'told' ? second.value : null;
    expect(JSON.stringify(told)).not.toContain('0001234567');
    expect(sent.map(({ path }) => path.split('?')[0])).toEqual(['/balance', '/transferrecipient']);
  });

  it('have what can be paid out', async () => {
    const answer = list([{ currency: 'NGN', balance: -5 }]);
    const read = await history({ ...payments, kind: 'balances' }, scripted(answer).call);
    expect(read).toMatchObject({
      value: { items: [{ account: 'balance:NGN', amount: { amountMinor: -5n } }], next: null },
    });
  });
});
