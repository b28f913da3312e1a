import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemPorts } from '../../kernel/ports.ts';
import type { Transmission } from '../transport.ts';
import type { ScriptPool } from './contract.ts';
import {
  CREDENTIAL,
  contextOf,
  dataOf,
  failureOf,
  initiating,
  jobOf,
  pspOf,
  replied,
  resultOf,
  testPool,
} from './testing.ts';

const secrets = { apiKey: CREDENTIAL };
let pool: ScriptPool;
beforeAll(() => {
  pool = testPool();
});
afterAll(() => pool.close());

const run = (body: string) => pool.run(jobOf(initiating(body)));

describe('a run', () => {
  it('gives the script its context and the PSP what the script sends', async () => {
    const psp = pspOf(() => replied({ id: 'p-9' }, 201));
    const source = initiating(`
      const reply = await sdk.http.post('https://psp.example.com/v1/pay?x=1', {
        headers: { Authorization: 'Bearer ' + ctx.credential.apiKey },
        body: JSON.stringify({ amount: ctx.txn.amount }),
      });
      return sdk.response.success({ orderId: ctx.id, reply }, { outcome: 'ACCEPTED', pspTxnId: reply.data.id, state: { a: 1 } });`);
    const ended = await pool.run(jobOf(source, { send: psp.send }));
    expect(psp.requests).toEqual([
      {
        method: 'POST',
        origin: 'https://psp.example.com',
        path: '/v1/pay?x=1',
        headers: { Authorization: `Bearer ${CREDENTIAL}` },
        body: '{"amount":"10.00"}',
        deadlineMs: 15_000,
      },
    ]);
    expect(resultOf(ended)).toEqual({
      __type: 'success',
      outcome: 'ACCEPTED',
      pspTxnId: 'p-9',
      state: { a: 1 },
      data: {
        orderId: 'ortx_1',
        reply: {
          success: true,
          status: 201,
          headers: { 'content-type': 'application/json' },
          data: { id: 'p-9' },
          sent: 'replied',
        },
      },
    });
    expect(ended).toMatchObject({
      sent: 'replied',
      refusalIsCertain: true,
      verifiedBy: null,
      warnings: [],
    });
    expect(ended.usage).toMatchObject({ httpCalls: 1 });
  });

  it.each(['redirect', 'webhook', 'sync'] as const)(
    'calls the export of the step %s',
    async (step) => {
      const source = `export const ${step} = async (ctx, sdk) => sdk.response.success(ctx.step)`;
      expect(dataOf(await pool.run(jobOf(source, { step })))).toBe(step);
    },
  );

  it('says what is wrong with a handler in the documented words', async () => {
    const sentences = {
      'export const a = 1': "Must export a function named 'initiate'",
      'export default { async initiate() {} }': "Must export a function named 'initiate'",
      'export function initiate() {}': 'The exported handler is not an async function',
      'export async function initiate() {}': 'Handler must return an object',
      'export async function initiate() { return {} }': 'Handler result must have __type property',
      'export async function initiate() { return { __type: "no" } }': 'Invalid __type: no',
      'export async function initiate() { throw new Error("mine") }': 'Connector error',
      'throw 1': 'Connector error',
      'export async function initiate( {': 'Connector error',
    };
    for (const [source, message] of Object.entries(sentences)) {
      const { end } = await pool.run(jobOf(source));
      expect([source, end]).toEqual([source, expect.objectContaining({ kind: 'failed', message })]);
    }
  });

  it('keeps the three documented answers', async () => {
    expect(resultOf(await run(`return sdk.response.failure('no funds', 422)`))).toEqual({
      __type: 'failure',
      message: 'no funds',
      status: 422,
    });
    expect(resultOf(await run(`return sdk.response.failure(undefined)`))).toEqual({
      __type: 'failure',
      message: 'Connector error',
      status: 400,
    });
    expect(resultOf(await run(`return sdk.response.redirect('https://a.example/x')`))).toEqual({
      __type: 'redirect',
      url: 'https://a.example/x',
      data: {},
    });
  });

  it('remembers that a webhook was verified', async () => {
    const source = `export async function webhook(ctx, sdk) { sdk.webhook.verified('hmac'); return sdk.response.success('OK') }`;
    expect((await pool.run(jobOf(source, { step: 'webhook' }))).verifiedBy).toBe('hmac');
  });

  it('loads a script of which the top level draws or asks for time anew each time', async () => {
    const source = `const drawn = Math.random(), at = Date.now(); let count = 0;
      export async function initiate(ctx, sdk) { count += 1; return sdk.response.success([drawn, at > 1e12, count]) }`;
    const runs = await Promise.all([1, 2, 3].map(() => pool.run(jobOf(source))));
    const data = runs.map((one) => dataOf(one) as unknown[]);
    expect(new Set(data.map(([drawn]) => drawn)).size).toBe(3);
    expect(data.map(([, at, count]) => [at, count])).toEqual([
      [true, 1],
      [true, 1],
      [true, 1],
    ]);
  });

  it('refuses a text that is not the one that was checked, and a context that is too large', async () => {
    const job = jobOf(initiating(`return sdk.response.success(1)`));
    expect(failureOf(await pool.run({ ...job, source: `${job.source} ` }))).toBe('refused');
    const data = 'x'.repeat(600_000);
    expect(failureOf(await pool.run({ ...job, ctx: { ...contextOf('initiate'), data } }))).toBe(
      'refused',
    );
  });
});

describe('calls to the PSP', () => {
  it('HS-27 are at most 20, five at a time', async () => {
    let inside = 0;
    let most = 0;
    const psp = pspOf(async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
      return replied({});
    });
    const body = `const all = await Promise.all(Array.from({ length: 1000 }, () => sdk.http.get('https://psp.example.com/')));
      return sdk.response.success(all.map(({ status }) => status).filter((status) => status === 429).length)`;
    const ended = await pool.run(jobOf(initiating(body), { send: psp.send }));
    expect(dataOf(ended)).toBe(980);
    expect(psp.requests).toHaveLength(20);
    expect(most).toBe(5);
  });

  it('HS-33 that nobody awaits are no success of anything', async () => {
    const psp = pspOf(() => new Promise<Transmission>(() => {}));
    const body = `sdk.http.post('https://psp.example.com/pay', { body: '{}' }); return sdk.response.success(1)`;
    const ended = await pool.run(jobOf(initiating(body), { send: psp.send }));
    expect(dataOf(ended)).toBe(1);
    expect(ended).toMatchObject({ sent: 'unknown', refusalIsCertain: false });
    expect(ended.exchanges).toMatchObject([{ sent: 'unknown', reason: 'reply not awaited' }]);
    expect(ended.warnings).toEqual(['the script returned before the answer to a call was there']);
  });

  it.each([
    [{ sent: 'not_sent', reason: 'ECONNREFUSED' }, 422, 'NetworkError', 'not_sent', true],
    [{ sent: 'unknown', reason: 'UND_ERR_SOCKET' }, 422, 'NetworkError', 'unknown', false],
    [{ sent: 'unknown', reason: 'deadline passed' }, 408, 'TimeoutError', 'unknown', false],
    [{ sent: 'unknown', reason: 'UND_ERR_BODY_TIMEOUT' }, 408, 'TimeoutError', 'unknown', false],
  ] as const)('%o are told as %d', async (transmission, status, type, sent, refusalIsCertain) => {
    const body = `const reply = await sdk.http.post('https://psp.example.com/pay', { body: '{}' }); return sdk.response.failure(reply.data.type, reply.status)`;
    const ended = await pool.run(jobOf(initiating(body), { send: async () => transmission }));
    expect(resultOf(ended)).toEqual({ __type: 'failure', message: type, status });
    expect(ended).toMatchObject({ sent, refusalIsCertain });
  });

  it('with an answer that is not JSON give its text', async () => {
    const body = `const { data, text, success } = await sdk.http.get('https://psp.example.com/'); return sdk.response.success({ data, text, success })`;
    const ended = await pool.run(
      jobOf(initiating(body), { send: async () => replied('<html>', 502) }),
    );
    expect(dataOf(ended)).toEqual({
      data: { message: 'Invalid JSON response', type: 'JSONParseError' },
      text: '<html>',
      success: false,
    });
  });

  it('take a body only as text', async () => {
    const body = `try { sdk.http.post('https://psp.example.com/', { body: { a: 1 } }) } catch (error) { return sdk.response.success(error.name) }`;
    expect(dataOf(await run(body))).toBe('TypeError');
  });
});

describe('secrets', () => {
  it('HS-31 come out in no form but the reversed one', async () => {
    const body = `
      const key = ctx.credential.apiKey;
      sdk.logger.info({ key }); console.error(key, encodeURIComponent(key));
      await sdk.http.get('https://psp.example.com/?k=' + encodeURIComponent(key), { headers: { 'x-mine': sdk.encoding.base64.encode('user:' + key) } });
      if (ctx.data.fail) throw new Error('with ' + key);
      return sdk.response.success({ key, [key]: 1, b64: btoa('x' + key), reversed: [...key].reverse().join('') }, { state: { key }, errorCode: key });`;
    const reversed = [...CREDENTIAL].reverse().join('');
    for (const fail of [false, true]) {
      const job = jobOf(initiating(body), { send: async () => replied({ echo: CREDENTIAL }) });
      const ended = await pool.run({ ...job, ctx: { ...job.ctx, data: { fail } } });
      const text = JSON.stringify(ended);
      expect(text).not.toContain(CREDENTIAL);
      expect(text).not.toContain(Buffer.from(CREDENTIAL).toString('base64').slice(0, -3));
      expect(text.includes(reversed)).toBe(!fail);
      expect(text).toContain('[redacted]');
    }
  });
});

describe('a journal', () => {
  const body = `
    const order = [];
    const ask = async (name) => { const { data } = await sdk.http.get('https://psp.example.com/' + name); order.push(name, data.key, sdk.time.now()) };
    await Promise.all([ask('a'), ask('b'), ask('c')]);
    await sdk.time.sleep(5);
    sdk.logger.info(order);
    return sdk.response.success({ order, drawn: [Math.random(), sdk.crypto.randomUUID(), Date.now()] });`;

  it('C-14 gives the same run again, byte for byte, and holds no secret', async () => {
    const answers: Record<string, (answer: Transmission) => void> = {};
    const psp = pspOf(
      ({ path }) =>
        new Promise((resolve) => {
          answers[path] = resolve;
        }),
    );
    const running = pool.run(jobOf(initiating(body), { send: psp.send }));
    while (psp.requests.length < 3) await new Promise((resolve) => setTimeout(resolve, 2));
    for (const path of ['/c', '/a', '/b']) {
      answers[path]!(replied({ key: `${path} ${CREDENTIAL}` }));
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    const first = await running;
    expect((dataOf(first) as { order: unknown[] }).order.filter((_, at) => at % 3 === 0)).toEqual([
      'c',
      'a',
      'b',
    ]);
    expect(JSON.stringify(first.journal)).not.toContain(CREDENTIAL);
    const journal = JSON.parse(JSON.stringify(first.journal)) as typeof first.journal;
    const again = await pool.replay(journal, initiating(body), secrets);
    expect(JSON.stringify(again.end)).toBe(JSON.stringify(first.end));
    expect(again.meta.logs).toEqual(first.meta.logs);
    expect(again.journal).toEqual(first.journal);
    expect(psp.requests).toHaveLength(3);
  });

  it('says when another script goes another way', async () => {
    const first = await pool.run(jobOf(initiating(body), { send: async () => replied({}) }));
    const other = jobOf(initiating(body.replace("ask('b')", "ask('d')")));
    const again = await pool.replay(
      { ...first.journal, sha256: other.sha256 },
      other.source,
      secrets,
    );
    expect(failureOf(again)).toBe('diverged');
  });

  it('of a run that never got its answer ends where that ended', async () => {
    const job = jobOf(initiating(`await sdk.http.get('https://psp.example.com/')`), {
      limits: { wallMs: 100 },
      send: () => new Promise(() => {}),
    });
    const first = await pool.run(job);
    const again = await pool.replay(first.journal, job.source, secrets);
    expect([failureOf(first), failureOf(again)]).toEqual(['wall', 'wall']);
  });

  it('keeps signatures that are another each time', async () => {
    const pem = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2
OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r
1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G
-----END PRIVATE KEY-----`;
    const signing = initiating(
      `return sdk.response.success([1, 2].map(() => sdk.crypto.sign('ES256', ${JSON.stringify(pem)}, 'x')))`,
    );
    const first = await pool.run(jobOf(signing));
    const [one, two] = dataOf(first) as string[];
    expect(one).not.toBe(two);
    expect(dataOf(await pool.replay(first.journal, signing, secrets))).toEqual([one, two]);
  });
});

describe('neighbours', () => {
  const stuck = 'new Array(2 ** 32 - 1).indexOf(1)';

  it('HS-34 of scripts that hold their threads fast all finish, and call nobody twice', async () => {
    const own = testPool({ silenceMs: 150, limits: { cpuMs: 60 } });
    const psp = pspOf(async ({ path }) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return replied({ path });
    });
    const source = initiating(`
      const first = await sdk.http.post('https://psp.example.com/' + ctx.idempotencyKey + '/1', { body: '{}' });
      const second = await sdk.http.post('https://psp.example.com/' + ctx.idempotencyKey + '/2', { body: '{}' });
      return sdk.response.success([first.data.path, second.data.path]);`);
    const bad = Array.from({ length: 6 }, (_, index) =>
      own.run(jobOf(initiating(`/* ${index} */ ${stuck}`), { tenant: 'env_bad' })),
    );
    const well = Array.from({ length: 60 }, async (_, index) => {
      const ctx = { ...contextOf('initiate'), idempotencyKey: `k${index}` };
      return dataOf(await own.run(jobOf(source, { ctx, send: psp.send })));
    });
    expect(await Promise.all(well)).toEqual(
      well.map((_, index) => [`/k${index}/1`, `/k${index}/2`]),
    );
    // One after the other, for they are one tenant's: the last ones may find no place in time.
    for (const end of (await Promise.all(bad)).map(failureOf))
      expect(['killed', 'unavailable']).toContain(end);
    expect(psp.requests).toHaveLength(120);
    expect(new Set(psp.requests.map(({ path }) => path)).size).toBe(120);
    await own.close();
  }, 90_000);

  it('HS-35 lose nothing when slots are replaced all the time', async () => {
    const own = testPool({ guestsEver: 30, silenceMs: 150, limits: { cpuMs: 60 } });
    const source = initiating(
      `await sdk.http.get('https://psp.example.com/'); return sdk.response.success(ctx.id)`,
    );
    const runs = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        own.run(index === 50 ? jobOf(initiating(stuck), { tenant: 'env_bad' }) : jobOf(source)),
      ),
    );
    expect(runs.filter((one) => failureOf(one) !== 'returned').map(failureOf)).toEqual(['killed']);
    await own.close();
  });

  it('take turns, and one alone cannot fill the pool', async () => {
    const own = testPool({ slots: 1, guestsPerSlot: 4, queuePerTenant: 10 });
    const never = () => new Promise<Transmission>(() => {});
    const wait = jobOf(initiating(`await sdk.http.get('https://psp.example.com/')`), {
      tenant: 'env_greedy',
      send: never,
    });
    const greedy = Array.from({ length: 20 }, () => own.run(wait));
    const other = await own.run(
      jobOf(initiating('return sdk.response.success(1)'), { tenant: 'env_other' }),
    );
    expect(dataOf(other)).toBe(1);
    await own.close();
    const ends = (await Promise.all(greedy)).map(failureOf);
    expect(ends.filter((end) => end === 'killed')).toHaveLength(3);
    expect(ends.filter((end) => end === 'unavailable')).toHaveLength(17);
  });

  it('are not begun any more after three terminations, but for sync, until ten minutes have passed', async () => {
    let nowMs = 1_800_000_000_000;
    const own = testPool(
      { silenceMs: 50, limits: { cpuMs: 30 } },
      { ...systemPorts, clock: { nowMs: () => nowMs } },
    );
    const source = `export async function initiate() { ${stuck} } export async function sync(ctx, sdk) { return sdk.response.success(1) }`;
    const ends = [];
    for (let times = 0; times < 4; times += 1) ends.push(failureOf(await own.run(jobOf(source))));
    expect(ends).toEqual(['killed', 'killed', 'killed', 'unavailable']);
    expect(dataOf(await own.run(jobOf(source, { step: 'sync' })))).toBe(1);
    nowMs += 11 * 60_000;
    expect(failureOf(await own.run(jobOf(source)))).toBe('killed');
    await own.close();
  });
});

describe('a pool that closes', () => {
  it('ends what runs with what it sent, and begins nothing more', async () => {
    const own = testPool({ slots: 1 });
    const psp = pspOf(() => new Promise<Transmission>(() => {}));
    const job = jobOf(
      initiating(`await sdk.http.post('https://psp.example.com/pay', { body: '{}' })`),
      { send: psp.send },
    );
    const running = own.run(job);
    while (psp.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    await own.close();
    expect(await running).toMatchObject({ sent: 'unknown', end: { failure: 'killed' } });
    expect(await own.run(job)).toMatchObject({ sent: 'not_sent', end: { failure: 'unavailable' } });
  });
});
