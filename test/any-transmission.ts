// For tests of connectors: documented replies with something wrong in them, and replies of any other kind.
import fc from 'fast-check';
import type { Transmission } from '../src/connectors/transport.ts';
import { nearTo } from './hostile-json.ts';

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
  const text = fc.oneof(doubtful, nearTo(documented), fc.json(), fc.string());
  const replied = fc
    .tuple(fc.constantFrom(...STATUSES), text)
    .map(([status, body]): Transmission => ({ sent: 'replied', status, headers: {}, text: body }));
  const lost = fc.constantFrom<Transmission>(
    { sent: 'not_sent', reason: 'x' },
    { sent: 'unknown', reason: 'x' },
  );
  return fc.oneof({ weight: 8, arbitrary: replied }, { weight: 1, arbitrary: lost });
}
