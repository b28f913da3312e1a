import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { House } from '../../test/house-server.ts';
import { Problem } from '../kernel/problem.ts';
import type { Executor } from '../store/db.ts';
import { answerKey, claimKey, findKey } from '../store/idempotency.ts';
import {
  isDefinite,
  KEY_LIFETIME_MS,
  keepRefusal,
  once,
  onceAround,
  recall,
} from './idempotency.ts';

let house: House;
beforeAll(async () => {
  house = await House.open();
  await run(house.db, 'CREATE TABLE effects (name text NOT NULL)');
});
afterAll(() => house.close());

let serial = 0;
function request(change: { key?: string; body?: string } = {}) {
  serial += 1;
  return {
    environmentId: 'env_1',
    route: 'POST /v1/things',
    key: change.key ?? `key ${serial}`,
    fingerprint: Buffer.from(change.body ?? 'same'),
  };
}

function run(db: Executor, text: string): Promise<{ count: number }[]> {
  return db.run({ name: text.slice(0, 60), text }, []);
}
const effects = async (name: string) =>
  (await run(house.db, `SELECT count(*)::int FROM effects WHERE name = '${name}'`))[0]!.count;
const effect = (name: string) => async (tx: Executor) => {
  await run(tx, `INSERT INTO effects VALUES ('${name}')`);
  return { status: 201, body: `{"name":"${name}"}` };
};
const options = {
  refusal: ({ status, code }: Problem) => ({ status, body: `{"code":"${code}"}` }),
};

describe('a request with a key', () => {
  it('has one effect and one answer', async () => {
    const asked = request();
    const first = await once(house.context, asked, effect('one'), options);
    const second = await once(house.context, asked, effect('one'), options);
    expect(first).toEqual({ status: 201, body: '{"name":"one"}', replayed: false });
    expect(second).toEqual({ ...first, replayed: true });
    expect(await effects('one')).toBe(1);
  });

  it('that fails inside has no effect and leaves the key free', async () => {
    const asked = request();
    const failing = async (tx: Executor) => {
      await effect('fails')(tx);
      throw new Error('lost the connection');
    };
    await expect(once(house.context, asked, failing, options)).rejects.toThrow('lost');
    expect([await effects('fails'), await findKey(house.db, asked)]).toEqual([0, null]);
    expect((await once(house.context, asked, effect('fails'), options)).replayed).toBe(false);
  });

  it('that is refused for good has no effect and is refused again', async () => {
    const asked = request();
    const refused = async (tx: Executor) => {
      await effect('refused')(tx);
      throw new Problem(404, 'gone', 'Gone');
    };
    const first = await once(house.context, asked, refused, options);
    const second = await once(house.context, asked, effect('refused'), options);
    expect([first, second]).toEqual([
      { status: 404, body: '{"code":"gone"}', replayed: false },
      { status: 404, body: '{"code":"gone"}', replayed: true },
    ]);
    expect(await effects('refused')).toBe(0);
  });

  it('that ends between the claim and the refusal leaves the key free', async () => {
    const asked = request();
    // Sealing the answer fails as late as a crash may come.
    const dying = { ...house.context, keyRing: null as never };
    await expect(keepRefusal(dying, asked, { status: 400, body: '{}' })).rejects.toThrow();
    expect(await findKey(house.db, asked)).toBeNull();
  });

  it('that conflicts keeps the first answer', async () => {
    const asked = request({ key: 'c', body: 'first' });
    await once(house.context, asked, effect('c'), options);
    const other = request({ key: 'c', body: 'other' });
    await expect(once(house.context, other, effect('c'), options)).rejects.toMatchObject({
      status: 409,
      code: 'idempotency_conflict',
    });
    const own = { ...options, conflictStatus: 422 as const };
    await expect(once(house.context, other, effect('c'), own)).rejects.toMatchObject({
      status: 422,
    });
    expect((await once(house.context, asked, effect('c'), options)).replayed).toBe(true);
  });

  it('is new again after the key’s lifetime', async () => {
    const asked = request({ body: 'monday' });
    await once(house.context, asked, effect('day'), options);
    house.passMs(KEY_LIFETIME_MS + 1_000);
    const next = { ...asked, fingerprint: Buffer.from('tuesday') };
    expect((await once(house.context, next, effect('day'), options)).replayed).toBe(false);
    expect(await effects('day')).toBe(2);
  });

  it('whose answer is secret is stored sealed', async () => {
    const asked = request();
    const sealed = { ...options, secret: true };
    const first = await once(house.context, asked, effect('hush'), sealed);
    expect((await findKey(house.db, asked))!.body).not.toContain('hush');
    expect((await once(house.context, asked, effect('hush'), sealed)).body).toBe(first.body);
  });
});

describe('a request that calls a PSP', () => {
  const done = async () => ({ status: 200, body: '{}' });

  it('holds its key while it calls', async () => {
    const asked = request();
    let during: unknown;
    await onceAround(
      house.context,
      asked,
      async () => {
        during = await onceAround(house.context, asked, done, options).catch((error) => error);
        return done();
      },
      options,
    );
    expect(during).toMatchObject({ status: 409, code: 'idempotency_in_progress', retryAfterS: 1 });
    expect((await onceAround(house.context, asked, done, options)).replayed).toBe(true);
  });

  it('gives the key back when it fails inside, and keeps a refusal', async () => {
    const asked = request();
    const broken = onceAround(house.context, asked, () => Promise.reject(new Error('x')), options);
    await expect(broken).rejects.toThrow('x');
    const refuse = () => Promise.reject(new Problem(404, 'gone', 'Gone'));
    expect((await onceAround(house.context, asked, refuse, options)).status).toBe(404);
    const again = await onceAround(house.context, asked, done, options);
    expect(again).toMatchObject({ status: 404, replayed: true });
  });

  it('is made again when the process that held the key is gone', async () => {
    const asked = request();
    const nowMs = house.context.ports.clock.nowMs();
    await claimKey(house.db, { ...asked, nowMs, expiredBeforeMs: 0, abandonedBeforeMs: 0 });
    expect((await recall(house.context, house.db, asked)).kind).toBe('in_progress');
    house.passMs(61_000);
    expect((await onceAround(house.context, asked, done, options)).replayed).toBe(false);
  });
});

describe('what is known of a key', () => {
  it('is nothing, when it was never used or outlived its time', async () => {
    const asked = request();
    expect(await recall(house.context, house.db, asked)).toEqual({ kind: 'free' });
    const nowMs = house.context.ports.clock.nowMs() - KEY_LIFETIME_MS - 1_000;
    await claimKey(house.db, { ...asked, nowMs, expiredBeforeMs: 0, abandonedBeforeMs: 0 });
    await answerKey(house.db, asked, asked.fingerprint, 200, '{}');
    expect(await recall(house.context, house.db, asked)).toEqual({ kind: 'free' });
    expect(await findKey(house.db, asked)).toBeNull();
  });

  it.each([
    [201, true],
    [400, true],
    [404, true],
    [422, true],
    [401, false],
    [408, false],
    [409, false],
    [429, false],
    [500, false],
    [503, false],
  ])('of an answer %i: kept %s', (status, kept) => expect(isDefinite(status)).toBe(kept));
});
