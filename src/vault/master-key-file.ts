// The master key of a server that was given none: made once in the data directory, then only read. Servers that start
// at the same moment agree on one key; a key that exists leaves only by `retireOldMasterKeys`.
import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '../kernel/ports.ts';
import { type KeyRing, MASTER_KEY_BYTES, openKeyRing } from './key-ring.ts';
import { readOrCreateSecretFile, readSecretFile, replaceSecretFile } from './secret-file.ts';
import { VaultError } from './vault-error.ts';

const pathIn = (dataDir: string): string => join(dataDir, 'master.key');

/** The text for `openKeyRing`; the file has the form of SWITCHYARD_MASTER_KEY. */
export async function loadOrCreateMasterKey(dataDir: string, random: Random): Promise<string> {
  const path = pathIn(dataDir);
  const text = await readOrCreateSecretFile(path, () => newMasterKey(random), random);
  try {
    openKeyRing(text);
  } catch (error) {
    if (error instanceof VaultError) throw new VaultError(error.code, `${path}: ${error.message}`);
    throw error;
  }
  return text;
}

/** The ring of the file. It follows the file: a rotation needs no restart. */
export async function openMasterKeyFile(dataDir: string, random: Random): Promise<KeyRing> {
  const text = await loadOrCreateMasterKey(dataDir, random);
  return openKeyRing(text, () => {
    try {
      const read = readFileSync(pathIn(dataDir), 'utf8').trim();
      openKeyRing(read);
      return read;
    } catch {
      return null; // gone or unreadable: the keys that are known stay in use
    }
  });
}

/** A new key in front of those that are there. Running servers follow at once. */
export async function addMasterKey(dataDir: string, random: Random): Promise<void> {
  const text = await loadOrCreateMasterKey(dataDir, random);
  await replaceSecretFile(pathIn(dataDir), `${newMasterKey(random)},${text}`, random);
}

/** How long ago the file was changed: a running server needs a moment to follow. */
export async function masterKeyAgeMs(dataDir: string, nowMs: number): Promise<number> {
  return nowMs - (await stat(pathIn(dataDir))).mtimeMs;
}

/**
 * Only the first key stays in use; the others go to `master.key.retired`, for older backups. What they sealed cannot
 * be read any more: the caller has seen that there is nothing.
 */
export async function retireOldMasterKeys(dataDir: string, random: Random): Promise<void> {
  const text = await loadOrCreateMasterKey(dataDir, random);
  const [active = '', ...old] = text.split(',').map((word) => word.trim());
  if (old.length === 0) return;
  const retired = `${pathIn(dataDir)}.retired`;
  const before = await readSecretFile(retired);
  await replaceSecretFile(retired, [...(before ? [before] : []), ...old].join('\n'), random);
  await replaceSecretFile(pathIn(dataDir), active, random);
}

function newMasterKey(random: Random): string {
  return random.bytes(MASTER_KEY_BYTES).toString('base64');
}
