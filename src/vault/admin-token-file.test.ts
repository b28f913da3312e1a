import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemRandom } from '../kernel/ports.ts';
import { adminTokenPath, loadOrCreateAdminToken } from './admin-token-file.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'switchyard-token-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const load = () => loadOrCreateAdminToken(dir, systemRandom);

describe('the admin token file', () => {
  it('is made once, for its owner only, and read from then on', async () => {
    const token = await load();
    expect(token).toMatch(/^[A-Za-z0-9]{43}$/);
    expect(await load()).toBe(token);
    expect(statSync(adminTokenPath(dir)).mode & 0o777).toBe(0o600);
  });

  it.each(['', 'short', 'a token with spaces in it'])('is refused as %j', async (text) => {
    writeFileSync(adminTokenPath(dir), text, { mode: 0o600 });
    await expect(load()).rejects.toThrow(/admin-token does not hold a token/);
  });

  it('is refused when others can read it', async () => {
    writeFileSync(adminTokenPath(dir), 'x'.repeat(20), { mode: 0o644 });
    await expect(load()).rejects.toThrow(/chmod 600/);
  });
});
