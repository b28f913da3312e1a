// The authoring guide, followed as it stands: every command of it in its order, on a server of its own, with nothing
// but what the guide and the printed answers say.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, Scratch } from './command.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const MAIN = join(ROOT, 'src/cli/main.ts');
const guide = readFileSync(join(ROOT, 'docs/connectors/authoring.md'), 'utf8');
const blocks = [...guide.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);

describe('docs/connectors/authoring.md', () => {
  const scratch = new Scratch();
  const env: Record<string, string> = {};
  let url = '';

  beforeAll(async () => {
    const data = join(scratch.dir, 'data');
    const server = scratch.run(['start'], {
      PORT: String(await freePort()),
      SWITCHYARD_DATA_DIR: data,
    });
    [, url = ''] = await server.printed(/Switchyard listens on (\S+)/);
    const [secret = ''] = await server.printed(/sec_\w+/);
    const { PATH = '' } = process.env;
    Object.assign(env, { PATH, NO_PROXY: '*', no_proxy: '*', SECRET: secret });
    Object.assign(env, { SWITCHYARD_DATA_DIR: data, SWITCHYARD_PUBLIC_URL: url });
  });
  afterAll(() => scratch.clean());

  /** As a shell runs it; what a reader fills in is taken from the answers before. */
  async function paste(block: string): Promise<string> {
    const script = block
      .replaceAll('npm run -s switchyard --', `'${process.execPath}' '${MAIN}'`)
      .replaceAll('http://127.0.0.1:8081', url)
      .replaceAll(/^\w+=\S*…$/gm, '');
    const curl = 'curl() { command curl --fail-with-body "$@"; echo; }';
    const options = { env, cwd: scratch.dir };
    const { stdout } = await promisify(execFile)('bash', ['-euc', `${curl}\n${script}`], options);
    Object.assign(env, {
      PSP: /psp_\w+/.exec(stdout)?.[0] ?? env.PSP ?? '',
      TXN: /ortx\w{12}/.exec(stdout)?.[0] ?? env.TXN ?? '',
      PAGE: /"navigation":\{[^}]*"value":"([^"]+)"/.exec(stdout)?.[1] ?? env.PAGE ?? '',
    });
    return stdout;
  }

  it('leads from nothing to a payment', { timeout: 180_000 }, async () => {
    const [make, push, connect, pay, finish, ...others] = blocks;
    expect(others).toEqual([]);
    const tried = await paste(make!);
    expect(tried).toContain('passed  a deposit is paid on the page');
    expect(tried).not.toContain('FAILED');
    expect(await paste(push!)).toContain('Examplepay is published.');
    expect(await paste(connect!)).toContain('"credential":"***ENCRYPTED***"');
    expect(await paste(pay!)).toContain('"type":"redirect"');
    expect(await paste(finish!)).toContain('"status":"SUCCESS"');
  });

  it('makes a folder that an editor can check', { timeout: 60_000 }, async () => {
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    const { stdout } = await promisify(execFile)(tsc, ['-p', 'jsconfig.json'], {
      cwd: join(scratch.dir, 'examplepay'),
      env: { PATH: process.env.PATH ?? '' },
    });
    expect(stdout).toBe('');
  });

  it('goes back to the version before', { timeout: 180_000 }, async () => {
    const run = (words: readonly string[]) => scratch.run(['connector', ...words], env).ended;
    const file = join(scratch.dir, 'examplepay/connector.js');
    await promisify(execFile)('sed', ['-i', 's/gave no answer/is silent/', file]);
    const pushed = await run(['push', join(scratch.dir, 'examplepay'), '--no-tests']);
    expect(pushed.stdout).toMatch(/DEPOSIT +2 +published/);
    const back = await run(['rollback', 'examplepay', 'DEPOSIT']);
    expect(back.stdout).toBe('DEPOSIT of examplepay runs version 1 from now on.\n');
    expect((await run(['versions', 'examplepay'])).stdout).toMatch(/DEPOSIT +1 +published/);
    const wrong = await run(['rollback', 'nobody', 'DEPOSIT']);
    expect([wrong.status, wrong.stderr]).toEqual([1, 'The server has no connector nobody.\n']);
  });
});
