import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { House } from '../../test/house-server.ts';
import { apiKeyRoutes } from './reevit/api-keys/routes.ts';

let house: House;
beforeAll(async () => {
  house = await House.open({ nouns: [apiKeyRoutes], limits: { requestsPerMinute: 3 } });
});
afterAll(() => house?.close());

describe('the rate limit', () => {
  it('counts the requests of a key, says how many are left, and refuses what is too much', async () => {
    const merchant = await house.merchant();
    const left: unknown[] = [];
    for (let index = 0; index < 3; index += 1) {
      const { status, headers } = await merchant.get('/api-keys');
      expect([status, headers['x-ratelimit-limit']]).toEqual([200, '3']);
      left.push(headers['x-ratelimit-remaining']);
    }
    expect(left).toEqual(['2', '1', '0']);
    const refused = await merchant.post('/api-keys', { name: 'x' });
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({ error: 'rate_limited', code: 'rate_limited' });
    const waitS = Number(refused.headers['retry-after']);
    expect(waitS).toBeGreaterThan(0);
    expect(waitS).toBeLessThanOrEqual(60);
    expect(refused.body.retry_after).toBe(waitS);
    expect(Number(refused.headers['x-ratelimit-reset'])).toBeGreaterThan(Date.now() / 1_000);

    house.passMs(waitS * 1_000);
    const { body: keys } = await merchant.get('/api-keys');
    expect(keys.map((one: { name: string }) => one.name)).not.toContain('x');
  });

  it('is of each key alone, and not of those who have none', async () => {
    const [one, other] = [await house.merchant(), await house.merchant()];
    for (let index = 0; index < 5; index += 1) await one.get('/api-keys');
    expect((await other.get('/api-keys')).status).toBe(200);
    for (let index = 0; index < 5; index += 1)
      expect((await one.get('/api-keys', { 'x-reevit-key': undefined })).status).toBe(401);
  });
});
