import { describe, expect, it } from 'vitest';
import type { Transmission } from '../transport.ts';
import { ok, refusal, replied, scripted } from './fixtures.ts';
import { validate } from './validate.ts';

const balance = { object: 'balance', livemode: false, available: [], pending: [] };

describe('validate', () => {
  it('asks for the balance', async () => {
    const call = scripted(ok(balance));
    expect(await validate(call)).toMatchObject({ ok: true, reached: true });
    expect(call.requests).toMatchObject([{ method: 'GET', path: '/v1/balance' }]);
  });

  it.each<[string, Transmission]>([
    ['an unknown key', refusal(401, { message: 'Invalid API Key provided: sk_test_demo' })],
    ['a key without the right', refusal(403, { message: 'rk_test_demo may not' })],
    ['a live key on a sandbox connection', ok({ ...balance, livemode: true })],
  ])('refuses %s without repeating it', async (_, answer) => {
    const validation = await validate(scripted(answer));
    expect(validation).toMatchObject({ ok: false, reached: true });
    expect(validation.message).not.toMatch(/_demo/);
  });

  it.each<[string, Transmission]>([
    ['nothing was sent', { sent: 'not_sent', reason: 'refused' }],
    ['no reply came', { sent: 'unknown', reason: 'reset' }],
    ['Stripe failed', replied(500, {})],
    ['Stripe is busy', refusal(429, { code: 'rate_limit' })],
    ['somebody else answered', ok({ hello: 'world' })],
  ])('says nothing about the key when %s', async (_, answer) => {
    expect(await validate(scripted(answer))).toMatchObject({ ok: false, reached: false });
  });
});
