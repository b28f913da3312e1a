// How much space the database's disk has. Postgres asks for 16 MiB at once for its log.
import { statfsSync } from 'node:fs';

const NEEDED_BYTES = 32 * 1024 * 1024;

export function freeBytes(dir: string): number {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize;
}

export function isDiskFull(dir: string): boolean {
  return freeBytes(dir) < NEEDED_BYTES;
}
