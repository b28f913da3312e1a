import { describe, expect, it } from 'vitest';
import type { Db } from '../../store/db.ts';
import { inLine } from './in-line.ts';

describe('inLine', () => {
  it('lets one in after the other, also after one that failed, and turns away who is too many', async () => {
    const context = { db: {} as Db };
    const inside: string[] = [];
    let most = 0;
    const enter = (who: string) =>
      inLine(
        context,
        'a',
        3,
        async () => {
          inside.push(who);
          most = Math.max(most, inside.length);
          await Promise.resolve();
          inside.pop();
          if (who === 'first') throw new Error(who);
          return who;
        },
        () => 'full',
      );
    const all = ['first', 'second', 'third', 'fourth'].map((who) => enter(who).catch(String));
    expect(await Promise.all(all)).toEqual(['Error: first', 'second', 'third', 'full']);
    expect(most).toBe(1);
    expect(await enter('later')).toBe('later');
  });
});
