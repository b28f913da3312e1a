import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, House } from '../../test/house-server.ts';
import { connectionRoutes } from '../api/reevit/connections/routes.ts';
import { routingRuleRoutes } from '../api/reevit/routing-rules/routes.ts';
import type { Executor } from '../store/db.ts';
import { findEnvironment } from '../store/environments.ts';
import { ConfigurationCache } from './configuration.ts';
import type { Environment } from './context.ts';

const credentials = { secret_key: 'sk_test_0123456789abcdef0123456789abcdef01234567' };

let house: House;
let merchant: Client;
let asked: string[];
let cache: ConfigurationCache;

beforeAll(async () => {
  house = await House.open({ nouns: [connectionRoutes, routingRuleRoutes] });
});
beforeEach(async () => {
  merchant = await house.merchant();
  asked = [];
  cache = new ConfigurationCache({ ...house.context, db: counting(house.db) });
});
afterAll(() => house.close());

function counting(db: Executor): Executor {
  return {
    ...db,
    run: (statement, values) => {
      asked.push(statement.name);
      return db.run(statement, values);
    },
  };
}

const connect = (id: string, more: object = {}) =>
  merchant.post('/connections', { id, provider: 'paystack', credentials, ...more });
const environment = async () => (await findEnvironment(house.db, merchant.environmentId))!;
const loads = () => asked.filter((name) => name === 'configurations_load').length;

describe('a configuration', () => {
  it('is read once while its version stands, also by many at once', async () => {
    await connect('a');
    const now = await environment();
    const all = await Promise.all(Array.from({ length: 20 }, () => cache.get(now)));
    expect(new Set(all).size).toBe(1);
    await cache.get(now);
    expect(loads()).toBe(1);
  });

  it('is read again after every change, by whatever process it was made', async () => {
    await connect('a');
    expect((await cache.get(await environment())).connection('b')).toBeNull();
    await connect('b');
    expect((await cache.get(await environment())).connection('b')).toMatchObject({ id: 'b' });
    await merchant.patch('/connections/b/status', { status: 'inactive' });
    expect((await cache.get(await environment())).connection('b')?.status).toBe('inactive');
    await merchant.delete('/connections/b');
    expect((await cache.get(await environment())).connection('b')).toBeNull();
    expect(loads()).toBe(4);
  });

  it('is never older than the asking key, when a load began before the change', async () => {
    await connect('a');
    const before = await environment();
    await connect('b');
    const after = await environment();
    const [, newer] = await Promise.all([cache.get(before), cache.get(after)]);
    expect(newer.connection('b')).not.toBeNull();
    expect((await cache.get(before)).version).toBe(after.configVersion);
  });

  it('says so when a version cannot be read', async () => {
    const now = await environment();
    const future: Environment = { ...now, configVersion: now.configVersion + 9n };
    await expect(cache.get(future)).rejects.toThrow(/cannot be read/);
    await expect(cache.get({ ...now, id: 'env_none' })).rejects.toThrow(/does not exist/);
  });

  it('opens credentials of its own connections only', async () => {
    await connect('a');
    const configuration = await cache.get(await environment());
    expect(configuration.credentialsOf('a')).toEqual(credentials);
    expect(configuration.credentialsOf('a')).toBe(configuration.credentialsOf('a'));
    expect(configuration.credentialsOf('none')).toBeNull();
    const other = { secret_key: credentials.secret_key.replaceAll('0', '7') };
    await connect('a', { credentials: other });
    expect((await cache.get(await environment())).credentialsOf('a')).toEqual(other);
  });

  it('knows which connections can charge', async () => {
    await connect('a');
    await connect('h');
    // A script that was withdrawn, a connector of a later release: the connection stays, and cannot be used.
    const text = `UPDATE connections SET provider = 'withdrawn' WHERE environment_id = $1 AND id = 'h'`;
    await house.db.run({ name: '', text }, [merchant.environmentId]);
    const { connections } = await cache.get(await environment());
    const charging = connections.map(({ id, canCharge }) => [id, canCharge]).sort();
    expect(charging).toEqual([
      ['a', true],
      ['h', false],
    ]);
    expect(connections[0]!.webhookToken).toMatch(/^\w{26}$/);
  });
});

describe('health', () => {
  it('is read at most every two seconds, and follows the calls', async () => {
    await connect('a');
    const now = await environment();
    const { clock } = house.context.ports;
    const health = async () => (await cache.get(now)).health(clock.nowMs()).get('a');
    expect(await health()).toBeUndefined();
    for (let i = 0; i < 6; i += 1)
      house.context.calls.record({
        environmentId: merchant.environmentId,
        connectionId: 'a',
        ok: false,
        pspFailure: true,
        latencyMs: 10,
        at: clock.nowMs(),
      });
    await house.context.calls.flush();
    await health();
    expect(asked.filter((name) => name === 'connection_health_load')).toHaveLength(1);
    house.passMs(2_100);
    expect(await health()).toMatchObject({ score: 0, status: 'unhealthy', breaker: 'open' });
    house.passMs(31_000);
    expect(await health()).toMatchObject({ breaker: 'half_open' });
    house.passMs(32 * 60_000);
    expect(await health()).toBeUndefined();
  });

  it('that cannot be read stops no payment', async () => {
    await connect('a');
    const failing: Executor = {
      ...house.db,
      run: (statement, values) => {
        if (statement.name === 'connection_health_load') throw new Error('gone');
        return house.db.run(statement, values);
      },
    };
    const blind = new ConfigurationCache({ ...house.context, db: failing });
    expect((await blind.get(await environment())).health(0).size).toBe(0);
  });
});
