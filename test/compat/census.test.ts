// Every Payments call of the SDK has a route here: read from the SDK's own sources, so that none is forgotten. What
// the calls do is tried beside each noun; here every one is knocked at, with ids of nothing and empty bodies.
import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Books, openBooks, openLedgerHouse } from '../formance-books.ts';
import type { FormanceClient } from '../formance-client.ts';
import type { House } from '../house-server.ts';

interface Call {
  readonly name: string;
  readonly method: string;
  readonly path: string;
}

const sdk = dirname(createRequire(import.meta.url).resolve('@formance/formance-sdk/package.json'));
const calls: readonly Call[] = globSync('src/funcs/payments*.ts', { cwd: sdk })
  .sort()
  .map((file) => {
    const source = readFileSync(join(sdk, file), 'utf8');
    const [, path = ''] = /pathToFunc\(\s*"([^"]+)",?\s*\)/.exec(source) ?? [];
    const [, method = ''] = /method: "(\w+)"/.exec(source) ?? [];
    return { name: /payments(\w+)\.ts$/.exec(file)?.[1] ?? file, method, path };
  });

let house: House;
let books: Books;
beforeAll(async () => {
  house = await openLedgerHouse();
  books = await openBooks(house);
});
afterAll(() => house.close());

async function isServed({ method, path }: Call): Promise<boolean> {
  const url = path.replace('/api/payments', '').replaceAll(/\{\w+\}/g, 'none');
  const verb = method as Parameters<FormanceClient['send']>[0];
  const { status, text } = await books.api.send(verb, url, method === 'GET' ? undefined : {});
  expect([path, status < 500]).toEqual([path, true]);
  return status !== 405 && !text.includes('Route not found');
}

describe('the Payments calls of the SDK', () => {
  it('are all of them', () => {
    expect(calls).toHaveLength(106);
    expect(
      calls.every(({ method, path }) => method !== '' && path.startsWith('/api/payments/')),
    ).toBe(true);
  });

  it('have a route each, and none answers that the fault is ours', async () => {
    const missing: string[] = [];
    for (const call of calls) if (!(await isServed(call))) missing.push(call.name);
    expect(missing).toEqual([]);
  });

  it('are refused without a token, in a form that the SDK can raise', async () => {
    for (const { method, path } of calls) {
      const reply = await house.app.inject({
        method: method as 'GET',
        url: path.replaceAll(/\{\w+\}/g, 'none'),
      });
      expect([path, reply.statusCode, reply.headers['content-type']]).toEqual([
        path,
        401,
        'text/plain; charset=utf-8',
      ]);
    }
  });
});
