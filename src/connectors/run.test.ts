import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../domain/attempt/outcome.ts';
import type { Call } from './contract.ts';
import { runOperation, runValidation } from './run.ts';
import { plainCall } from './testing.ts';
import type { PspRequest, Transmission } from './transport.ts';

const SECRET = 'sk_test_0123456789abcdef';
const replied = (status: number, text = '{}'): Transmission => ({
  sent: 'replied',
  status,
  headers: {},
  text,
});
const lost: Transmission = { sent: 'unknown', reason: 'reset' };
const notSent: Transmission = { sent: 'not_sent', reason: 'ECONNREFUSED' };
const POST: PspRequest = { method: 'POST', path: '/charge', body: '{}' };
const GET: PspRequest = { method: 'GET', path: '/verify' };
const TOKEN: PspRequest = { ...POST, path: '/token', movesNoMoney: true };

const success: Outcome = { kind: 'succeeded', what: 'captured', amountMinor: 1n, currency: 'GHS' };
const decline: Outcome = {
  kind: 'declined',
  decline: { code: 'do_not_honor', message: 'no', pspCode: null },
};
const pending: Outcome = { kind: 'pending' };
const claimNotSent: Outcome = { kind: 'not_sent', reason: 'so it says' };

type Step = readonly [PspRequest, Transmission];

/** Runs a connector that sends these requests one after the other, and then concludes. */
function run(steps: readonly Step[], conclude: () => Outcome, moves = true) {
  let next = 0;
  const call: Call = {
    ...plainCall,
    credentials: { secret_key: SECRET },
    mode: 'sandbox',
    nowMs: 0,
    send: async () => steps[next++]![1],
  };
  const invoke = async (to: Call) => {
    for (const [request] of steps) await to.send(request);
    return conclude();
  };
  return runOperation('charge', invoke, call, moves);
}

const kind = async (steps: readonly Step[], outcome: Outcome, moves = true) =>
  (await run(steps, () => outcome, moves)).outcome.kind;
const kindOfThrow = async (steps: readonly Step[], moves = true) => {
  const fail = () => {
    throw new TypeError(`cannot read ${SECRET}`);
  };
  return (await run(steps, fail, moves)).outcome.kind;
};

describe('a request that moves money and got no definite reply', () => {
  it.each([
    ['lost', lost],
    ['HTTP 500', replied(500)],
    ['HTTP 503', replied(503, '{"status":false,"message":"declined"}')],
  ])('%s is unknown, whatever the connector concludes', async (_, transmission) => {
    for (const outcome of [decline, claimNotSent, success, pending])
      expect(await kind([[POST, transmission]], outcome)).toBe('unknown');
    expect(await kindOfThrow([[POST, transmission]])).toBe('unknown');
  });

  it('may be settled by a question in the same operation, but never as a refusal', async () => {
    const asked: Step[] = [
      [POST, lost],
      [GET, replied(200)],
    ];
    expect(await kind(asked, success)).toBe('succeeded');
    expect(await kind(asked, pending)).toBe('pending');
    expect(await kind(asked, decline)).toBe('unknown');
    expect(await kind(asked, claimNotSent)).toBe('unknown');
  });

  it('keeps what the connector learned about the object', async () => {
    const { outcome } = await run([[POST, lost]], () => ({
      ...decline,
      pspReference: 'pi_1',
      pspState: { a: 'b' },
    }));
    expect(outcome).toEqual({
      kind: 'unknown',
      reason: 'no reply: reset',
      pspReference: 'pi_1',
      pspState: { a: 'b' },
    });
  });

  it('is lost too when the connector does not wait for the reply', async () => {
    const never = new Promise<Transmission>(() => {});
    const call: Call = { ...plainCall, credentials: {}, mode: 'live', nowMs: 0, send: () => never };
    const invoke = async (to: Call) => {
      void to.send(POST);
      return decline;
    };
    expect((await runOperation('charge', invoke, call, true)).outcome.kind).toBe('unknown');
  });
});

describe('not_sent', () => {
  it('is believed only from the transport', async () => {
    expect(await kind([[POST, notSent]], claimNotSent)).toBe('not_sent');
    expect(await kind([[POST, replied(400)]], claimNotSent)).toBe('unknown');
    expect(
      await kind(
        [
          [POST, notSent],
          [POST, replied(200)],
        ],
        claimNotSent,
      ),
    ).toBe('unknown');
  });

  it('holds when only a harmless request left', async () => {
    expect(await kind([[TOKEN, lost]], claimNotSent)).toBe('not_sent');
    expect(
      await kind(
        [
          [TOKEN, replied(500)],
          [POST, notSent],
        ],
        claimNotSent,
      ),
    ).toBe('not_sent');
  });

  it('corrects a connector that sees a refusal where nothing left', async () => {
    expect(await kind([[POST, notSent]], decline)).toBe('not_sent');
    expect(await kind([], decline)).toBe('declined');
  });
});

describe('a step of an attempt that was sent before', () => {
  it('that did not leave says nothing about the attempt', async () => {
    const call: Call = {
      ...plainCall,
      credentials: {},
      mode: 'live',
      nowMs: 0,
      send: async () => notSent,
    };
    const fail = async () => {
      throw new Error('bug');
    };
    for (const invoke of [async () => claimNotSent, fail])
      expect((await runOperation('submitAction', invoke, call, true)).outcome.kind).toBe('unknown');
  });
});

describe('a connector that fails', () => {
  it('has sent nothing when the transport says so', async () => {
    expect(await kindOfThrow([])).toBe('not_sent');
    expect(await kindOfThrow([[POST, notSent]])).toBe('not_sent');
    expect(await kindOfThrow([[TOKEN, replied(200)]])).toBe('not_sent');
  });

  it('is unknown once money may have moved', async () => {
    expect(await kindOfThrow([[POST, replied(200)]])).toBe('unknown');
    expect(await kindOfThrow([[POST, replied(400)]])).toBe('unknown');
  });

  it('an outcome that makes no sense counts as a failure', async () => {
    const senseless = { ...success, amountMinor: -1n };
    expect(await kind([[POST, replied(200)]], senseless)).toBe('unknown');
    expect(await kind([], undefined as unknown as Outcome)).toBe('not_sent');
  });

  it('does not show credentials', async () => {
    const { outcome } = await run([], () => {
      throw new Error(`bad ${SECRET}`);
    });
    expect(outcome).toEqual({
      kind: 'not_sent',
      reason: 'charge: connector failed: Error: bad [redacted]',
    });
  });
});

describe('a success', () => {
  it('needs a reply that could say so', async () => {
    expect(await kind([[POST, replied(200)]], success)).toBe('succeeded');
    expect(await kind([], success)).toBe('unknown');
    expect(await kind([[POST, notSent]], success)).toBe('unknown');
    expect(await kind([[TOKEN, replied(200)]], success)).toBe('unknown');
  });
});

describe('a question', () => {
  it('without an answer decides nothing', async () => {
    for (const transmission of [lost, notSent, replied(502)]) {
      for (const outcome of [decline, success, claimNotSent, pending])
        expect(await kind([[GET, transmission]], outcome, false)).toBe('unknown');
      expect(await kindOfThrow([[GET, transmission]], false)).toBe('unknown');
    }
    expect(await kindOfThrow([], false)).toBe('unknown');
  });

  it('that nobody was asked may say what is known already', async () => {
    expect(await kind([], pending, false)).toBe('pending');
  });

  it('with an answer is believed', async () => {
    expect(await kind([[GET, replied(200)]], decline, false)).toBe('declined');
    expect(await kind([[GET, replied(200)]], success, false)).toBe('succeeded');
    expect(await kind([[GET, replied(200)]], claimNotSent, false)).toBe('unknown');
  });
});

describe('the record of exchanges', () => {
  it('holds what was said, without credentials and without the browser’s token', async () => {
    const text = `{"key":"${SECRET}","token":"demo7k2x9q","basic":"${Buffer.from(`id:${SECRET}`).toString('base64')}"}`;
    const { exchanges } = await run(
      [[{ ...POST, path: `/charge?key=${SECRET}` }, replied(200, text)]],
      () => ({ kind: 'requires_action', action: { type: 'client' }, clientToken: 'demo7k2x9q' }),
    );
    expect(exchanges).toHaveLength(1);
    expect(exchanges[0]).toMatchObject({
      method: 'POST',
      path: '/charge?key=[redacted]',
      sent: 'replied',
      status: 200,
      reason: null,
      movesNoMoney: false,
    });
    expect(exchanges[0]!.replyText).toContain('"token":"[redacted]"');
    expect(JSON.stringify(exchanges)).not.toContain(SECRET);
    expect(JSON.stringify(exchanges)).not.toContain('demo7k2x9q');
  });

  it('cuts a long reply, and never through a credential', async () => {
    const text = `${'x'.repeat(4090)}${SECRET}${'y'.repeat(9000)}`;
    const { exchanges } = await run([[POST, replied(200, text)]], () => pending);
    expect(exchanges[0]!.replyText).toHaveLength(4096);
    expect(exchanges[0]!.replyText).not.toContain('sk_');
  });

  it('says why there is no reply, and how long it took', async () => {
    let nowMs = 0;
    const clock = { nowMs: () => nowMs };
    const send = async () => {
      nowMs += 250;
      return lost;
    };
    const call: Call = { ...plainCall, credentials: {}, mode: 'live', nowMs: 0, send };
    const invoke = async (to: Call) => {
      await to.send(POST);
      return pending;
    };
    const result = await runOperation('charge', invoke, call, true, clock);
    expect(result.latencyMs).toBe(250);
    expect(result.exchanges[0]).toMatchObject({ sent: 'unknown', reason: 'reset', latencyMs: 250 });
  });

  it.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil',
    'charge',
    '/a b',
    '/a\r\nx: y',
    '',
  ])('a path of %j is not sent', async (path) => {
    const { outcome, exchanges } = await run([[{ ...POST, path }, replied(200)]], () => success);
    expect(exchanges).toEqual([]);
    expect(outcome.kind).toBe('not_sent');
  });

  it('an operation has a bounded number of requests', async () => {
    const steps = Array.from({ length: 40 }, (): Step => [GET, replied(200)]);
    const { outcome, exchanges } = await run(steps, () => success, false);
    expect(exchanges).toHaveLength(20);
    expect(outcome.kind).toBe('unknown');
  });
});

describe('property: whatever was sent and whatever the connector does', () => {
  const step = fc.tuple(
    fc.constantFrom(POST, GET, TOKEN),
    fc.constantFrom(lost, notSent, replied(200), replied(400), replied(500), replied(503)),
  );
  const behaviour = fc.oneof(
    fc.constantFrom<() => unknown>(
      () => success,
      () => decline,
      () => pending,
      () => claimNotSent,
      () => ({ kind: 'unknown', reason: 'x' }),
      () => ({ kind: 'requires_action', action: { type: 'wait', message: 'x' } }),
      () => {
        throw new Error('bug');
      },
    ),
    fc.anything().map((value) => () => value),
  );
  const isLost = ([request, transmission]: Step) =>
    request.method !== 'GET' &&
    !request.movesNoMoney &&
    (transmission.sent === 'unknown' ||
      (transmission.sent === 'replied' && transmission.status >= 500));

  it('a lost reply never becomes declined or not sent', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 6 }), behaviour, async (steps, conclude) => {
        const { outcome } = await run(steps, conclude as () => Outcome);
        if (steps.some(isLost)) expect(['declined', 'not_sent']).not.toContain(outcome.kind);
        const left = steps.some(
          ([request, { sent }]) =>
            request.method !== 'GET' && !request.movesNoMoney && sent !== 'not_sent',
        );
        if (left) expect(outcome.kind).not.toBe('not_sent');
      }),
      { numRuns: 2000 },
    );
  });

  it('a question never says that a charge was not sent, nor concludes from silence', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 6 }), behaviour, async (steps, conclude) => {
        const { outcome } = await run(steps, conclude as () => Outcome, false);
        expect(outcome.kind).not.toBe('not_sent');
        const answered = steps.some(([, one]) => one.sent === 'replied' && one.status < 500);
        if (!answered) expect(['declined', 'succeeded']).not.toContain(outcome.kind);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a 5xx that the PSP documents as a refusal', () => {
  const told = (text: string): PspRequest => ({
    method: 'POST',
    path: '/charge',
    refusesBy5xx: (body) => body.includes(text),
  });
  const decline: Outcome = {
    kind: 'declined',
    decline: { code: 'rate_limited', message: 'x', pspCode: null },
  };

  it('is believed, and any other is not', async () => {
    const spike: Transmission = { sent: 'replied', status: 500, headers: {}, text: 'spike arrest' };
    expect(await kind([[told('spike'), spike]], decline)).toBe('declined');
    expect(await kind([[told('other'), spike]], decline)).toBe('unknown');
    expect(await kind([[{ method: 'POST', path: '/charge' }, spike]], decline)).toBe('unknown');
  });
});

describe('access tokens', () => {
  it('are neither kept nor shown, wherever they come back', async () => {
    const token = 'token-of-the-account-0123456789';
    const call: Call = {
      ...plainCall,
      credentials: {},
      mode: 'live',
      nowMs: 0,
      token: async ({ fetch }) => {
        await fetch();
        return { token };
      },
      send: async () => ({ sent: 'replied', status: 200, headers: {}, text: `echo ${token}` }),
    };
    const invoke = async (to: Call): Promise<Outcome> => {
      const request = { method: 'GET', path: '/token', secretReply: true } as const;
      await to.token({ of: [], fetch: () => to.send(request).then(() => ({ failure: null })) });
      await to.send({ method: 'POST', path: `/charge/${token}` });
      return { kind: 'pending', message: `still ${token}` };
    };
    const { outcome, exchanges } = await runOperation('charge', invoke, call, true);
    expect(JSON.stringify([outcome, exchanges])).not.toContain(token);
    expect(exchanges[0]?.replyText).toBe('[not kept]');
  });
});

describe('validation', () => {
  const call: Call = {
    ...plainCall,
    credentials: { secret_key: SECRET },
    mode: 'live',
    nowMs: 0,
    send: async () => replied(200),
  };

  it('passes on what the connector says, without credentials', async () => {
    const invoke = async (to: Call) => {
      await to.send(GET);
      return { ok: false, reached: true, message: `Invalid key ${SECRET}` };
    };
    const { validation, exchanges } = await runValidation(invoke, call);
    expect(validation).toEqual({ ok: false, reached: true, message: 'Invalid key [redacted]' });
    expect(exchanges).toHaveLength(1);
  });

  it('a connector that fails has learned nothing', async () => {
    const invoke = async () => {
      throw new Error('bug');
    };
    expect((await runValidation(invoke, call)).validation).toMatchObject({
      ok: false,
      reached: false,
    });
  });
});
