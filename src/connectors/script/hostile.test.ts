// The hostile scripts of script-sandbox.md section 6, each through the real pool with the limits of every deployment.
// Each ends with a clear error in its time, and a well-behaved run right after it is as if nothing had been.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ScriptPool } from './contract.ts';
import {
  CREDENTIAL,
  dataOf,
  failureOf,
  initiating,
  jobOf,
  pspOf,
  replied,
  resultOf,
  testPool,
} from './testing.ts';

let pool: ScriptPool;
const delay = monitorEventLoopDelay({ resolution: 5 });
const good = initiating(`
  sdk.logger.info('still here');
  const reply = await sdk.http.post('https://psp.example.com/pay', { body: ctx.txn.amount });
  return sdk.response.success({ orderId: ctx.id, paid: reply.data.status, probe: typeof globalThis.left });`);

beforeAll(async () => {
  pool = testPool();
  await pool.run(jobOf(good));
  delay.enable();
});
afterAll(() => pool.close());

const run = (body: string) => pool.run(jobOf(initiating(body)));

afterEach(async () => {
  const after = await pool.run(jobOf(good));
  expect(dataOf(after)).toEqual({ orderId: 'ortx_1', paid: 'ok', probe: 'undefined' });
  expect(delay.percentile(50) / 1e6, 'the host stays responsive').toBeLessThan(50);
});

describe('endless loops', () => {
  it.each([
    ['HS-1', 'while (true) {}'],
    ['HS-2', 'for (;;) { try { for (;;) {} } catch {} }'],
    ['HS-4', 'for (;;) await 0;'],
    ['HS-5', 'for (;;) { try { await (async () => { for (;;); })() } catch {} }'],
    ['HS-7', `/^(a+)+$/.test('a'.repeat(30) + 'b'); return {}`],
    ['HS-8', '[3, 2, 1].sort(() => { for (;;); })'],
  ])('%s ends at the processor budget', async (_, body) => {
    const { end, usage } = await run(body);
    expect(end).toMatchObject({ failure: 'cpu', message: 'VM execution timeout' });
    expect(usage.cpuMs).toBeGreaterThan(240);
    expect(usage.cpuMs).toBeLessThan(350);
  });

  it.each([
    ['a getter', 'const o = { get x() { for (;;); } }; o.x'],
    ['turning into text', 'return String({ toString() { for (;;); } })'],
    [
      'jobs',
      'const again = () => { Promise.resolve().then(again) }; again(); await new Promise(() => {})',
    ],
    ['a generator', 'for (const x of (function* () { for (;;) yield 1; })()); '],
    ['eval', `eval('for (;;);')`],
    ['a thenable result', 'return { then() { for (;;); } }'],
    ['toJSON', `return { __type: 'success', data: { toJSON() { for (;;); } } }`],
    ['finally', 'try { for (;;); } finally { for (;;); }'],
    ['logging', 'for (;;) sdk.logger.info(1)'],
    ['hashing', 'for (;;) sdk.crypto.sha512(ctx.id)'],
  ])('%s is no way around it', async (_, body) => {
    const ended = await pool.run(jobOf(initiating(body), { limits: { cpuMs: 60 } }));
    expect(failureOf(ended)).toBe('cpu');
  });

  it('HS-3 leaves a call that was made as evidence', async () => {
    const psp = pspOf(() => replied({ id: 'p-1' }));
    const body = `await sdk.http.post('https://psp.example.com/pay', { body: '{}' }); for (;;);`;
    const ended = await pool.run(jobOf(initiating(body), { send: psp.send }));
    expect(failureOf(ended)).toBe('cpu');
    expect(ended.sent).toBe('replied');
    expect(ended.exchanges).toMatchObject([{ method: 'POST', sent: 'replied', status: 200 }]);
    expect(psp.requests).toHaveLength(1);
  });

  it('HS-6 does not wait for a promise that nothing will ever resolve', async () => {
    const { end } = await run('await new Promise(() => {})');
    expect(end).toMatchObject({ failure: 'wall', message: 'VM execution timeout' });
  });

  it('a promise that a host call keeps alive ends at the wall limit', async () => {
    const body = `await sdk.http.get('https://psp.example.com/slow')`;
    const job = jobOf(initiating(body), {
      limits: { wallMs: 200 },
      send: () => new Promise(() => {}),
    });
    const ended = await pool.run(job);
    expect(ended.end).toMatchObject({ failure: 'wall', message: 'VM execution timeout' });
    expect(ended.exchanges).toMatchObject([{ sent: 'unknown' }]);
  });
});

describe('memory and stack', () => {
  it.each([
    ['HS-13', `'x'.repeat(2 ** 29 - 24).split('')`, ['memory']],
    ['HS-14', 'new Array(5e7).fill(0)', ['memory']],
    ['HS-15, objects', 'const all = []; for (;;) all.push({ a: 1 })', ['memory', 'cpu']],
    ['HS-15, bytes', 'const all = []; for (;;) all.push(new Uint8Array(65536))', ['memory']],
    ['HS-15, text', `let text = 'x'; for (;;) text += text`, ['memory']],
    ['HS-16', 'new ArrayBuffer(64 << 20)', ['memory', 'script_error']],
    ['a map', 'const m = new Map(); for (let i = 0; ; i++) m.set(i, {})', ['memory', 'cpu']],
    ['closures', 'let f = () => 0; for (;;) { const g = f; f = () => g; }', ['memory', 'cpu']],
    ['HS-17', 'const deep = () => deep() + 1; deep()', ['stack']],
    ['HS-18', `JSON.parse('['.repeat(1e5) + ']'.repeat(1e5))`, ['stack']],
    [
      'HS-19, expression',
      `new RegExp('('.repeat(1e5) + ')'.repeat(1e5))`,
      ['stack', 'script_error'],
    ],
    ['HS-19, source', `eval('['.repeat(1e5) + ']'.repeat(1e5))`, ['stack', 'script_error']],
    [
      'a deep result',
      'let x = {}; for (let i = 0; i < 5e3; i++) x = { x }; return { __type: "success", data: x }',
      ['stack', 'bad_result'],
    ],
  ])('%s ends in a clear error', async (_, body, failures) => {
    const ended = await run(body);
    expect(failures).toContain(failureOf(ended));
    expect(ended.end).toMatchObject({
      message: expect.stringMatching(/^(Connector error|VM execution timeout)$/),
    });
    expect(ended.usage.memoryBytes).toBeLessThan(24 * 1024 * 1024);
  });

  it('a caught shortage of memory does no harm', async () => {
    const body = `try { const all = []; for (;;) all.push(new Uint8Array(65536)) } catch {}
      return sdk.response.success('recovered')`;
    expect(dataOf(await run(body))).toBe('recovered');
  });
});

describe('loops inside the engine that nothing interrupts', () => {
  it.each([
    ['HS-9', 'new Array(2 ** 32 - 1).indexOf(1)'],
    ['HS-10', 'Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 1)'],
    ['HS-11', 'new Array(2 ** 32 - 1).join()'],
  ])('%s costs its thread', async (_, body) => {
    const begun = performance.now();
    const ended = await run(body);
    expect(['killed', 'memory', 'cpu']).toContain(failureOf(ended));
    expect(performance.now() - begun).toBeLessThan(4_000);
  });

  it('HS-12 ends in any of the ways that end it', async () => {
    const ended = await run(`'x'.repeat(1e7).split(''); return sdk.response.success(1)`);
    expect(['killed', 'memory', 'cpu']).toContain(failureOf(ended));
  });
});

describe('ways out', () => {
  it('HS-20 reaches no object of the host', async () => {
    const body = `
      const doors = [
        () => this.constructor.constructor('return process')(),
        () => globalThis.constructor.constructor('return process')(),
        () => sdk.constructor.constructor('return process')(),
        () => sdk.http.get.constructor('return process')(),
        () => ctx.constructor.constructor('return process')(),
        () => sdk.http.get('https://psp.example.com/').constructor.constructor('return process')(),
        () => (async () => {}).constructor('return process')().constructor.name + process,
        () => { try { null.x } catch (error) { return error.constructor.constructor('return process')() } },
        () => sdk.http.get.caller.caller,
        () => Function('return this')().process.pid,
        () => { Error.prepareStackTrace = (_, frames) => frames[0].getThis(); return new Error().stack.env },
      ];
      const found = doors.map((open) => { try { return typeof open() } catch (error) { return 'shut' } });
      return sdk.response.success(found)`;
    const found = dataOf(await run(body)) as string[];
    expect(found.filter((kind) => kind !== 'shut' && kind !== 'undefined')).toEqual([]);
  });

  it('HS-21 has none of the names that lead out', async () => {
    const names =
      `process require module fetch XMLHttpRequest WebSocket setTimeout setInterval setImmediate
      queueMicrotask WebAssembly SharedArrayBuffer Atomics Worker Buffer global window self Deno Bun Intl
      performance navigator postMessage importScripts Proxy os std`.split(/\s+/);
    const body = `return sdk.response.success(${JSON.stringify(names)}.filter((name) => name in globalThis))`;
    expect(dataOf(await run(body))).toEqual([]);
  });

  it.each([
    'fs',
    'node:fs',
    'https://example.com/x.js',
    './host.ts',
    'prelude:./host.ts',
    'main',
    'data:text/javascript,1',
  ])('HS-22 refuses import("%s")', async (name) => {
    const body = `try { await import(${JSON.stringify(name)}); return sdk.response.success('open') }
        catch { return sdk.response.success('shut') }`;
    expect(dataOf(await run(body))).toBe('shut');
  });

  it('HS-23 takes what a run changed away with it', async () => {
    const spoil = `
      globalThis.left = 1;
      Object.prototype.polluted = 'yes';
      Array.prototype.map = () => ['mine'];
      JSON.stringify = () => '"mine"';
      JSON.parse = () => 'mine';
      Promise.prototype.then = () => { throw new Error('mine') };
      String.prototype.slice = () => 'mine';
      Map.prototype.get = () => 'mine';
      Function.prototype.call = () => 'mine';
      return { __type: 'success', data: 'spoilt' }`;
    const source = initiating(
      `if (typeof left !== 'undefined') return sdk.response.success('kept');${spoil}`,
    );
    expect(dataOf(await pool.run(jobOf(source)))).toBe('spoilt');
    for (let times = 0; times < 5; times += 1) {
      expect(dataOf(await pool.run(jobOf(source)))).toBe('spoilt');
    }
    expect({}).not.toHaveProperty('polluted');
  });

  it('HS-24 cannot write to sdk and ctx', async () => {
    const body = `
      const tries = [
        () => { sdk.http = 1 }, () => { sdk.http.get = 1 }, () => { sdk.response.success = 1 },
        () => { ctx.id = 'x' }, () => { ctx.txn.amount = '0' }, () => { ctx.data.body.order.id = 1 },
        () => { delete sdk.crypto }, () => { sdk.crypto.md5.x = 1 },
      ];
      const held = tries.map((change) => { try { change(); return false } catch { return true } });
      return sdk.response.success([held.every(Boolean), ctx.id, ctx.txn.amount])`;
    expect(dataOf(await run(body))).toEqual([true, 'ortx_1', '10.00']);
  });

  it('HS-25 takes no result that is not plain data', async () => {
    const results = [
      '1',
      'null',
      'undefined',
      '"text"',
      '() => 1',
      'Symbol()',
      '10n',
      '{ __type: "success", data: 10n }',
      '{ get __type() { throw new Error("mine") } }',
      '(() => { const a = { __type: "success" }; a.data = a; return a })()',
      '{ toJSON() { throw 1 } }',
      '{ toJSON: () => "text" }',
      '[]',
      '{}',
      '{ __type: "other" }',
      '{ __type: "redirect", url: "javascript:alert(1)" }',
      '{ __type: "success", outcome: "PAID" }',
      '{ __type: "success", amount: 10 }',
      '{ __type: "success", state: "x".repeat(20000) }',
      '{ __type: "success", ack: { status: 99 } }',
    ];
    for (const result of results) {
      expect([result, failureOf(await run(`return ${result}`))]).toEqual([result, 'bad_result']);
    }
  });

  it('HS-26 limits results and logs', async () => {
    const tenMegabytes = await run(`return sdk.response.success('x'.repeat(1e7))`);
    expect(['bad_result', 'memory']).toContain(failureOf(tenMegabytes));
    expect(failureOf(await run(`return sdk.response.success('x'.repeat(3e5))`))).toBe('bad_result');
    const flood = await run(
      `for (let i = 0; i < 2000; i++) sdk.logger.info(i); return sdk.response.success(1)`,
    );
    expect(Object.keys(flood.meta.logs)).toHaveLength(201);
    expect(flood.warnings).toContain('more than 200 log entries');
    const long = await run(`sdk.logger.info('x'.repeat(1e6)); return sdk.response.success(1)`);
    expect(long.meta.logs['0']!.message.length).toBeLessThanOrEqual(4096);
  });

  it('HS-32 drops names that JavaScript treats in special ways', async () => {
    const body = `return JSON.parse('{"__type":"success","data":{"__proto__":{"admin":true},"constructor":1,"a":{"prototype":2,"b":3}}}')`;
    expect(JSON.stringify(dataOf(await run(body)))).toBe('{"a":{"b":3}}');
  });

  it('HS-40 sees a clock that stands still and draws from the host', async () => {
    const body = `
      const begun = [Date.now(), sdk.time.now(), new Date().getTime(), Math.random(), sdk.crypto.randomUUID()];
      for (let i = 0; i < 1e5; i++);
      return sdk.response.success([...begun, Date.now(), Math.random(), new Date(2020, 0, 1).getTimezoneOffset()])`;
    const first = await run(body);
    const data = dataOf(first) as number[];
    expect(new Set([data[0], data[1], data[2], data[5]]).size).toBe(1);
    const again = await pool.replay(first.journal, initiating(body), { apiKey: CREDENTIAL });
    expect(resultOf(again)).toEqual(resultOf(first));
    expect(dataOf(await run(body))).not.toEqual(data);
  });
});
