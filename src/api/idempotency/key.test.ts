import fc from 'fast-check';
import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { fingerprintOf, readKey, routeOf } from './key.ts';

const request = (change: object) => change as unknown as FastifyRequest;
const keyed = (key: string | undefined) =>
  readKey(request({ headers: { 'idempotency-key': key } }));

describe('Idempotency-Key', () => {
  it.each([
    [undefined, null],
    ['order-123', 'order-123'],
    ['"order-123"', 'order-123'],
    [' a b ', 'a b'],
    ['"', '"'],
    ['k'.repeat(255), 'k'.repeat(255)],
  ])('%j is read as %j', (header, key) => expect(keyed(header)).toBe(key));

  it.each(['', '  ', '""', 'k'.repeat(256)])('%j is refused', (header) => {
    expect(() => keyed(header)).toThrow(/1 to 255/);
  });

  it('belongs to the method and the path without the query', () => {
    const url = '/v1/payments/pay_1/confirm?client_secret=hush';
    expect(routeOf(request({ method: 'POST', url }))).toBe('POST /v1/payments/pay_1/confirm');
  });
});

describe('a fingerprint', () => {
  it('does not depend on the order of members, at any depth', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(fingerprintOf(reversed(value))).toEqual(fingerprintOf(value));
      }),
    );
  });

  it.each([
    [{ a: 1 }, { a: '1' }],
    [{ a: [1, 2] }, { a: [2, 1] }],
    [{ a: null }, {}],
    [{ a: { b: 1 } }, { a: { b: 1, c: 1 } }],
    [{ 'a":1,"b': 2 }, { a: 1, b: 2 }],
    [[[]], [{}]],
  ])('tells %j from %j', (a, b) => expect(fingerprintOf(a)).not.toEqual(fingerprintOf(b)));

  it('leaves ignored members out, at the top only', () => {
    const ignored = ['metadata'];
    expect(fingerprintOf({ a: 1, metadata: { b: 2 } }, ignored)).toEqual(fingerprintOf({ a: 1 }));
    expect(fingerprintOf({ a: { metadata: 1 } }, ignored)).not.toEqual(fingerprintOf({ a: {} }));
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [name, reversed(member)]);
  return Object.fromEntries(members.toReversed());
}
