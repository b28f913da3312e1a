import { describe, expect, it } from 'vitest';
import { systemClock } from '../../kernel/ports.ts';
import type { Transmission } from '../transport.ts';
import type { ScriptRequest } from './contract.ts';
import { callHttp, type HttpArgs, metaOf, type Traced } from './http-call.ts';
import { defaultLimits } from './limits.ts';
import { Secrets } from './secrets.ts';
import { judgeSent } from './sent.ts';
import { pspOf, replied } from './testing.ts';
import { Turns } from './turns.ts';

const args: HttpArgs = {
  method: 'GET',
  url: 'https://psp.example.com/a',
  headers: {},
  body: null,
  movesNoMoney: false,
};

async function call(
  more: Partial<HttpArgs>,
  answer: (request: ScriptRequest) => Transmission = () => replied({}),
) {
  const psp = pspOf(answer);
  const exchanges: Traced[] = [];
  const warnings: string[] = [];
  const reply = await callHttp(
    { ...args, ...more },
    {
      send: psp.send,
      egress: ['psp.example.com', 'other.example.com'],
      limits: { ...defaultLimits, replyBytes: 100, requestBytes: 100 },
      clock: systemClock,
      exchanges,
      warn: (text) => warnings.push(text),
    },
  );
  return {
    reply,
    exchanges,
    warnings,
    paths: psp.requests.map(({ origin, path }) => origin + path),
  };
}

const moved = (location: string, status = 302): Transmission => ({
  sent: 'replied',
  status,
  headers: { location },
  text: '',
});

describe('a call', () => {
  it.each([
    [{ 'x-a': 'one\r\nx-b: two' }],
    [{ 'x-a': 'one\u0000' }],
    [{ 'x-a\r\n': 'one' }],
    [{ 'x a': 'one' }],
    [{ Host: 'evil.example' }],
    [{ 'content-length': '1' }],
    [{ 'Transfer-Encoding': 'chunked' }],
    [{ Cookie: 'a=1' }],
    [{ 'Proxy-Authorization': 'x' }],
    [{ Connection: 'upgrade' }],
    [{ 'x-a': 1 as unknown as string }],
    [Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`x-${index}`, '1']))],
  ])('HS-29 with the headers %o is refused, and nothing is sent', async (headers) => {
    const { reply, exchanges, warnings } = await call({ headers });
    expect(reply).toMatchObject({
      success: false,
      status: 422,
      sent: 'not_sent',
      problem: { type: 'NetworkError' },
    });
    expect(exchanges).toEqual([]);
    expect(warnings).toHaveLength(1);
  });

  it('to a host that is not listed is refused with a warning', async () => {
    const { reply, warnings } = await call({ url: 'https://evil.example/' });
    expect(reply).toMatchObject({ status: 422, sent: 'not_sent' });
    expect(warnings).toEqual(['refused call: evil.example is not in the egress list']);
  });

  it('HS-30 with too much to send is refused, and with too much of an answer nobody knows what became of it', async () => {
    expect((await call({ method: 'POST', body: 'x'.repeat(101) })).reply.sent).toBe('not_sent');
    const { reply, exchanges } = await call({ method: 'POST' }, () => replied('x'.repeat(101)));
    expect(reply).toMatchObject({ success: false, status: 422, sent: 'unknown' });
    expect(exchanges[0]!.transmission).toEqual({
      sent: 'unknown',
      reason: 'reply larger than 100 bytes',
    });
  });

  it('follows a GET that its own host redirects, three times at most', async () => {
    const { reply, paths } = await call({}, ({ path }) =>
      path === '/c' ? replied({}) : moved(path === '/a' ? '/b' : 'https://psp.example.com/c'),
    );
    expect(reply.status).toBe(200);
    expect(paths).toEqual([
      'https://psp.example.com/a',
      'https://psp.example.com/b',
      'https://psp.example.com/c',
    ]);
    const round = await call({}, () => moved('/a'));
    expect([round.reply.status, round.paths.length]).toEqual([302, 4]);
  });

  it.each([
    'https://other.example.com/',
    'http://psp.example.com/',
    'https://127.0.0.1/',
    '//evil.example/',
    'https://psp.example.com:8443/',
  ])('HS-28 does not follow to %s, but tells', async (location) => {
    const { reply, paths } = await call({}, () => moved(location));
    expect([reply.status, reply.headers.location, paths.length]).toEqual([302, location, 1]);
  });

  it('other than GET is never sent again', async () => {
    expect((await call({ method: 'POST' }, () => moved('/b', 307))).paths).toHaveLength(1);
  });

  it('whose sender fails may have been sent', async () => {
    const { reply } = await call({ method: 'POST' }, () => {
      throw new Error('broken');
    });
    expect(reply).toMatchObject({ sent: 'unknown', success: false });
  });

  it('is shown without what identifies or authorises', () => {
    const traced: Traced = {
      args: {
        ...args,
        method: 'POST',
        url: 'https://psp.example.com/?k=topsecret',
        headers: { Authorization: 'Basic abc', sign: 'x', a: 'b' },
        body: '{"card":"4111 1111 1111 1111","id":1700000000000,"k":"topsecret"}',
      },
      startedAtMs: 0,
      transmission: { sent: 'replied', status: 200, headers: { 'set-cookie': 'a=1' }, text: 'ok' },
      latencyMs: 5,
    };
    expect(metaOf(traced, new Secrets({ k: 'topsecret' }))).toEqual({
      request: {
        url: 'https://psp.example.com/?k=[redacted]',
        method: 'POST',
        headers: { Authorization: '[redacted]', sign: '[redacted]', a: 'b' },
        data: '{"card":"411111…1111","id":1700000000000,"k":"[redacted]"}',
      },
      response: { status: 200, headers: { 'set-cookie': '[redacted]' }, data: 'ok' },
      duration: 5,
    });
  });
});

describe('what calls prove', () => {
  const one = (
    method: HttpArgs['method'],
    transmission: Transmission,
    movesNoMoney = false,
  ): Traced => ({
    args: { ...args, method, movesNoMoney },
    startedAtMs: 0,
    latencyMs: 0,
    transmission,
  });
  const ok = replied({});
  const failed = replied({}, 502);
  const lost: Transmission = { sent: 'unknown', reason: 'lost' };
  const never: Transmission = { sent: 'not_sent', reason: 'refused' };

  it.each([
    ['nothing', [], 'not_sent', true],
    ['a call that never left', [one('POST', never)], 'not_sent', true],
    ['a question only', [one('GET', lost)], 'not_sent', true],
    ['an answered charge', [one('POST', ok)], 'replied', true],
    ['a refused charge', [one('POST', replied({}, 422))], 'replied', true],
    ['a lost charge', [one('POST', lost)], 'unknown', false],
    ['a charge answered with 5xx', [one('POST', failed)], 'unknown', false],
    ['a lost token', [one('POST', lost, true)], 'not_sent', true],
    [
      'a lost charge, then a question answered',
      [one('POST', lost), one('GET', ok)],
      'unknown',
      true,
    ],
    [
      'a question answered, then a lost charge',
      [one('GET', ok), one('POST', lost)],
      'unknown',
      false,
    ],
    [
      'a lost charge, then another answered',
      [one('POST', lost), one('POST', ok)],
      'unknown',
      false,
    ],
  ] as const)('%s', (_, exchanges, sent, refusalIsCertain) => {
    expect(judgeSent(exchanges)).toEqual({ sent, refusalIsCertain });
  });
});

describe('turns', () => {
  it('go round, whoever wants most, and a full room takes nobody', () => {
    const turns = new Turns<string>(3);
    for (const item of ['a1', 'a2', 'a3', 'a4']) turns.push('a', item);
    turns.push('b', 'b1');
    turns.push('c', 'c1');
    const served = Array.from({ length: 6 }, () => turns.next((tenant) => tenant !== 'c'));
    expect(served).toEqual(['a1', 'b1', 'a2', 'a3', null, null]);
    expect(turns.push('a', 'a5')).toBe(true);
    expect(turns.drain()).toEqual(['c1', 'a5']);
  });
});
