import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, House } from '../../../../test/house-server.ts';
import { connectionRoutes } from '../connections/routes.ts';
import { routingRuleRoutes } from './routes.ts';

const paystack = {
  provider: 'paystack',
  credentials: { secret_key: 'sk_test_0123456789abcdef0123456789abcdef01234567' },
};

let house: House;
let merchant: Client;
beforeAll(async () => {
  house = await House.open({ nouns: [connectionRoutes, routingRuleRoutes] });
  merchant = await house.merchant();
  await merchant.post('/connections', { ...paystack, id: 'mine' });
  const stranger = await house.merchant();
  await stranger.post('/connections', { ...paystack, id: 'theirs' });
});
afterAll(() => house.close());

const minimal = { name: 'Ghana', countries: ['GH'], connection_id: 'mine' };

describe('a posted rule is refused with', () => {
  it.each([
    ['no name', { name: undefined }, 'missing_name', 'name'],
    ['a blank name', { name: '  ' }, 'missing_name', 'name'],
    ['no countries', { countries: undefined }, 'missing_countries', 'countries'],
    ['empty countries', { countries: [] }, 'missing_countries', 'countries'],
    ['a three-letter country', { countries: ['GHA'] }, 'validation_error', 'countries[0]'],
    ['no letters as country', { countries: ['GH', '1!'] }, 'validation_error', 'countries[1]'],
    ['text as countries', { countries: 'GH' }, 'validation_error', 'countries'],
    ['no connection', { connection_id: undefined }, 'missing_connection_id', 'connection_id'],
    ['an unknown connection', { connection_id: 'none' }, 'connection_not_found', 'connection_id'],
    [
      'a stranger’s connection',
      { connection_id: 'theirs' },
      'connection_not_found',
      'connection_id',
    ],
    ['text as methods', { methods: 'card' }, 'validation_error', 'methods'],
    ['text as priority', { priority: 'high' }, 'invalid_priority', 'priority'],
    ['a fractional priority', { priority: 1.5 }, 'invalid_priority', 'priority'],
    ['a negative priority', { priority: -1 }, 'invalid_priority', 'priority'],
    ['text as fallback', { fallback_to_default: 'no' }, 'validation_error', 'fallback_to_default'],
    ['a number as enabled', { enabled: 1 }, 'validation_error', 'enabled'],
    [
      'an unknown condition',
      { conditions: { weather: 'hot' } },
      'validation_error',
      'conditions.weather',
    ],
    [
      'an impossible amount',
      { conditions: { amount_min: 5, amount_max: 4 } },
      'validation_error',
      'conditions.amount_max',
    ],
    [
      'a split to nowhere',
      { split: [{ connection_id: 'none', weight: 1 }] },
      'connection_not_found',
      'split[0].connection_id',
    ],
    [
      'an order to nowhere',
      { connections: ['mine', 'none'] },
      'connection_not_found',
      'connections[1]',
    ],
  ])('%s', async (_what, change, code, field) => {
    const { status, body } = await merchant.post('/routing-rules', { ...minimal, ...change });
    expect([status, body.code, body.details.field]).toEqual([400, code, field]);
  });

  it('makes nothing', async () => {
    expect((await merchant.get('/routing-rules')).body.pagination.total).toBe(0);
  });
});
