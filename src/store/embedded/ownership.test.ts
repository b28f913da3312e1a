import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DataDirectoryInUse } from './errors.ts';
import { takeOwnership } from './ownership.ts';

const base = mkdtempSync(join(tmpdir(), 'switchyard-ownership-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

describe('owning a data directory', () => {
  it('creates the directory and refuses a second owner with a sentence', async () => {
    const dataDir = join(base, 'deep', 'down');
    const first = await takeOwnership(dataDir);
    const second = takeOwnership(dataDir);
    await expect(second).rejects.toBeInstanceOf(DataDirectoryInUse);
    await expect(second).rejects.toThrow(
      `Another Switchyard server (pid ${process.pid}) is using ${dataDir}. ` +
        'Stop it first, or set SWITCHYARD_DATA_DIR.',
    );
    first.release();
  });

  it('knows the directory under another path', async () => {
    const dataDir = join(base, 'real');
    const first = await takeOwnership(dataDir);
    symlinkSync(dataDir, join(base, 'alias'));
    await expect(takeOwnership(join(base, 'alias'))).rejects.toBeInstanceOf(DataDirectoryInUse);
    first.release();
  });

  it('can be taken again once released', async () => {
    const dataDir = join(base, 'again');
    const first = await takeOwnership(dataDir);
    expect(readdirSync(dataDir)).toEqual(['server.lock', 'server.pid']);
    first.release();
    expect(readdirSync(dataDir)).toEqual(['server.lock']);
    (await takeOwnership(dataDir)).release();
  });

  it('is granted to exactly one of many at the same moment', async () => {
    const dataDir = join(base, 'many');
    const tries = await Promise.allSettled(
      Array.from({ length: 20 }, () => takeOwnership(dataDir)),
    );
    const granted = tries.filter((result) => result.status === 'fulfilled');
    expect(granted).toHaveLength(1);
    granted[0]?.value.release();
  });

  it('says what is wrong with a path that is no directory', async () => {
    const file = join(base, 'file');
    writeFileSync(file, '');
    await expect(takeOwnership(file)).rejects.toThrow(/^Cannot use .*file: .* SWITCHYARD_DATA_DIR/);
  });
});
