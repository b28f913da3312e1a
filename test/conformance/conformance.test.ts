// Every connector against its simulator, with the same cases (DESIGN section 7). `-u` writes the matrix.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectors } from '../../src/connectors/registry.ts';
import { audit } from './audit.ts';
import { matrix, Proofs } from './matrix.ts';
import { Merchant } from './merchant.ts';
import { type Psps, startPsps } from './psps.ts';
import { subjects } from './subjects.ts';
import { suite } from './suite.ts';

const proofs = new Proofs();
let psps: Psps;
let merchants = 0;

beforeAll(async () => {
  psps = await startPsps();
});
afterAll(() => psps.close());

describe.each(subjects.map((subject) => [subject.connector.manifest.name, subject] as const))(
  '%s',
  (_name, subject) => {
    const { provider } = subject.connector.manifest;
    describe.each(Object.entries(suite))('%s', (_noun, cases) => {
      it.each(cases(subject).map((one) => [one.name, one] as const))('%s', async (_name, one) => {
        const merchant = new Merchant(subject, psps, `m${++merchants}`);
        await one.run(merchant);
        psps.simulators.clearFaults();
        await audit(merchant);
        proofs.add(provider, one.proves ?? []);
      });
    });
  },
);

describe('matrix', () => {
  it('has every connector', () => {
    const tried = subjects.map(({ connector }) => connector.manifest.provider);
    expect(tried.toSorted()).toEqual([...connectors.keys()].toSorted());
  });

  it('rests on cases that each have a name of their own', () => {
    for (const subject of subjects)
      for (const cases of Object.values(suite)) {
        const names = cases(subject).map(({ name }) => name);
        expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
      }
  });

  it('has a proof or a reason for every row of every connector', () => {
    for (const subject of subjects) expect(proofs.faults(subject)).toEqual([]);
  });

  it('is current in docs/connectors/matrix.md', async () => {
    const path = '../../docs/connectors/matrix.md';
    await expect(matrix(proofs, subjects)).toMatchFileSnapshot(path);
  });
});
