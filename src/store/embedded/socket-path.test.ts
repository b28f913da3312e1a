import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { socketPath } from './socket-path.ts';

const base = realpathSync(mkdtempSync(join(tmpdir(), 'switchyard-socket-')));
afterAll(() => rmSync(base, { recursive: true, force: true }));

describe('the path of the socket', () => {
  it('is the cluster itself when that is short enough', () => {
    expect(socketPath('/data/postgres').host).toBe('/data/postgres');
  });

  it('is a private short alias when the directory lies too deep', () => {
    const deep = join(base, 'ä'.repeat(60), 'postgres');
    mkdirSync(deep, { recursive: true });
    const { host, release } = socketPath(deep);
    expect(Buffer.byteLength(`${host}/.s.PGSQL.5432`)).toBeLessThanOrEqual(103);
    expect(realpathSync(host)).toBe(deep);
    expect(statSync(dirname(host)).mode & 0o777).toBe(0o700);
    release();
    expect(existsSync(dirname(host))).toBe(false);
    expect(existsSync(deep)).toBe(true);
  });

  it('does not trust a temporary folder that is too deep itself', () => {
    const deep = join(base, 'x'.repeat(100));
    mkdirSync(deep);
    const { host, release } = socketPath(deep, deep);
    expect(host).toMatch(/^\/tmp\/switchyard-/);
    release();
  });
});
