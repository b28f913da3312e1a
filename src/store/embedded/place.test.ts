import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { chooseAccount } from './account.ts';
import { assertVersion, existingCluster, findPlace, newPlace, placeOptions } from './place.ts';

const base = mkdtempSync(join(tmpdir(), 'switchyard-place-'));
chmodSync(base, 0o755);
afterAll(() => rmSync(base, { recursive: true, force: true }));

const account = chooseAccount();
/** Tests of what only root meets: the user of the database is another one, with fewer rights. */
const forRoot = describe.each(account === undefined ? [] : [account]);

function dataDir(name: string): string {
  const path = join(base, name);
  mkdirSync(path, { mode: 0o755 });
  return path;
}

describe('the place of the cluster', () => {
  it('is a private folder in the data directory', async () => {
    const dir = dataDir('new');
    const place = await newPlace(dir, account);
    expect(place.dir.startsWith(`${dir}/postgres.new-`)).toBe(true);
    expect(place).toMatchObject({ dataPath: place.dir, inDataDir: true });
    expect(statSync(place.dir).mode & 0o777).toBe(0o700);
    expect(statSync(place.dir).uid).toBe(account?.uid ?? process.getuid?.());
  });

  it('is not there yet, not even as an empty folder', () => {
    const dir = dataDir('empty');
    expect(existingCluster(dir)).toBeUndefined();
    mkdirSync(join(dir, 'postgres'));
    expect(existingCluster(dir)).toBeUndefined();
  });

  it('is refused when it holds something else, or is a link to nothing', () => {
    const dir = dataDir('foreign');
    mkdirSync(join(dir, 'postgres'));
    writeFileSync(join(dir, 'postgres', 'notes.txt'), '');
    expect(() => existingCluster(dir)).toThrow(/is not a Postgres database/);
    const linked = dataDir('dangling');
    symlinkSync('/missing', join(linked, 'postgres'));
    expect(() => existingCluster(linked)).toThrow(/is a link to a database that is not there/);
  });

  it('is refused when another version of Postgres made it', () => {
    const dir = dataDir('old');
    writeFileSync(join(dir, 'PG_VERSION'), '17\n');
    expect(() => assertVersion(dir, '18')).toThrow(/was made by Postgres 17 .* Postgres 18/);
    writeFileSync(join(dir, 'PG_VERSION'), '18\n');
    assertVersion(dir, '18');
  });
});

forRoot('the place of the cluster, for root', (account) => {
  it('is in place even below a folder that the account cannot enter', async () => {
    const dir = dataDir('closed');
    chmodSync(dir, 0o700);
    const place = await newPlace(dir, account);
    expect(place).toMatchObject({ dataPath: '/proc/self/cwd', inDataDir: true });
  });

  it('is elsewhere when there is no way to use the data directory', async () => {
    const dir = dataDir('impossible');
    chmodSync(dir, 0o700);
    const elsewhere = join(base, 'elsewhere');
    const options = { elsewhere, workingDirectoryPath: undefined };
    const place = await newPlace(dir, account, options);
    expect(place.dir.startsWith(`${elsewhere}/cluster-`)).toBe(true);
    expect(place.inDataDir).toBe(false);
  });

  it('is nowhere, with a sentence, when that fails too', async () => {
    const dir = dataDir('hopeless');
    chmodSync(dir, 0o700);
    const options = { elsewhere: join(dir, 'elsewhere'), workingDirectoryPath: undefined };
    await expect(newPlace(dir, account, options)).rejects.toThrow(
      /cannot keep a database in .*hopeless\. Set SWITCHYARD_DATA_DIR/,
    );
  });

  it('keeps the account that owns it and gets back what root copied', async () => {
    const dir = dataDir('restored');
    const cluster = join(dir, 'postgres');
    mkdirSync(cluster, { mode: 0o700 });
    writeFileSync(join(cluster, 'PG_VERSION'), '18\n');
    const found = existingCluster(dir);
    const place = found && (await findPlace(found, account, placeOptions));
    expect(place?.dataPath).toBe(cluster);
    expect(statSync(join(cluster, 'PG_VERSION')).uid).toBe(account.uid);
    chownSync(cluster, 12_345, 12_345);
    expect(chooseAccount(existingCluster(dir)?.stat)).toMatchObject({ uid: 12_345, gid: 12_345 });
  });

  it('gives only the folder of the cluster away, never what a link in it points to', async () => {
    const dir = dataDir('linked');
    const cluster = join(dir, 'postgres');
    const outside = join(dir, 'outside');
    mkdirSync(cluster, { mode: 0o700 });
    writeFileSync(join(cluster, 'PG_VERSION'), '18\n');
    writeFileSync(outside, '');
    symlinkSync(outside, join(cluster, 'link'));
    const found = existingCluster(dir);
    if (found) await findPlace(found, account);
    expect(readlinkSync(join(cluster, 'link'))).toBe(outside);
    expect(statSync(outside).uid).toBe(0);
    expect(statSync(dir).uid).toBe(0);
    expect(existsSync(join(cluster, '.probe'))).toBe(false);
  });
});
