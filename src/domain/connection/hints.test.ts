import { describe, expect, it } from 'vitest';
import {
  biasByMethod,
  hintsProblems,
  labelRank,
  labelsProblems,
  NEUTRAL_BIAS,
  positionByCountry,
} from './hints.ts';

function rankOf(word: string) {
  return biasByMethod({ method_bias: { card: word } }).get('card');
}

describe('biasByMethod', () => {
  it('ranks primary = high > secondary = medium > tertiary = low > fallback', () => {
    expect(['primary', 'secondary', 'tertiary', 'fallback'].map(rankOf)).toEqual([0, 1, 2, 3]);
    expect(['high', 'medium', 'low'].map(rankOf)).toEqual([0, 1, 2]);
    expect(rankOf('HIGH')).toBe(0);
  });

  it('puts a connection that says nothing in the middle', () => {
    expect(biasByMethod({}).get('card') ?? NEUTRAL_BIAS).toBe(rankOf('medium'));
  });

  it('reads methods through the alias table', () => {
    const ranks = biasByMethod({ method_bias: { momo: 'low', 'mobile-money': 'high' } });
    expect([...ranks]).toEqual([['mobile_money', 0]]);
  });

  it('passes over words that mean nothing', () => {
    expect(biasByMethod({ method_bias: { card: 'best' } }).size).toBe(0);
    expect(biasByMethod({ method_bias: null }).size).toBe(0);
  });
});

describe('positionByCountry', () => {
  it('is the first place in the list, in any case', () => {
    const positions = positionByCountry({ country_preference: ['NG', 'gh', 'NG'] });
    expect([...positions]).toEqual([
      ['NG', 0],
      ['GH', 1],
    ]);
  });
});

describe('labelRank', () => {
  it('puts primary first and fallback last', () => {
    expect([['primary'], ['ghana'], ['fallback', 'primary']].map(labelRank)).toEqual([0, 1, 2]);
  });
});

describe('hintsProblems', () => {
  it.each([
    undefined,
    null,
    {},
    { country_preference: ['GH', 'NG'], method_bias: { card: 'primary' }, fallback_only: true },
    { country_preference: null, method_bias: null, fallback_only: null },
    { method_bias: { momo: 'High', opay: 'low' } },
  ])('takes %j', (value) => {
    expect(hintsProblems(value)).toEqual([]);
  });

  it.each([
    ['GH', 'routing_hints'],
    [[], 'routing_hints'],
    [{ country_preference: 'GH' }, 'routing_hints.country_preference'],
    [{ country_preference: ['GH', 'ZZ'] }, 'routing_hints.country_preference[1]'],
    [{ method_bias: ['card'] }, 'routing_hints.method_bias'],
    [{ method_bias: { card: 'best' } }, 'routing_hints.method_bias.card'],
    [{ method_bias: { card: 1 } }, 'routing_hints.method_bias.card'],
    [{ method_bias: { '<method>': 'high' } }, 'routing_hints.method_bias.<method>'],
    [{ fallback_only: 'yes' }, 'routing_hints.fallback_only'],
  ])('refuses %j and names the field', (value, field) => {
    expect(hintsProblems(value).map((problem) => problem.field)).toEqual([field]);
  });
});

describe('labelsProblems', () => {
  it('takes 20 labels and refuses 21', () => {
    const labels = Array.from({ length: 21 }, (_, i) => `label-${i}`);
    expect(labelsProblems(labels.slice(1))).toEqual([]);
    expect(labelsProblems(labels)).toHaveLength(1);
  });

  it.each(['Primary', 'two words', 'a.b', '', 'é', 'a\n', 'x'.repeat(65)])(
    'refuses %j',
    (label) => {
      expect(labelsProblems(['fine', label]).map(({ field }) => field)).toEqual(['labels[1]']);
    },
  );

  it('refuses what is not a list', () => {
    expect(labelsProblems('primary')).toHaveLength(1);
  });
});
