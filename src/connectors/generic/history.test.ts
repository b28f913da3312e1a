// The history of a generic PSP that does whatever such PSPs may do: rows of one instant, lists that change while they are
// read, pages that repeat, that are too long, out of order, or never end.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call, HistoryItem, HistoryQuery } from '../contract.ts';
import type { PspRequest, Transmission } from '../transport.ts';
import { history } from './history.ts';

interface Tx {
  readonly id: string;
  readonly updatedAt: string;
  readonly [member: string]: unknown;
}

const DAY = 86_400_000;
const NOW = Date.parse('2026-06-01T12:00:00Z');
const iso = (ms: number) => new Date(ms).toISOString();

const tx = (id: string, updatedMs: number, more: object = {}): Tx => ({
  id,
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: iso(updatedMs),
  currency: 'ZAR/2',
  type: 'PAYIN',
  status: 'SUCCEEDED',
  amount: '100',
  ...more,
});

interface Manners {
  /** Sorts and filters by the last change. */
  readonly inOrder?: boolean;
  /** Takes `updatedAtFrom` for "after". */
  readonly exclusive?: boolean;
  readonly pageMax?: number;
  /** Gives all that it has as one page. */
  readonly allAtOnce?: boolean;
  /** Beyond the last page it tells the last one again. */
  readonly clamps?: boolean;
  /** Between two requests. */
  readonly meanwhile?: (rows: Tx[], request: number) => void;
}

function psp(rows: Tx[], manners: Manners = {}) {
  const {
    inOrder = true,
    exclusive = false,
    pageMax = 100,
    allAtOnce,
    clamps,
    meanwhile,
  } = manners;
  let requests = 0;
  const send = async ({ path }: PspRequest): Promise<Transmission> => {
    meanwhile?.(rows, ++requests);
    const query = new URL(path, 'https://psp.example').searchParams;
    const from = query.get('updatedAtFrom') ?? '';
    if (inOrder && meanwhile) rows.sort((a, b) => (a.updatedAt < b.updatedAt ? -1 : 1));
    const found = inOrder
      ? rows.filter(({ updatedAt }) => (exclusive ? updatedAt > from : updatedAt >= from))
      : rows;
    const size = Math.min(Number(query.get('pageSize')), pageMax);
    const last = Math.max(1, Math.ceil(found.length / size));
    const page = clamps ? Math.min(Number(query.get('page')), last) : Number(query.get('page'));
    const told = allAtOnce
      ? page === 1
        ? found
        : []
      : found.slice((page - 1) * size, page * size);
    return { sent: 'replied', status: 200, headers: {}, text: JSON.stringify(told) };
  };
  return { send, requests: () => requests };
}

const callOf = (send: Call['send']) =>
  ({ credentials: { api_key: 'k' }, mode: 'sandbox', nowMs: NOW, send }) as unknown as Call;

type Read = Map<string, HistoryItem>;

/** As the host polls: from what is covered on, cursor by cursor. Answers what is covered then. */
async function sweep(send: Call['send'], fromMs: number, read: Read, kind = 'payments' as const) {
  let cursor: string | null = null;
  const unreadable: string[] = [];
  for (let step = 0; step < 5_000; step += 1) {
    const query: HistoryQuery = { kind, fromMs, toMs: NOW, cursor };
    const told = await history(query, callOf(send));
    if (told.kind !== 'told') return { failed: told.message, coveredTo: fromMs, unreadable };
    const { items, next, readToMs } = told.value;
    for (const item of items) if (item.is === 'movement') read.set(item.reference, item);
    unreadable.push(...told.value.unreadable);
    if (next === null)
      return { failed: null, coveredTo: Math.max(fromMs, readToMs ?? fromMs), unreadable };
    expect(next).not.toBe(cursor);
    cursor = next;
  }
  throw new Error('the sweep does not end');
}

const amounts = (read: Read) =>
  Object.fromEntries(
    [...read].map(([id, item]) => [id, item.is === 'movement' ? item.amount.amountMinor : 0n]),
  );
const truth = (rows: readonly Tx[]) =>
  Object.fromEntries(rows.map(({ id, amount }) => [id, BigInt(String(amount))]));

describe('the transactions of a generic PSP', () => {
  it('are all read, though many share an instant with the end of a page, or change meanwhile', async () => {
    const instants = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 60 });
    const manners = fc.record({
      pageMax: fc.integer({ min: 1, max: 7 }),
      exclusive: fc.boolean(),
      clamps: fc.boolean(),
    });
    const changes = fc.array(fc.option(fc.nat(59), { freq: 3 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(instants, manners, changes, async (times, how, changed) => {
        const rows = times.map((at, index) => tx(`t${index}`, NOW - 30 * DAY + at * DAY));
        const server = psp(rows, {
          ...how,
          meanwhile: (all, request) => {
            const index = changed[request - 1];
            const row = typeof index === 'number' ? all[index % all.length] : undefined;
            if (!row) return;
            const at = { updatedAt: iso(NOW - DAY + request), amount: String(100 + request) };
            all[all.indexOf(row)] = { ...row, ...at };
          },
        });
        const read: Read = new Map();
        let coveredTo = 0;
        // Without the host's look-back: what is lost here would be lost.
        for (let after = 0; after < 2; after += server.requests() > changed.length ? 1 : 0)
          ({ coveredTo } = await sweep(server.send, coveredTo, read));
        expect(amounts(read)).toEqual(truth(rows));
      }),
      { numRuns: 200 },
    );
  });

  it('of a PSP that neither sorts nor filters are read by its page numbers', async () => {
    const rows = Array.from({ length: 250 }, (_, at) => tx(`t${at}`, NOW - ((at * 7) % 250) * DAY));
    const read: Read = new Map();
    const { failed } = await sweep(psp(rows, { inOrder: false }).send, NOW - 10 * DAY, read);
    expect([failed, read.size]).toEqual([null, 250]);
  });

  it('come in ten thousands, of one instant, on one page or on many', async () => {
    for (const manners of [{ allAtOnce: false }, { allAtOnce: true }]) {
      const count = manners.allAtOnce ? 2_000 : 10_000;
      const rows = Array.from({ length: count }, (_, at) => tx(`t${at}`, NOW - DAY));
      const read: Read = new Map();
      expect((await sweep(psp(rows, manners).send, 0, read)).failed).toBeNull();
      expect(read.size).toBe(count);
    }
  });

  it('are not read for ever', async () => {
    let made = 0;
    const endless = async (): Promise<Transmission> => {
      const page = Array.from({ length: 100 }, () => tx(`t${++made}`, NOW - DAY + made * 60_000));
      return { sent: 'replied', status: 200, headers: {}, text: JSON.stringify(page) };
    };
    const { failed, coveredTo } = await sweep(endless, 0, new Map());
    expect([failed, coveredTo]).toEqual([null, NOW]);
    const [same] = [Array.from({ length: 100 }, (_, at) => tx(`t${at}`, NOW - DAY))];
    const repeating = async (): Promise<Transmission> => ({
      sent: 'replied',
      status: 200,
      headers: {},
      text: JSON.stringify(same),
    });
    expect((await sweep(repeating, 0, new Map())).failed).toBe('the list repeats its page');
  });

  it('of which a page came twice, or not at all, are read on from there', async () => {
    const rows = Array.from({ length: 300 }, (_, at) => tx(`t${at}`, NOW - DAY));
    const { send } = psp(rows);
    let answers = 0;
    let last: Transmission | null = null;
    const stuttering: Call['send'] = async (request) => {
      answers += 1;
      if (answers === 2 && last) return last;
      last = await send(request);
      return last;
    };
    const read: Read = new Map();
    const query: HistoryQuery = { kind: 'payments', fromMs: 0, toMs: NOW, cursor: null };
    const first = await history(query, callOf(stuttering));
    const cursor = first.kind === 'told' ? first.value.next : null;
    // The first page from an instant on is also what the page from its end begins with.
    await history({ ...query, cursor }, callOf(stuttering));
    expect((await sweep(stuttering, 0, read)).failed).toBeNull();
    expect(read.size).toBe(300);
  });

  it('that mean nothing are named, and hold up nobody', async () => {
    const odd = [
      tx('negative', NOW - DAY, { amount: '-5' }),
      tx('number', NOW - DAY, { amount: 5 }),
      tx('words', NOW - DAY, { amount: 'five' }),
      tx('digits', NOW - DAY, { amount: '9'.repeat(30) }),
      tx('currency', NOW - DAY, { currency: 'rand' }),
      tx('type', NOW - DAY, { type: 'SWAP' }),
      tx('status', NOW - DAY, { status: 'DONE' }),
      tx('made', NOW - DAY, { createdAt: 'yesterday' }),
      tx('coin', NOW - DAY, { currency: 'COIN', amount: '9223372036854775807' }),
      tx('fine', NOW - DAY, { currency: 'USD/4', scheme: 'CARD_VISA' }),
    ];
    const send = async ({ path }: PspRequest): Promise<Transmission> => {
      const rest = [null, 7, 'text', [], { id: '' }, { id: '\u0000', updatedAt: 'x' }];
      const page = path.includes('page=1&') ? [...odd, ...rest] : [];
      return { sent: 'replied', status: 200, headers: {}, text: JSON.stringify(page) };
    };
    const read: Read = new Map();
    const { failed, unreadable } = await sweep(send, 0, read);
    expect(failed).toBeNull();
    expect([...read.keys()].sort()).toEqual(['coin', 'fine']);
    expect(read.get('coin')).toMatchObject({ amount: { currency: 'COIN' } });
    expect(read.get('fine')).toMatchObject({ amount: { currency: 'USD/4' }, scheme: 'visa' });
    const named = new Set(unreadable.filter((name) => !name.startsWith('row ')));
    expect([...named].sort()).toEqual(
      ['currency', 'digits', 'made', 'negative', 'number', 'status', 'type', 'words'].sort(),
    );
  });

  it('with a parent are of another kind, and name it', async () => {
    const rows = [
      tx('child', NOW - DAY, { relatedTransactionID: 'late', status: 'REFUNDED', amount: '30' }),
      tx('late', NOW - DAY / 2),
    ];
    const [payments, refunds]: Read[] = [new Map(), new Map()];
    await sweep(psp(rows).send, 0, payments!);
    await sweep(psp(rows).send, 0, refunds!, 'refunds' as 'payments');
    expect([...payments!.keys(), ...refunds!.keys()]).toEqual(['late', 'child']);
    expect(refunds!.get('child')).toMatchObject({ parent: { reference: 'late' }, type: 'pay_in' });
  });

  it.each([
    ['an error', 500, ''],
    ['a refusal', 401, JSON.stringify({ Title: 'no', Detail: 'no such key' })],
    ['no JSON', 200, '<html>'],
    ['no list', 200, '{"data":[]}'],
  ])('are not read when there is %s', async (_what, status, text) => {
    const send = async (): Promise<Transmission> => ({
      sent: 'replied',
      status,
      headers: {},
      text,
    });
    expect((await sweep(send, 0, new Map())).failed).not.toBeNull();
  });
});
