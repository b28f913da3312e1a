// The folder by which clients reach the socket. The kernel takes socket paths of about 100 bytes
// only; a deep data directory gets a short private alias in the temporary folder.
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PORT } from './settings.ts';

const PATH_BYTES_MAX = 103;

export interface SocketPath {
  readonly host: string;
  release(): void;
}

export function socketPath(dir: string, temporaryDir = tmpdir()): SocketPath {
  if (fits(dir)) return { host: dir, release: () => undefined };
  // Only the alias is here, so the user who runs Postgres need not be able to enter it.
  const parent = fits(join(temporaryDir, 'switchyard-XXXXXX', 'db')) ? temporaryDir : '/tmp';
  const alias = mkdtempSync(join(parent, 'switchyard-'));
  symlinkSync(dir, join(alias, 'db'));
  return {
    host: join(alias, 'db'),
    release: () => rmSync(alias, { recursive: true, force: true }),
  };
}

function fits(dir: string): boolean {
  return Buffer.byteLength(join(dir, `.s.PGSQL.${PORT}`)) <= PATH_BYTES_MAX;
}
