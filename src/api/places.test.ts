import { describe, expect, it } from 'vitest';
import { Places } from './places.ts';

describe('places for requests', () => {
  it('are taken by what is answered, not by what is still being read', () => {
    const places = new Places(2);
    const slow = Array.from({ length: 10 }, () => places.enter());
    const quick = places.enter();
    places.answer(quick, 'env_a');
    expect(places.answering).toBe(1);
    for (const one of [...slow, quick]) places.leave(one);
    expect(places.answering).toBe(0);
  });

  it('are bounded, both for what is read and for what is answered', () => {
    const places = new Places(2);
    const read = Array.from({ length: 20 }, () => places.enter());
    expect(() => places.enter()).toThrow('Too many requests are being answered');
    places.answer(read[0]!, '');
    places.answer(read[1]!, '');
    expect(() => places.answer(read[2]!, '')).toThrow('Too many requests are being answered');
    for (const one of read) places.leave(one);
    expect(places.enter().state).toBe('reading');
  });

  it('are not all of one environment', () => {
    const places = new Places(10);
    const enter = (environmentId: string) => {
      const place = places.enter();
      places.answer(place, environmentId);
      return place;
    };
    const own = Array.from({ length: 8 }, () => enter('env_a'));
    expect(() => enter('env_a')).toThrow('Too many requests at once');
    enter('env_b');
    places.leave(own[0]!);
    places.leave(own[0]!);
    enter('env_a');
    expect(() => enter('env_a')).toThrow('Too many requests at once');
  });
});
