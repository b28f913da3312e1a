import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { draw, drawOrder, type Share } from './draw.ts';

const seeds = Array.from({ length: 10_000 }, (_, i) => `pay_${i}`);
const arms: Share[] = [
  { connection_id: 'a', weight: 70 },
  { connection_id: 'b', weight: 30 },
  { connection_id: 'off', weight: 0 },
];

describe('draw', () => {
  it('is the same for the same seed, between 0 and 1, and different for other names', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (seed, name) => {
        const value = draw(seed, name);
        expect(value).toBe(draw(seed, name));
        expect(value > 0 && value < 1).toBe(true);
      }),
    );
    expect(draw('ab', 'c')).not.toBe(draw('a', 'bc'));
  });

  it('spreads neighbouring seeds evenly', () => {
    const tenths = Array<number>(10).fill(0);
    for (const seed of seeds) tenths[Math.floor(draw(seed) * 10)]! += 1;
    for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

/** The connection that each seed draws first. */
function first(shares: Share[]) {
  return seeds.map((seed) => drawOrder(seed, 'rr_1', shares)[0]);
}

describe('drawOrder', () => {
  it('puts each connection first as often as its weight says', () => {
    const share = first(arms).filter((id) => id === 'a').length / seeds.length;
    expect(Math.abs(share - 0.7)).toBeLessThan(0.02);
  });

  it('never draws a weight of 0, but keeps it as the last', () => {
    expect(first(arms)).not.toContain('off');
    expect(drawOrder('pay_1', 'rr_1', arms).at(-1)).toBe('off');
  });

  it('does not depend on the order of the list', () => {
    for (const seed of seeds.slice(0, 100))
      expect(drawOrder(seed, 'rr_1', arms.toReversed())).toEqual(drawOrder(seed, 'rr_1', arms));
  });

  it('moves only payments to the connection whose weight grew', () => {
    const heavier = [{ connection_id: 'a', weight: 90 }, ...arms.slice(1)];
    const before = first(arms);
    const moved = first(heavier).filter((now, i) => now !== before[i]);
    expect(moved.length).toBeGreaterThan(100);
    expect(new Set(moved)).toEqual(new Set(['a']));
  });
});
