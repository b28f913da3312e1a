// `postgres.log` in the data directory: where Postgres writes even when its server is gone. Bounded;
// settings.ts keeps the values of statements out of it.
import { openSync, readFileSync, statSync, truncateSync } from 'node:fs';

const BYTES_MAX = 1_000_000;
const BRIEF_CHARS = 300;

export function openLog(path: string): number {
  const fd = openSync(path, 'a', 0o600);
  if (statSync(path).size > BYTES_MAX) truncateSync(path);
  return fd;
}

/** Why it ended: the last fatal line written from a position on, or else all of it, in brief. */
export function lastWords(path: string, from: number): string {
  const text = readFileSync(path).subarray(from).toString('utf8').trim();
  const fatal = text.split('\n').findLast((line) => /(FATAL|PANIC|error): /.test(line));
  const message = (fatal ?? text).replace(/^.*?(FATAL|PANIC|error|postgres): +/, '');
  const brief = message.replace(/\s+/g, ' ').slice(0, BRIEF_CHARS).replace(/\.$/, '');
  return brief || 'it left no message';
}
