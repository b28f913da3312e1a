// What a benchmark found: rows that stand beside their control and their aim, as a table for people and as JSON.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Machine } from './machine.ts';

export interface Finding {
  readonly part: string;
  readonly what: string;
  readonly measured: number;
  readonly unit: string;
  readonly control: { readonly name: string; readonly value: number; readonly unit: string } | null;
  /** Measured divided by control: for rates more is better, for times less. */
  readonly ratio: number | null;
  readonly aim: { readonly of: Aim['of']; readonly text: string; readonly met: boolean } | null;
}

export interface Report {
  readonly machine: Machine;
  /** Few numbers over a short time: to see that it works, not to quote. */
  readonly quick: boolean;
  readonly findings: readonly Finding[];
}

interface Measured {
  readonly part: string;
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly control?: { readonly name: string; readonly value: number; readonly unit?: string };
}

export interface Aim {
  readonly of: 'ratio' | 'measured';
  readonly atLeast?: number;
  readonly atMost?: number;
}

export function finding({ part, what, value, unit, control }: Measured, aim?: Aim): Finding {
  const ratio = control && control.value > 0 ? value / control.value : null;
  return {
    part,
    what,
    measured: value,
    unit,
    ratio,
    control: control
      ? {
          unit,
          ...control,
        }
      : null,
    aim: aim ? judged(aim, aim.of === 'ratio' ? (ratio ?? Number.NaN) : value, unit) : null,
  };
}

function judged({ of, atLeast, atMost }: Aim, value: number, unit: string) {
  const bound = atLeast ?? atMost ?? 0;
  const text = `${of} ${atLeast === undefined ? '≤' : '≥'} ${bound}${of === 'ratio' ? '' : ` ${unit}`}`;
  return { of, text, met: atLeast === undefined ? value <= bound : value >= bound };
}

const HEAD = ['', 'measured', 'ratio to control', 'control', 'aim'] as const;

export function tableOf({ findings }: Report): string {
  const rows = findings.map(({ part, what, measured, unit, control, ratio, aim }) => [
    `${part}: ${what}`,
    `${rounded(measured)} ${unit}`,
    ratio === null ? '' : rounded(ratio),
    control ? `${rounded(control.value)} ${control.unit} (${control.name})` : '',
    aim ? `${aim.text}: ${aim.met ? 'met' : 'MISSED'}` : '',
  ]);
  const widths = HEAD.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(HEAD), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** Three digits that count. */
function rounded(value: number): string {
  return value >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

const RESULTS = fileURLToPath(new URL('./RESULTS.md', import.meta.url));

/** Writes bench/RESULTS.md. */
export async function record(report: Report): Promise<string> {
  const { machine, findings, quick } = report;
  const ratios = { ...report, findings: findings.filter(({ ratio }) => ratio !== null) };
  const short = ratios.findings.map(
    ({ part, what, ratio, aim }) =>
      `- ${part}, ${what}: **${rounded(ratio ?? 0)}**${aim?.of === 'ratio' ? ` (aim: ${aim.text.slice('ratio '.length)})` : ''}`,
  );
  const text = `# Results

Written by \`npm run bench -- --record\`${quick ? ' with `--quick`: few numbers, not to be quoted' : ''}.
The machine is shared and noisy: what counts is the ratio of a number to its control, which was measured in the same
run, in turns with it. Absolute numbers are those of this machine on this day.

- date: ${machine.date}
- processor: ${machine.cores} × ${machine.processor}; memory ${machine.memoryGb} GB; ${machine.system}
- load before the run: ${machine.loadBefore} of ${machine.cores} cores
- Node ${machine.node}; Postgres ${machine.postgres}, with fsync, as the server starts it
- commit: ${machine.commit}

## Ratios to the control

For rates more is better, for times less.

${short.join('\n')}

## All numbers

${tableOf(report)}
`;
  await writeFile(RESULTS, text);
  return RESULTS;
}
