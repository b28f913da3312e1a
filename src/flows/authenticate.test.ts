import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { House, type MadeOrganization } from '../../test/house-server.ts';
import {
  type Authenticate,
  authenticator,
  parseConnxtToken,
  parseFormanceClient,
  parseReevitKey,
} from './authenticate.ts';

let house: House;
let organization: MadeOrganization;
let authenticate: Authenticate;
beforeAll(async () => {
  house = await House.open();
  organization = await house.organization('Three keys');
  authenticate = authenticator(house.context);
});
afterAll(() => house.close());

const sandbox = () => organization.environments[0]!;

describe('a key of each API', () => {
  it.each([
    ['Reevit', () => parseReevitKey(sandbox().reevit_api_key), 'connections:write'],
    ['Connxt', () => parseConnxtToken(sandbox().connxt_secret_token), null],
    [
      'Formance',
      () => {
        const { client_id, client_secret } = sandbox().formance_client;
        return parseFormanceClient(client_id, client_secret);
      },
      'payments:write',
    ],
  ])('names its environment and organization: %s', async (_api, parse, scope) => {
    const caller = await authenticate(parse()!);
    expect(caller.environment).toMatchObject({
      id: sandbox().id,
      mode: 'sandbox',
      organizationId: organization.id,
      organizationName: 'Three keys',
    });
    if (scope !== null) expect(caller.scopes).toContain(scope);
  });

  it('is none of another API’s', async () => {
    const { client_id, client_secret } = sandbox().formance_client;
    const disguised = parseReevitKey(`pfk_test_${client_id.slice(4)}.${client_secret}`)!;
    await expect(authenticate(disguised)).rejects.toMatchObject({ status: 401 });
  });

  it('is refused when its secret is wrong', async () => {
    const wrong = parseConnxtToken(`${sandbox().connxt_secret_token}x`)!;
    await expect(authenticate(wrong)).rejects.toMatchObject({ code: 'invalid_api_key' });
  });
});

describe('text that is no key', () => {
  it.each([
    '',
    'pfk_test_',
    'pfk_test_0123.secret',
    'pfk_prod_019aa5f3b2c47d1e8f00112233445566.0123456789abcdef',
    'pfk_test_019aa5f3b2c47d1e8f00112233445566.short',
    `pfk_test_019aa5f3b2c47d1e8f00112233445566.${'x'.repeat(200)}`,
    "pfk_test_019aa5f3b2c47d1e8f00112233445566.0123456789' OR 1=1",
  ])('%j', (text) => expect(parseReevitKey(text)).toBeNull());

  it('neither for Connxt nor for Formance', () => {
    for (const text of ['', 'sec_', 'pfk_x', `sec_${'x'.repeat(65)}`, 'sec_a b'])
      expect(parseConnxtToken(text)).toBeNull();
    expect(parseFormanceClient('client', 'secret')).toBeNull();
  });
});
