// For tests of connectors: documented replies with something wrong in them, and replies of any other kind.
import fc from 'fast-check';
import type { Transmission } from '../src/connectors/transport.ts';

const STATUSES = [200, 200, 200, 201, 400, 401, 404, 422, 429, 500, 302];

/**
 * `documented`: whole bodies, of which one member is replaced, or the text is cut or altered. `claims`: objects that
 * say that money moved, of which one of the members that prove it is missing or wrong.
 */
export function anyTransmission(
  documented: readonly unknown[],
  claims: readonly Record<string, unknown>[],
  wrap: (claim: object) => unknown = (data) => ({ status: 'success', message: 'ok', data }),
): fc.Arbitrary<Transmission> {
  const mutated = fc
    .tuple(fc.constantFrom(...documented), fc.nat(), fc.jsonValue(), fc.nat(), fc.nat(3))
    .map(([body, where, value, cut, how]) => {
      if (how === 0) return JSON.stringify(body);
      if (how === 1) return JSON.stringify(replaceMember(body, where, value));
      const text = JSON.stringify(body);
      const at = cut % (text.length + 1);
      return how === 2 ? text.slice(0, at) : `${text.slice(0, at)}0${text.slice(at + 1)}`;
    });
  const doubtful = fc
    .tuple(
      fc.constantFrom(...claims),
      fc.nat(),
      fc.oneof(fc.constantFrom<unknown>(null, '', 7, 'other', undefined), fc.jsonValue()),
    )
    .map(([claim, where, value]) => {
      const names = Object.keys(claim);
      return JSON.stringify(wrap({ ...claim, [names[where % names.length]!]: value }));
    });
  const text = fc.oneof(doubtful, mutated, fc.json(), fc.string());
  const replied = fc
    .tuple(fc.constantFrom(...STATUSES), text)
    .map(([status, body]): Transmission => ({ sent: 'replied', status, headers: {}, text: body }));
  const lost = fc.constantFrom<Transmission>(
    { sent: 'not_sent', reason: 'x' },
    { sent: 'unknown', reason: 'x' },
  );
  return fc.oneof({ weight: 8, arbitrary: replied }, { weight: 1, arbitrary: lost });
}

function replaceMember(body: unknown, where: number, value: unknown): unknown {
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
