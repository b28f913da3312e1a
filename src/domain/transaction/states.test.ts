import { describe, expect, it } from 'vitest';
import { isTerminal, mapOf, mapProblems, mayStep, transactionStates } from './states.ts';

const canonicalMap = mapOf(null);

describe('the canonical table', () => {
  it('leads from everywhere to an end, and from no end anywhere', () => {
    expect(mapProblems(canonicalMap as Record<string, string[]>)).toEqual([]);
    for (const state of transactionStates.filter(isTerminal))
      expect(canonicalMap[state]).toEqual([]);
    expect(isTerminal('ABANDONED')).toBe(false); // a late success is still possible
  });

  it('stands where a definition brings no map', () => {
    expect(mayStep(mapOf(null), 'INITIATED', 'PG_SUCCESS')).toBe(true);
    expect(mayStep(mapOf(null), 'INITIATED', 'SUCCESS')).toBe(false);
  });
});

describe('a map of a definition', () => {
  const narrow = {
    NEW: ['CREATED'],
    CREATED: ['INITIATED'],
    INITIATED: ['PG_ACCEPTED', 'PG_REJECTED', 'FAILED'],
    PG_ACCEPTED: ['PG_SUCCESS', 'PG_FAILED'],
    PG_SUCCESS: ['SUCCESS'],
    PG_FAILED: ['FAILED'],
    PG_REJECTED: ['REJECTED'],
  };

  it('may be narrower, and still lets the amount guard through', () => {
    expect(mapProblems(narrow)).toEqual([]);
    expect(mayStep(mapOf(narrow), 'INITIATED', 'PG_SUCCESS')).toBe(false);
    expect(mayStep(mapOf(narrow), 'PG_SUCCESS', 'PENDING_FOR_APPROVAL')).toBe(true);
  });

  it.each([
    [
      'an edge of its own',
      { ...narrow, INITIATED: ['SUCCESS'] },
      'INITIATED may not lead to SUCCESS',
    ],
    ['a state that is none', { ...narrow, COMPLETED: ['SUCCESS'] }, 'COMPLETED is no state'],
    ['a next state that is none', { ...narrow, CREATED: ['HELD'] }, 'HELD is no state'],
    ['no beginning', { CREATED: ['INITIATED'] }, 'NEW must lead to CREATED'],
    ['a dead end', { ...narrow, PG_REJECTED: [] }, 'PG_REJECTED has no way to an end'],
  ])('is refused with %s', (_what, map, problem) => {
    expect(mapProblems(map)).toContain(problem);
  });
});
