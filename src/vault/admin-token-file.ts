// The admin token of a server that was given none: made once in the data directory, then only read. It never changes
// by itself, so scripts may keep it; delete the file and restart to get another.
import { join } from 'node:path';
import type { Random } from '../kernel/ports.ts';
import { newSecret } from './secret.ts';
import { readOrCreateSecretFile } from './secret-file.ts';
import { VaultError } from './vault-error.ts';

const CHARACTERS_MIN = 16;

export function adminTokenPath(dataDir: string): string {
  return join(dataDir, 'admin-token');
}

export async function loadOrCreateAdminToken(dataDir: string, random: Random): Promise<string> {
  const path = adminTokenPath(dataDir);
  const token = await readOrCreateSecretFile(path, () => newSecret(random), random);
  if (token.length >= CHARACTERS_MIN && !/\s/.test(token)) return token;
  throw new VaultError(
    'bad_file',
    `${path} does not hold a token of at least ${CHARACTERS_MIN} characters: delete it to get a new one`,
  );
}
