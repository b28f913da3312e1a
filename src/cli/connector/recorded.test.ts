import { describe, expect, it } from 'vitest';
import type { ScriptRequest } from '../../connectors/script/contract.ts';
import { recorded } from './recorded.ts';

const request: ScriptRequest = {
  method: 'POST',
  origin: 'https://psp.example',
  path: '/pay?x=1',
  body: '{"amount":"12.00"}',
  deadlineMs: 1_000,
};
const to = 'POST https://psp.example/pay?x=1';

describe('recorded replies', () => {
  it('are given in order', async () => {
    const { send, problems } = recorded([
      { to, status: 201, json: { id: 1 }, headers: { a: 'b' } },
      { to, text: '<html>' },
      { to, lost: true },
      { to, refused: true },
    ]);
    expect(await send(request)).toEqual({
      sent: 'replied',
      status: 201,
      headers: { a: 'b' },
      text: '{"id":1}',
    });
    expect(await send(request)).toMatchObject({ status: 200, text: '<html>' });
    expect((await send(request)).sent).toBe('unknown');
    expect((await send(request)).sent).toBe('not_sent');
    expect(problems()).toEqual([]);
  });

  it('say which request was another than recorded, and what it lacks', async () => {
    const { send, problems } = recorded([
      { to: 'GET https://psp.example/' },
      { to, holding: ['"amount":"12.00"', 'currency'] },
      { to },
    ]);
    expect((await send(request)).sent).toBe('not_sent');
    await send(request);
    expect(problems()).toEqual([
      `request 1 was ${to}, recorded: GET https://psp.example/`,
      'the body of request 2 does not hold "currency"',
      '1 recorded replies were not asked for',
    ]);
  });

  it('are missed by a request that nothing is recorded for', async () => {
    const { send, problems } = recorded([]);
    await send(request);
    expect(problems()).toEqual([`request 1 was ${to}, and nothing is recorded for it`]);
  });
});
