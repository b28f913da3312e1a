// For property tests of connectors: documented replies with one member replaced, cut off, or another text altogether.
import fc from 'fast-check';
import type { Transmission } from '../src/connectors/transport.ts';

/** A documented body, with one member somewhere replaced, or its text cut or altered. */
export function nearTo(documented: readonly unknown[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...documented), fc.nat(), fc.jsonValue(), fc.nat(), fc.nat(3))
    .map(([body, where, value, cut, how]) => {
      const text = JSON.stringify(body);
      if (how === 0) return text;
      if (how === 1) return JSON.stringify(replaceMember(body, where, value));
      const at = cut % (text.length + 1);
      return how === 2 ? text.slice(0, at) : `${text.slice(0, at)}0${text.slice(at + 1)}`;
    });
}

/** JSON texts near the documented ones, and far from them. */
export function mutationsOf(documented: readonly unknown[]): fc.Arbitrary<string> {
  return fc.oneof({ weight: 6, arbitrary: nearTo(documented) }, fc.json(), fc.string());
}

export function hostileTransmission(documented: readonly unknown[]): fc.Arbitrary<Transmission> {
  const statuses = fc.constantFrom(200, 200, 200, 202, 400, 401, 403, 404, 429, 500, 503, 302);
  return fc.oneof(
    {
      weight: 9,
      arbitrary: fc
        .tuple(statuses, mutationsOf(documented))
        .map(([status, text]) => ({ sent: 'replied' as const, status, headers: {}, text })),
    },
    fc.constantFrom<Transmission>(
      { sent: 'not_sent', reason: 'x' },
      { sent: 'unknown', reason: 'x' },
    ),
  );
}

export function replaceMember(body: unknown, where: number, value: unknown): unknown {
  const paths: string[][] = [];
  const walk = (node: unknown, path: string[]) => {
    if (typeof node !== 'object' || node === null) return;
    for (const [name, child] of Object.entries(node)) {
      paths.push([...path, name]);
      walk(child, [...path, name]);
    }
  };
  walk(body, []);
  const copy = structuredClone(body) as Record<string, unknown>;
  const path = paths[where % paths.length] ?? [];
  let node = copy;
  for (const name of path.slice(0, -1)) node = node[name] as Record<string, unknown>;
  node[path.at(-1) ?? 'status'] = value;
  return copy;
}
