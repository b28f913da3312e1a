import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScriptPool, ScriptText } from './contract.ts';
import { dataOf, jobOf, testPool } from './testing.ts';

let pool: ScriptPool;
beforeAll(() => {
  pool = testPool({ slots: 1 });
});
afterAll(() => pool.close());

const check = (text: string, more: Partial<ScriptText> = {}) =>
  pool.check({ text, language: 'javascript', steps: ['initiate'], ...more });

describe('a script at upload', () => {
  it('is taken with its hash, its steps and the hosts it names', async () => {
    const text = `const BASE = 'https://app.paymaxis.com/api/v1';
      export async function initiate() { return BASE }
      export const sync = async () => 'http://Other.example/x';
      export const helper = 1;`;
    expect(await check(text, { steps: ['initiate', 'sync'] })).toEqual({
      ok: true,
      source: text,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      exports: ['initiate', 'sync'],
      hosts: ['app.paymaxis.com', 'other.example'],
    });
  });

  it('may be TypeScript, of which only the types go', async () => {
    const text = `import type { Handler } from 'switchyard:sdk';
      interface Order { id: string }
      export const initiate: Handler = async (ctx, sdk) => {
        const order = { id: ctx.id } satisfies Order as Order;
        return sdk.response.success(order!.id as string);
      };`;
    const checked = await check(text, { language: 'typescript' });
    if (!checked.ok) throw new Error(checked.problems.join());
    expect(checked.source).toHaveLength(text.length);
    expect(dataOf(await pool.run(jobOf(checked.source)))).toBe('ortx_1');
  });

  it.each([
    ['enum A { B } export async function initiate() {}', 'typescript', /enum/],
    ['export async function initiate(a: ) {}', 'typescript', /./],
    [`${'['.repeat(50_000)} export async function initiate() {}`, 'typescript', /./],
    ['export async function initiate(', 'javascript', /it does not load: SyntaxError/],
    ['HS-36 while (true) {}'.slice(6), 'javascript', /longer than 50 ms/],
    ['HS-36 new Array(2 ** 32 - 1).indexOf(1)'.slice(6), 'javascript', /longer than 50 ms/],
    ['await 1; export async function initiate() {}', 'javascript', /await at the top level/],
    ['console.log(1); export async function initiate() {}', 'javascript', /may not log/],
    ['throw new Error("mine")', 'javascript', /it does not load: Error: mine/],
    ['const all = []; for (;;) all.push({})', 'javascript', /./],
    [
      'import fs from "node:fs"; export async function initiate() {}',
      'javascript',
      /cannot import node:fs/,
    ],
    [
      'import x from "https://a.example/x.js"; export async function initiate() {}',
      'javascript',
      /cannot import https/,
    ],
    [
      'import { ask } from "./host.ts"; export async function initiate() {}',
      'javascript',
      /cannot import/,
    ],
    [
      'HS-37 export default { async initiate() {} }'.slice(6),
      'javascript',
      /Must export a function named 'initiate'/,
    ],
    [
      'HS-37 export function initiate() {}'.slice(6),
      'javascript',
      /The exported handler is not an async function/,
    ],
    [
      'HS-37 export function* initiate() {}'.slice(6),
      'javascript',
      /The exported handler is not an async function/,
    ],
    [
      'HS-37 export async function* initiate() {}'.slice(6),
      'javascript',
      /The exported handler is not an async function/,
    ],
    [
      'HS-37 export const initiate = 1'.slice(6),
      'javascript',
      /Must export a function named 'initiate'/,
    ],
    [
      `/*${'x'.repeat(300 * 1024)}*/ export async function initiate() {}`,
      'javascript',
      /larger than 256 KB/,
    ],
    ['/* \ud800 */ export async function initiate() {}', 'javascript', /well-formed/],
  ] as const)('%.60s is refused', async (text, language, problem) => {
    const checked = await check(text, { language });
    expect(checked).toMatchObject({ ok: false });
    if (!checked.ok) expect(checked.problems.join('\n')).toMatch(problem);
  });
});
