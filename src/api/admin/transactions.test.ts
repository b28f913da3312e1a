import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, House, type MadeOrganization } from '../../../test/house-server.ts';

let house: House;
let acme: MadeOrganization;

beforeAll(async () => {
  house = await House.open();
  acme = await house.organization();
});
afterAll(() => house?.close());

const environment = (mode: 'sandbox' | 'live') =>
  acme.environments.find((one) => one.mode === mode)!.id;

async function admin(
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  payload?: object,
  token = ADMIN_TOKEN,
) {
  const reply = await house.app.inject({
    method,
    url: `/admin/v1${path}`,
    headers: { authorization: `Bearer ${token}` },
    ...(payload ? { payload } : {}),
  });
  return { status: reply.statusCode, body: reply.json(), text: reply.body };
}

describe('the pages and rules of an environment', () => {
  it('are none at first, with a callback token, and no key', async () => {
    const { body, text } = await admin('GET', `/environments/${environment('sandbox')}/connxt`);
    expect(body).toEqual({
      environmentId: environment('sandbox'),
      callbackToken: expect.stringMatching(/^[0-9A-Za-z]{26}$/),
      origin: null,
      successRedirectUrl: null,
      failureRedirectUrl: null,
      redirectOrigins: [],
      strictAmounts: false,
      exposeMeta: false,
    });
    expect(text).not.toContain('v1.');
    const again = await admin('GET', `/environments/${environment('sandbox')}/connxt`);
    expect(again.body).toEqual(body);
  });

  it('are changed one by one', async () => {
    const path = `/environments/${environment('sandbox')}/connxt`;
    const origin = 'http://localhost:3000/';
    expect((await admin('PUT', path, { origin })).body).toMatchObject({
      origin,
      exposeMeta: false,
    });
    const more = { exposeMeta: true, redirectOrigins: ['https://a.example/path?x'] };
    expect((await admin('PUT', path, more)).body).toMatchObject({
      origin,
      exposeMeta: true,
      redirectOrigins: ['https://a.example'],
    });
    expect((await admin('PUT', path, { origin: null })).body.origin).toBeNull();
  });

  it.each([
    'nowhere',
    'javascript:alert(1)',
    'https://user:pw@shop.example/',
    'ftp://shop.example',
  ])('are refused a page that is none: %s', async (origin) => {
    const { status, body } = await admin('PUT', `/environments/${environment('sandbox')}/connxt`, {
      origin,
    });
    expect([status, body.details.field]).toEqual([400, 'origin']);
  });

  it('of a live environment are not in clear', async () => {
    const path = `/environments/${environment('live')}/connxt`;
    expect((await admin('PUT', path, { origin: 'http://shop.example' })).status).toBe(400);
    expect((await admin('PUT', path, { origin: 'https://shop.example' })).status).toBe(200);
  });

  it('are the operator’s', async () => {
    const path = `/environments/${environment('live')}/connxt`;
    expect((await admin('GET', path, undefined, 'another-token')).status).toBe(401);
    expect((await admin('GET', '/environments/env_none/connxt')).status).toBe(404);
  });
});

describe('a decision', () => {
  it('about what is not there is not found', async () => {
    const path = `/environments/${environment('sandbox')}/transactions/ortx000000000000/approval`;
    expect((await admin('POST', path, { decision: 'APPROVED', note: 'x' })).status).toBe(404);
    expect((await admin('POST', path, { decision: 'MAYBE', note: 'x' })).status).toBe(400);
  });
});
