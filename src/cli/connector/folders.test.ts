// The connectors that come with the server, and the one that `init` writes, tested as their authors would.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readFolder } from './folder.ts';
import { makeFolder } from './init.ts';
import { testFolder } from './test.ts';

const CONNECTORS = new URL('../../connectors/', import.meta.url).pathname;

async function tested(path: string): Promise<{ failed: number; said: string }> {
  const lines: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  try {
    return { failed: await testFolder(readFolder(path)), said: lines.join('') };
  } finally {
    write.mockRestore();
  }
}

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kit-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const fresh = () => makeFolder('my-psp', join(dir, 'my-psp'));

/** A new connector whose script was changed, with one of its tests. */
function changed(from: string, to: string): string {
  const file = join(fresh(), 'connector.js');
  const tests = join(dir, 'my-psp/tests');
  for (const name of readdirSync(tests)) if (name !== 'deposit.json') rmSync(join(tests, name));
  writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));
  return join(dir, 'my-psp');
}

describe('a connector’s own tests', () => {
  it.each(['paymaxis', 'sticpay'])('of %s pass', async (name) => {
    const { failed, said } = await tested(join(CONNECTORS, name));
    expect([failed, said]).toEqual([0, expect.not.stringContaining('warning')]);
  });

  it('of a new one pass, and say what each step was and cost', async () => {
    const { failed, said } = await tested(fresh());
    expect(failed).toBe(0);
    expect(said).toMatch(/passed {2}a deposit is paid on the page\n/);
    expect(said).toMatch(
      /initiate +returned success, means requires_action +[\d.]+ ms CPU, \d+ KB/,
    );
    expect(said).toMatch(/POST https:\/\/api\.examplepay\.test\/v1\/payments -> 201, [\d.]+ ms/);
  });

  it('say what a limit means, and what was expected instead', async () => {
    const { failed, said } = await tested(
      changed('const { txn, urls', 'for (;;); const { txn, urls'),
    );
    expect(failed).toBe(1);
    expect(said).toContain('initiate  did not return, means not_sent');
    expect(said).toContain('cpu: it computed too long');
    expect(said).toContain('! means is "not_sent", expected "requires_action"');
  });

  it('of a connector whose messages the server checks go as on the server', async () => {
    const path = changed("sdk.webhook.verified('hmac-sha256');", '');
    const file = join(path, 'connector.json');
    const hmac = '{ "header": "X-Signature", "keyFrom": "apiKey", "encoding": "hex" }';
    const text = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      text.replace('"verify": "script"', `"verify": "hmac-sha256", "hmac": ${hmac}`),
    );
    expect(await tested(path)).toMatchObject({ failed: 0 });
    writeFileSync(file, text);
    expect((await tested(path)).said).toContain('! verified is false, expected true');
  });

  it('warn of a host that is not allowed', async () => {
    const { said } = await tested(changed('api.examplepay.test', 'api.elsewhere.test'));
    expect(said).toContain(
      'warning: connector.js names api.elsewhere.test, which is not in egress.',
    );
  });

  it.each([
    [
      'export const sync = async',
      'export const sink = async',
      /Must export a function named 'sync'/,
    ],
    ['export const initiate', 'export const initiate = ;', /it does not load/],
    [
      'export const webhook = async (',
      'export const webhook = (',
      /not an async function: webhook/,
    ],
  ])('are not run with %j as %j', async (from, to, sentence) => {
    await expect(tested(changed(from, to))).rejects.toThrow(sentence);
  });
});
