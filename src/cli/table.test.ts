import { expect, it } from 'vitest';
import { table } from './table.ts';

it('lines columns up and leaves no spaces at the ends', () => {
  expect(table(['a', 'long head', ''], [['wide cell', 'x', 'last'], ['y']])).toBe(
    'a          long head\nwide cell  x          last\ny',
  );
});
