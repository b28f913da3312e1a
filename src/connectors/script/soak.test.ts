// HS-41: two thousand runs, one in twenty hostile. No result is wrong, nothing is sent twice, and memory stays flat.
import { expect, it } from 'vitest';
import {
  contextOf,
  dataOf,
  failureOf,
  initiating,
  jobOf,
  pspOf,
  replied,
  testPool,
} from './testing.ts';

const RUNS = 2_000;
const ABREAST = 24;
const HOSTILE = [
  'while (true) {}',
  'for (;;) await 0',
  `/^(a+)+$/.test('a'.repeat(30) + 'b')`,
  'await new Promise(() => {})',
  'new Array(5e7).fill(0)',
  'const all = []; for (;;) all.push({ a: 1 })',
  'const deep = () => deep() + 1; deep()',
  `JSON.parse('['.repeat(1e5) + ']'.repeat(1e5))`,
  `'x'.repeat(1e7).split('')`,
  'globalThis.left = 1; Object.prototype.left = 1; throw new Error(String(ctx.idempotencyKey))',
];
const STUCK = 'new Array(2 ** 32 - 1).indexOf(1)';

const good = initiating(`
  if (typeof left !== 'undefined' || ({}).left) return sdk.response.success('spoilt');
  const sign = sdk.crypto.hmac('sha256', ctx.credential.apiKey, ctx.idempotencyKey);
  const reply = await sdk.http.post('https://psp.example.com/pay', { body: ctx.idempotencyKey, headers: { 'x-sign': sign } });
  return sdk.response.success({ key: ctx.idempotencyKey, paid: reply.data.paid });`);

it('two thousand runs, a twentieth of them hostile, leave memory flat and no result wrong', async () => {
  const pool = testPool({ limits: { cpuMs: 60 }, silenceMs: 40 });
  const psp = pspOf(async ({ body }) => {
    await new Promise((resolve) => setImmediate(resolve));
    return replied({ paid: body });
  });
  let begun = 0;
  let hostile = 0;
  const wrong: unknown[] = [];
  const residentMb: number[] = [];
  const one = async (index: number): Promise<void> => {
    const ctx = { ...contextOf('initiate'), idempotencyKey: `k${index}` };
    if (index % 20 === 10) {
      hostile += 1;
      const body =
        index % 400 === 10 ? `/* ${index} */ ${STUCK}` : HOSTILE[hostile % HOSTILE.length]!;
      const ended = await pool.run(jobOf(initiating(body), { ctx, tenant: 'env_bad' }));
      if (failureOf(ended) === 'returned') wrong.push(ended.end);
      return;
    }
    const ended = await pool.run(jobOf(good, { ctx, send: psp.send }));
    const data = failureOf(ended) === 'returned' ? dataOf(ended) : ended.end;
    if (JSON.stringify(data) !== JSON.stringify({ key: `k${index}`, paid: `k${index}` }))
      wrong.push(data);
  };
  const worker = async (): Promise<void> => {
    while (begun < RUNS) {
      begun += 1;
      await one(begun);
      if (begun % 100 === 0) residentMb.push(process.memoryUsage().rss / 1024 ** 2);
    }
  };
  await Promise.all(Array.from({ length: ABREAST }, worker));
  await pool.close();
  expect(wrong).toEqual([]);
  expect(hostile).toBe(RUNS / 20);
  const bodies = psp.requests.map(({ body }) => body);
  expect(bodies).toHaveLength(RUNS - hostile);
  expect(new Set(bodies).size).toBe(bodies.length);
  const half = residentMb.length >> 1;
  const grewMb = Math.max(...residentMb.slice(half)) - Math.max(...residentMb.slice(0, half));
  expect(grewMb).toBeLessThan(100);
}, 120_000);
