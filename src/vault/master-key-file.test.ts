import { execFile } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemRandom } from '../kernel/ports.ts';
import { openKeyRing } from './key-ring.ts';
import {
  addMasterKey,
  loadOrCreateMasterKey,
  openMasterKeyFile,
  retireOldMasterKeys,
} from './master-key-file.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'switchyard-key-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const load = (folder = dir) => loadOrCreateMasterKey(folder, systemRandom);
const put = (text: string, mode = 0o600) => {
  writeFileSync(join(dir, 'master.key'), text);
  chmodSync(join(dir, 'master.key'), mode);
};

describe('the master key file', () => {
  it('is made once, for its owner only, and read from then on', async () => {
    const key = await load();
    expect(Buffer.from(key, 'base64')).toHaveLength(32);
    expect(await load()).toBe(key);
    expect(readdirSync(dir)).toEqual(['master.key']);
    expect(statSync(join(dir, 'master.key')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(dir, 'master.key'), 'utf8')).toBe(`${key}\n`);
  });

  it('is made in a data directory that does not exist yet', async () => {
    const folder = join(dir, 'new', 'data');
    const key = await load(folder);
    expect(await load(folder)).toBe(key);
  });

  it('is 0600 whatever the umask', async () => {
    const { stdout } = await run('process.umask(0o277);');
    expect(await load()).toBe(stdout.trim());
    expect(statSync(join(dir, 'master.key')).mode & 0o777).toBe(0o600);
  });

  it('may hold several keys during a rotation', async () => {
    const keys = [systemRandom.bytes(32), systemRandom.bytes(32)].map((one) =>
      one.toString('base64'),
    );
    put(`${keys.join(',')}\n`);
    const ring = openKeyRing(await load());
    expect(ring.find(openKeyRing(keys[1]!).active.id)).not.toBeNull();
  });

  it.each([
    ['empty', '', 'is empty'],
    ['short', 'c2hvcnQ=\n', 'has 5 bytes'],
    ['long', systemRandom.bytes(64).toString('base64'), 'has 64 bytes'],
    ['not base64', 'hello, world', 'is not base64'],
  ])('is refused and left alone when it is %s', async (_, text, message) => {
    put(text);
    await expect(load()).rejects.toMatchObject({
      code: 'bad_master_key',
      message: expect.stringContaining(message),
    });
    await expect(load()).rejects.toThrow(join(dir, 'master.key'));
    expect(readFileSync(join(dir, 'master.key'), 'utf8')).toBe(text);
  });

  it.each([0o644, 0o640, 0o602])('is refused when others may touch it (%i)', async (mode) => {
    put(systemRandom.bytes(32).toString('base64'), mode);
    await expect(load()).rejects.toThrow(/can be .* by other users .*chmod 600/);
  });

  it('is one key for callers in one process that come at once', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => load()));
    expect(new Set(keys).size).toBe(1);
    expect(readdirSync(dir)).toEqual(['master.key']);
  });

  it('is one key for processes that come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => run('')));
    const keys = new Set(answers.map(({ stdout }) => stdout.trim()));
    expect([...keys]).toEqual([await load()]);
    expect(readdirSync(dir)).toEqual(['master.key']);
  });
});

describe('a rotation of the master key file', () => {
  it('reaches a ring that was opened before, and old keys stay readable until they are retired', async () => {
    const old = await load();
    const ring = await openMasterKeyFile(dir, systemRandom);
    const oldId = ring.active.id;
    await addMasterKey(dir, systemRandom);
    const [fresh, kept] = (await load()).split(',');
    expect(kept).toBe(old);
    const freshId = openKeyRing(fresh!).active.id;
    expect(ring.find(freshId)?.id).toBe(freshId);
    expect(ring.active.id).toBe(freshId);
    expect(statSync(join(dir, 'master.key')).mode & 0o777).toBe(0o600);
    await retireOldMasterKeys(dir, systemRandom);
    expect(await load()).toBe(fresh);
    ring.refresh();
    expect(ring.find(oldId)).not.toBeNull();
    expect(readdirSync(dir).sort()).toEqual(['master.key', 'master.key.retired']);
    expect(readFileSync(join(dir, 'master.key.retired'), 'utf8')).toBe(`${old}\n`);
    expect(statSync(join(dir, 'master.key.retired')).mode & 0o777).toBe(0o600);
    await addMasterKey(dir, systemRandom);
    await retireOldMasterKeys(dir, systemRandom);
    expect(readFileSync(join(dir, 'master.key.retired'), 'utf8')).toBe(`${old}\n${fresh}\n`);
  });

  it('leaves a running ring as it is when the file is broken or gone', async () => {
    const ring = await openMasterKeyFile(dir, systemRandom);
    const { id } = ring.active;
    put('nonsense');
    ring.refresh();
    expect(ring.find('00000000')).toBeNull();
    rmSync(join(dir, 'master.key'));
    ring.refresh();
    expect(ring.active.id).toBe(id);
  });
});

/** Loads the key in a process of its own and prints it. */
function run(before: string): Promise<{ stdout: string }> {
  const here = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
  const script = `
    import { systemRandom } from ${here('../kernel/ports.ts')};
    import { loadOrCreateMasterKey } from ${here('./master-key-file.ts')};
    ${before}
    console.log(await loadOrCreateMasterKey(${JSON.stringify(dir)}, systemRandom));`;
  return promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
}
