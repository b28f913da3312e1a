import { describe, expect, it } from 'vitest';
import { methodKey, methodMatches, methods, methodWordProblem, normaliseMethod } from './method.ts';

describe('normaliseMethod', () => {
  it.each(methods)('%s is itself', (method) => {
    expect(normaliseMethod(method)).toBe(method);
  });

  it.each([
    ['momo', 'mobile_money'],
    ['MoMo', 'mobile_money'],
    ['mobilemoney', 'mobile_money'],
    ['mobile-money', 'mobile_money'],
    ['Mobile Money', 'mobile_money'],
    ['mpesa', 'mobile_money'],
    ['M-Pesa', 'mobile_money'],
    ['bank', 'bank_transfer'],
    ['transfer', 'bank_transfer'],
    ['bank transfer', 'bank_transfer'],
    [' CARD ', 'card'],
    ['applepay', 'apple_pay'],
    ['google-pay', 'google_pay'],
  ])('%j is %s', (word, method) => {
    expect(normaliseMethod(word)).toBe(method);
  });

  it.each(['', ' ', 'cash', 'cards!', '__proto__', 'constructor'])('%j is none', (word) => {
    expect(normaliseMethod(word)).toBeNull();
  });
});

describe('methodMatches', () => {
  it('compares through the alias table', () => {
    expect(methodMatches('momo', 'mobile_money')).toBe(true);
    expect(methodMatches('bank', 'Transfer')).toBe(true);
    expect(methodMatches('card', 'momo')).toBe(false);
  });

  it('lets a word outside the table match only itself, in any spelling', () => {
    expect(methodMatches('Opay', 'opay')).toBe(true);
    expect(methodMatches('opay', 'fawry')).toBe(false);
    expect(methodKey('Direct Debit')).toBe('direct_debit');
  });
});

describe('methodWordProblem', () => {
  it.each(['card', 'momo', 'opay', 'bank transfer'])('takes %s', (word) => {
    expect(methodWordProblem(word)).toBeNull();
  });

  it.each(['', '__proto__', '<string>', 'x'.repeat(41), '1card'])('refuses %j', (word) => {
    expect(methodWordProblem(word)).not.toBeNull();
  });
});
