// Proof that the house rules fire: a small tree with one fault a file is linted with the real configuration.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

interface Report {
  diagnostics: { filename: string; code: string; message: string }[];
}

/** File -> source and, when it is a fault, the rule that must name it. */
const FAULTS: Record<string, [source: string, rule: string]> = {
  'src/kernel/to-domain.ts': [`import '../domain/a.ts';`, 'layers'],
  'src/domain/payment/to-store.ts': [`import { a } from '../../store/a.ts';`, 'layers'],
  'src/domain/to-flows.ts': [`import type { a } from '../flows/a.ts';`, 'layers'],
  'src/flows/to-api.ts': [`export * from '../api/server.ts';`, 'layers'],
  'src/flows/charge/to-work.ts': [`export { a } from '../../work/a.ts';`, 'layers'],
  'src/flows/to-simulators.ts': [`const a = await import('../simulators/a.ts');`, 'layers'],
  'src/store/to-flows.ts': [`import '../flows/a.ts';`, 'layers'],
  'src/store/to-vault.ts': [`import '../vault/a.ts';`, 'layers'],
  'src/vault/to-store.ts': [`import '../store/a.ts';`, 'layers'],
  'src/connectors/paystack/to-store.ts': [`import '../../store/a.ts';`, 'layers'],
  'src/connectors/paystack/to-simulators.ts': [`import '../../simulators/a.ts';`, 'layers'],
  'src/simulators/paystack/to-connectors.ts': [`import '../../connectors/a.ts';`, 'layers'],
  'src/simulators/to-domain.ts': [`import '../domain/a.ts';`, 'layers'],
  'src/api/reevit/to-connxt.ts': [`import '../connxt/a.ts';`, 'layers'],
  'src/api/shared-to-surface.ts': [`import './formance/a.ts';`, 'layers'],
  'src/api/formance/to-connectors.ts': [`import '../../connectors/a.ts';`, 'layers'],
  'src/api/reevit/to-work.ts': [`import '../../work/a.ts';`, 'layers'],
  'src/work/to-api.ts': [`import '../api/server.ts';`, 'layers'],
  'src/main.ts': [`import './cli/main.ts';`, 'layers'],
  'src/cli/to-main.ts': [`import './main.ts';`, 'layers'],
  'src/flows/type-query.ts': [`export type A = import('../api/a.ts').A;`, 'layers'],
  'src/flows/to-tests.ts': [`import '../../test/a.ts';`, 'layers'],
  'src/misc/anything.ts': [`import '../kernel/a.ts';`, 'layers'],
  'src/domain/now.ts': ['export const a = Date.now();', 'no-ambient'],
  'src/flows/computed-now.ts': [`export const a = Date['now']();`, 'no-ambient'],
  'src/store/new-date.ts': ['export const a = new Date();', 'no-ambient'],
  'src/api/date-text.ts': ['export const a = Date();', 'no-ambient'],
  'src/connectors/random.ts': ['export const a = Math.random();', 'no-ambient'],
  'src/vault/bytes.ts': [
    `import { randomBytes } from 'node:crypto';\nexport const a = randomBytes(1);`,
    'no-ambient',
  ],
  'src/work/uuid.ts': ['export const a = crypto.randomUUID();', 'no-ambient'],
  'src/connectors/fetch.ts': [`export const a = fetch('https://example.com');`, 'no-ambient'],
  'src/flows/fetch-value.ts': ['export const a = { send: fetch };', 'no-ambient'],
  'src/flows/timer.ts': ['setTimeout(() => undefined, 1);', 'pure'],
  'src/domain/timers.ts': [`import 'node:timers/promises';`, 'pure'],
  'src/api/undici.ts': [`import { request } from 'undici';\nexport const a = request;`, 'pure'],
};

/** Files that look alike and are allowed. */
const CLEAN: Record<string, string> = {
  'src/kernel/inside.ts': `import './a.ts';`,
  'src/domain/payment/inwards.ts': `import '../../kernel/a.ts';\nimport '../attempt/a.ts';`,
  'src/flows/all.ts': `import '../store/a.ts';\nimport '../vault/a.ts';\nimport '../connectors/a.ts';`,
  'src/api/reevit/own.ts': `import './payments/a.ts';\nimport '../server.ts';\nimport '../../flows/a.ts';`,
  'src/simulators/paystack/own.ts': `import '../a.ts';\nimport '../../kernel/a.ts';`,
  'src/cli/start.ts': `import '../main.ts';\nimport '../simulators/a.ts';`,
  'src/domain/some.test.ts': `import '../flows/a.ts';\nexport const a = Date.now();`,
  'src/kernel/ports.ts': 'export const a = Date.now();',
  'src/connectors/transport.ts': 'setTimeout(() => undefined, 1);',
  'src/domain/given-date.ts': `export const a = new Date(0), b = (fetch: () => void) => fetch();`,
};

let tree: string;
let found: Map<string, string[]>;

beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), 'switchyard-house-'));
  const config = JSON.parse(readFileSync(join(root, '.oxlintrc.json'), 'utf8'));
  config.jsPlugins = [join(root, 'test/house/oxlint-plugin.ts')];
  write('.oxlintrc.json', JSON.stringify(config));
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
  for (const [file, [source]] of Object.entries(FAULTS)) write(file, source);
  for (const [file, source] of Object.entries(CLEAN)) write(file, source);
  found = lint();
});

afterAll(() => rmSync(tree, { recursive: true, force: true }));

describe('the house rules', () => {
  it.each(Object.entries(FAULTS))('%s is refused', (file, [, rule]) => {
    expect(found.get(file)).toContain(`house(${rule})`);
  });

  it.each(Object.keys(CLEAN))('%s is allowed', (file) => {
    expect(found.get(file) ?? []).toEqual([]);
  });
});

function write(file: string, content: string): void {
  const path = join(tree, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${content}\n`);
}

/** Codes of the house rules' findings by file. */
function lint(): Map<string, string[]> {
  const oxlint = join(root, 'node_modules/oxlint/bin/oxlint');
  const { stdout } = spawnSync(process.execPath, [oxlint, '--format', 'json'], {
    cwd: tree,
    encoding: 'utf8',
  });
  const byFile = new Map<string, string[]>();
  for (const { filename, code } of (JSON.parse(stdout) as Report).diagnostics) {
    if (!code.startsWith('house(')) continue;
    const file = filename.replaceAll('\\', '/');
    byFile.set(file, [...(byFile.get(file) ?? []), code]);
  }
  return byFile;
}
