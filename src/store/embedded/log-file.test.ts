import { closeSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lastWords, openLog } from './log-file.ts';

const base = mkdtempSync(join(tmpdir(), 'switchyard-log-'));
const path = join(base, 'postgres.log');
afterAll(() => rmSync(base, { recursive: true, force: true }));

describe('the log of Postgres', () => {
  it('is for its owner only and begins anew when it has grown large', () => {
    closeSync(openLog(path));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    writeFileSync(path, 'x'.repeat(1_000_001));
    closeSync(openLog(path));
    expect(statSync(path).size).toBe(0);
  });

  it('tells the last fatal line of the last start', () => {
    const before = '2026-01-05 10:00:00.000 UTC [7] FATAL:  from another start\n';
    const now = `2026-01-05 10:15:18.123 UTC [9] LOG:  starting PostgreSQL 18.4
2026-01-05 10:15:18.124 UTC [9] FATAL:  could not create any Unix-domain sockets
2026-01-05 10:15:18.125 UTC [9] LOG:  database system is shut down
`;
    writeFileSync(path, before + now);
    expect(lastWords(path, before.length)).toBe('could not create any Unix-domain sockets');
  });

  it('tells in one line what was said before the log had a form', () => {
    writeFileSync(path, 'postgres: could not find the database system\nExpected it in "/data".\n');
    expect(lastWords(path, 0)).toBe('could not find the database system Expected it in "/data"');
    expect(lastWords(path, statSync(path).size)).toBe('it left no message');
  });
});
