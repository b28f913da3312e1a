import { describe, expect, it } from 'vitest';
import { isWithin, minutesOf, type TimeWindow } from './time-window.ts';

describe('isWithin', () => {
  const office = { days: ['mon', 'fri'], from: '08:00', to: '17:30' };
  const night = { days: ['fri'], from: '22:00', to: '06:00' };

  it.each<[TimeWindow, string, boolean]>([
    [office, '2026-01-05T08:00:00Z', true], // a Monday
    [office, '2026-01-05T07:59:59Z', false],
    [office, '2026-01-05T17:29:59Z', true],
    [office, '2026-01-05T17:30:00Z', false],
    [office, '2026-01-06T12:00:00Z', false],
    [office, '2026-01-09T12:00:00Z', true],
    [night, '2026-01-09T23:00:00Z', true],
    [night, '2026-01-10T05:59:00Z', true],
    [night, '2026-01-10T06:00:00Z', false],
    [night, '2026-01-09T05:00:00Z', false],
    [night, '2026-01-10T23:00:00Z', false],
    [{ days: ['sun'] }, '2026-01-11T23:59:59Z', true],
    [{ days: ['sun'] }, '2026-01-12T00:00:00Z', false],
    [{ days: [], from: null, to: '12:00' }, '2026-01-12T00:00:00Z', true],
    [{ from: '12:00' }, '2026-01-12T23:59:59Z', true],
    [{}, '1970-01-01T00:00:00Z', true],
    [{ days: ['thu'] }, '1970-01-01T00:00:00Z', true],
  ])('%j at %s: %s', (window, at, within) => {
    expect(isWithin(window, Date.parse(at))).toBe(within);
  });
});

describe('minutesOf', () => {
  it.each([
    ['00:00', 0],
    ['09:30', 570],
    ['24:00', 1440],
    ['24:01', null],
    ['9:30', null],
    ['12:60', null],
    ['noon', null],
  ])('%s is %s', (text, minutes) => {
    expect(minutesOf(text)).toBe(minutes);
  });
});
