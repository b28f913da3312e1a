import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOutcome } from '../check-outcome.ts';
import type { Json } from './contract.ts';
import { pageOf, stateOf, withState } from './state.ts';

describe('the state of a script', () => {
  it('comes back as it was, through what the host checks of every connector', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false } as never), (value) => {
        const state = JSON.parse(JSON.stringify(value)) as Json;
        const pspState = withState(state, 'https://pay.example/1');
        const kept = checkOutcome({ kind: 'pending', pspState }, (text) => text).pspState ?? {};
        expect(stateOf(kept)).toEqual(state);
        expect(pageOf(kept)).toBe('https://pay.example/1');
      }),
    );
  });

  it('may have 16 KB of any characters', () => {
    const state = '🎉'.repeat(4_000);
    const { pspState = {} } = checkOutcome(
      { kind: 'pending', pspState: withState(state, null) },
      (t) => t,
    );
    expect(stateOf(pspState)).toBe(state);
  });

  it('leaves nothing of a longer one before it', () => {
    const long = withState('x'.repeat(15_000), 'https://pay.example/1');
    expect(stateOf({ ...long, ...withState({ short: true }, null) })).toEqual({ short: true });
    expect(pageOf({ ...long, ...withState({ short: true }, null) })).toBe('https://pay.example/1');
    expect(stateOf({ ...long, ...withState(undefined, null) })).toBe('x'.repeat(15_000));
  });

  it('is null before there was any', () => {
    expect(stateOf({})).toBeNull();
    expect(pageOf({})).toBeNull();
  });
});
