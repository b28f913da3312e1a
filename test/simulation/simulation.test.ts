// A bounded share of what `npm run sim` does for hours: some worlds, the same one twice, and defects that must be found.
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { breakGround, type Ground } from './ground.ts';
import { type Account, runSideBySide } from './side-by-side.ts';
import { runWorld } from './world.ts';

const MAIN = new URL('main.ts', import.meta.url).pathname;
const PAYMENTS = 12;

let ground: Ground;

beforeAll(async () => {
  ground = await breakGround();
});
afterAll(async () => {
  await ground?.close();
});

describe('a simulated world', () => {
  for (const seed of ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10'])
    it(`comes to rest with both sides agreed: seed ${seed}`, { timeout: 120_000 }, async () => {
      const { wrong, payments } = await runWorld(ground, seed, PAYMENTS);
      expect(wrong).toEqual([]);
      expect(payments).toBeGreaterThan(0);
    });

  it('goes the same way again, byte for byte', { timeout: 120_000 }, async () => {
    const first = await runWorld(ground, 'twice', PAYMENTS);
    const second = await runWorld(ground, 'twice', PAYMENTS);
    expect(second.story()).toEqual(first.story());
    expect(second.digest).toBe(first.digest);
  });

  it('goes the same way in other processes, told in order', { timeout: 240_000 }, async () => {
    const seeds = ['twice', 'one', 'other'];
    const told: Account[] = [];
    await runSideBySide(
      seeds.map((seed) => ({ seed, payments: PAYMENTS })),
      2,
      (account) => told.push(account) > 0,
    );
    expect(told.map(({ seed }) => seed)).toEqual(seeds);
    for (const { seed, digest, wrong } of told) {
      expect(wrong).toEqual([]);
      expect(digest).toBe((await runWorld(ground, seed, PAYMENTS)).digest);
    }
  });

  it('goes another way from another seed', { timeout: 120_000 }, async () => {
    const one = await runWorld(ground, 'one', PAYMENTS);
    const other = await runWorld(ground, 'other', PAYMENTS);
    expect(other.digest).not.toBe(one.digest);
  });
});

describe('a defect', () => {
  it.each([
    'no row lock: a change is written over whatever another has changed meanwhile',
    'a refund reserves nothing',
    'an Idempotency-Key is stored, and not looked at',
    'a history is read from where the last reading ended',
    'a recorded payment has its place in the Connxt list by the time that it is of',
  ])('is found: %s', { timeout: 240_000 }, (mutant) => {
    const words = ['--mutants', `--mutant=${mutant}`, '--seeds=20', `--payments=${PAYMENTS}`];
    const { status, stdout } = spawnSync(process.execPath, [MAIN, ...words], { encoding: 'utf8' });
    expect(stdout).toContain('1 defects, 1 found');
    expect(status).toBe(0);
  });
});
