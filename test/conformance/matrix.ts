// The capability matrix, written from what the cases proved: nothing in it is somebody's word.
import { type Proof, type Row, rows } from './rows.ts';
import type { Subject } from './subject.ts';

/** Longer lists are counted: the manifest has them. */
const LISTED_MAX = 20;

export class Proofs {
  readonly #byProvider = new Map<string, Map<Row, Set<string>>>();

  add(provider: string, proofs: readonly Proof[]): void {
    for (const { row, detail } of proofs) {
      const details = this.#of(provider, row) ?? new Set();
      if (detail !== undefined) details.add(detail);
      const byRow = this.#byProvider.get(provider) ?? new Map<Row, Set<string>>();
      this.#byProvider.set(provider, byRow.set(row, details));
    }
  }

  /** Rows that are neither proved nor explained, or both. */
  faults({ connector, cannot }: Subject): string[] {
    const { provider } = connector.manifest;
    return (Object.keys(rows) as Row[]).flatMap((row) => {
      const proved = this.#of(provider, row) !== undefined;
      if (proved === row in cannot) return [`${row} is ${proved ? 'proved and denied' : 'open'}`];
      return [];
    });
  }

  cell({ connector, cannot }: Subject, row: Row): string {
    const details = this.#of(connector.manifest.provider, row);
    if (details === undefined) return `no: ${cannot[row] ?? 'not proved'}`;
    if (details.size === 0) return 'yes';
    return details.size > LISTED_MAX ? `${details.size}` : [...details].toSorted().join(', ');
  }

  #of(provider: string, row: Row): Set<string> | undefined {
    return this.#byProvider.get(provider)?.get(row);
  }
}

export function matrix(proofs: Proofs, subjects: readonly Subject[]): string {
  const names = subjects.map(({ connector }) => connector.manifest.name);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const body = (Object.entries(rows) as [Row, string][]).map(([row, label]) =>
    line([label, ...subjects.map((subject) => proofs.cell(subject, row))]),
  );
  return `# What the connectors can do

Written by the conformance suite (\`test/conformance\`) from the cases that passed against the simulators; a test checks
that it is current. To write it again: \`npx vitest run test/conformance -u\`. Sections are those of the PSP's own file.

${[line(['', ...names]), line(['---', ...names.map(() => '---')]), ...body].join('\n')}
`;
}
