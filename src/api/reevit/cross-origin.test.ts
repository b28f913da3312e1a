import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from '../../../test/stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const origin = 'https://shop.example';

describe('a widget on the page of a shop', () => {
  it('may ask before it asks, without a key', async () => {
    const reply = await stage.app.inject({
      method: 'OPTIONS',
      url: '/v1/payments/intents',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-reevit-key,idempotency-key',
      },
    });
    expect(reply.statusCode).toBe(204);
    expect(reply.headers['access-control-allow-origin']).toBe('*');
    expect(reply.headers['access-control-allow-headers']).toContain('X-Reevit-Key');
    expect(reply.headers['access-control-allow-credentials']).toBeUndefined();
  });

  it('is told the same by an OPTIONS request that is no preflight', async () => {
    const reply = await stage.app.inject({ method: 'OPTIONS', url: '/v1/payments/intents' });
    expect([reply.statusCode, reply.payload]).toEqual([204, '']);
  });

  it('reads the answer, refusals included', async () => {
    const reply = await stage.app.inject({ url: '/v1/payments', headers: { origin } });
    expect(reply.statusCode).toBe(401);
    expect(reply.headers['access-control-allow-origin']).toBe('*');
    expect(reply.headers['access-control-expose-headers']).toContain('x-request-id');
  });

  it('is not offered the operator API', async () => {
    const reply = await stage.app.inject({ url: '/admin/v1/organizations', headers: { origin } });
    expect(reply.headers['access-control-allow-origin']).toBeUndefined();
  });
});
