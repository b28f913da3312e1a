import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, House } from '../../test/house-server.ts';
import { connectionRoutes } from '../api/reevit/connections/routes.ts';
import { loadHealth } from '../store/connection-health.ts';
import { findConnection } from '../store/connections.ts';
import type { Executor } from '../store/db.ts';
import { CallMeter, type CallRecord } from './call-meter.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 5, 10, 0, 0);

let house: House;
let merchant: Client;
let meter: CallMeter;
beforeAll(async () => {
  house = await House.open({ nouns: [connectionRoutes] });
});
beforeEach(async () => {
  merchant = await house.merchant();
  for (const id of ['a', 'b'])
    await merchant.post('/connections', {
      id,
      provider: 'paystack',
      credentials: { secret_key: 'sk_test_0123456789abcdef0123456789abcdef01234567' },
    });
  meter = new CallMeter({ db: house.db });
});
afterAll(() => house.close());

function call(change: Partial<CallRecord> = {}): CallRecord {
  const { environmentId } = merchant;
  const plain = { environmentId, connectionId: 'a', ok: true, pspFailure: false };
  return { ...plain, latencyMs: 100, at: START, ...change };
}
const failure = { ok: false, pspFailure: true };
const refusal = { ok: false, pspFailure: false };
const stored = async (id = 'a') => (await findConnection(house.db, merchant.environmentId, id))!;
const buckets = async () =>
  (await loadHealth(house.db, merchant.environmentId, 0))
    .filter(({ connectionId }) => connectionId === 'a')
    .sort((x, y) => x.startMs - y.startMs);

describe('the call meter', () => {
  it('writes nothing before it is flushed, and then everything at once', async () => {
    meter.record(call());
    meter.record(call({ ...refusal, at: START + 5_000, latencyMs: 50.4 }));
    meter.record(call({ connectionId: 'b', ...failure }));
    expect((await stored()).totalCalls).toBe(0n);
    await meter.flush();
    expect(await stored()).toMatchObject({
      totalCalls: 2n,
      successfulCalls: 1n,
      failedCalls: 1n,
      totalLatencyMs: 150n,
      lastSuccessAt: START,
      lastFailureAt: START + 5_000,
    });
    expect((await stored('b')).failedCalls).toBe(1n);
    await meter.flush();
    expect((await stored()).totalCalls).toBe(2n);
  });

  it('counts a customer’s refusal for the PSP, not against it', async () => {
    meter.record(call(refusal));
    meter.record(call(failure));
    await meter.flush();
    expect(await buckets()).toMatchObject([{ succeeded: 1, failed: 1, failedInARow: 1 }]);
  });

  it('joins the runs of failures of several flushes and processes', async () => {
    const other = new CallMeter({ db: house.db });
    meter.record(call());
    meter.record(call(failure));
    await meter.flush();
    other.record(call({ ...failure, at: START + 30_000 }));
    other.record(call({ ...failure, at: START + MINUTE }));
    await other.flush();
    expect(await buckets()).toMatchObject([
      { startMs: START, failed: 2, failedInARow: 2, lastCallAtMs: START + 30_000 },
      { startMs: START + MINUTE, failed: 1, failedInARow: 1 },
    ]);
    meter.record(call({ at: START + MINUTE }));
    await meter.flush();
    expect((await buckets())[1]).toMatchObject({ succeeded: 1, failed: 1, failedInARow: 0 });
  });

  it('forgets minutes that nobody reads any more', async () => {
    meter.record(call());
    await meter.flush();
    meter.record(call({ at: START + 40 * MINUTE }));
    await meter.flush();
    expect((await buckets()).map(({ startMs }) => startMs)).toEqual([START + 40 * MINUTE]);
  });

  it('keeps what could not be written, in order, and writes it later', async () => {
    let broken = true;
    const db: Executor = {
      ...house.db,
      run: (statement, values) =>
        broken ? Promise.reject(new Error('gone')) : house.db.run(statement, values),
    };
    const careful = new CallMeter({ db });
    careful.record(call());
    careful.record(call(failure));
    await expect(careful.flush()).rejects.toThrow('gone');
    careful.record(call(failure));
    broken = false;
    await careful.flush();
    expect((await stored()).totalCalls).toBe(3n);
    expect(await buckets()).toMatchObject([{ succeeded: 1, failed: 2, failedInARow: 2 }]);
  });

  it('passes over a connection that was deleted', async () => {
    meter.record(call());
    meter.record(call({ connectionId: 'none' }));
    await meter.flush();
    expect((await stored()).totalCalls).toBe(1n);
  });

  it('does not lose a call when many flush at once', async () => {
    const meters = Array.from({ length: 4 }, () => new CallMeter({ db: house.db }));
    for (let i = 0; i < 50; i += 1)
      for (const one of meters) one.record(call({ connectionId: i % 2 ? 'a' : 'b' }));
    await Promise.all(meters.flatMap((one) => [one.flush(), one.flush()]));
    expect([(await stored()).totalCalls, (await stored('b')).totalCalls]).toEqual([100n, 100n]);
  });
});
