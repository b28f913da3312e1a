// The gate: everything a change must pass, in order of how fast it answers. Runs every step even when one fails, so
// that one run tells everything. Words after `npm test --` go to the tests (`npm test -- src/vault`).
import { spawnSync } from 'node:child_process';

const STEPS = [
  ['types', 'tsc -p .'],
  ['lint: correctness and the import rule', 'oxlint'],
  ['lint: format and style', 'biome check --error-on-warnings .'],
  ['dead code', 'knip'],
  ['dead code: only tests use it', 'knip --production --include files,dependencies'],
  ['tests', ['vitest run', ...process.argv.slice(2).map(quoted)].join(' ')],
] as const;

const failed: string[] = [];
for (const [name, command] of STEPS) {
  process.stdout.write(`\n=== ${name}: ${command}\n`);
  // npm puts node_modules/.bin first in PATH, so these are the locked versions.
  const { status } = spawnSync(command, { shell: true, stdio: 'inherit' });
  if (status !== 0) failed.push(name);
}
process.stdout.write(
  `\n=== gate: ${failed.length === 0 ? 'passed' : `failed at ${failed.join('; ')}`}\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

function quoted(word: string): string {
  return /^[\w./:=-]+$/.test(word) ? word : JSON.stringify(word);
}
