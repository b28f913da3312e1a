// The master key of a server that was given none: made once in the data directory, then only read. Servers that start
// at the same moment agree on one key, and a key that exists is never replaced.
import { chmod, link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '../kernel/ports.ts';
import { MASTER_KEY_BYTES, openKeyRing } from './key-ring.ts';
import { VaultError } from './vault-error.ts';

const FILE = 'master.key';

/** The text for `openKeyRing`; the file has the form of SWITCHYARD_MASTER_KEY. */
export async function loadOrCreateMasterKey(dataDir: string, random: Random): Promise<string> {
  const path = join(dataDir, FILE);
  const existing = await load(path);
  if (existing !== null) return existing;
  await create(dataDir, path, random);
  const text = await load(path); // what lies there, which another server may have made
  if (text === null) throw new VaultError('bad_master_key', `${path} vanished while it was made`);
  return text;
}

async function load(path: string): Promise<string | null> {
  let text: string;
  try {
    text = (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
  await refuseOpenDoor(path);
  try {
    openKeyRing(text);
  } catch (error) {
    if (error instanceof VaultError) throw new VaultError(error.code, `${path}: ${error.message}`);
    throw error;
  }
  return text;
}

/** Written whole and durable under another name, then linked: the name appears with its content, and only once. */
async function create(dataDir: string, path: string, random: Random): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const draft = `${path}.${process.pid}.${random.bytes(8).toString('hex')}`;
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(`${random.bytes(MASTER_KEY_BYTES).toString('base64')}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await chmod(draft, 0o600); // whatever the umask is
    await link(draft, path);
    await syncDirectory(dataDir);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error; // another server was first: its key it is
  } finally {
    await rm(draft, { force: true });
  }
}

async function refuseOpenDoor(path: string): Promise<void> {
  if (process.platform === 'win32') return; // no mode bits there
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0) return;
  throw new VaultError(
    'bad_master_key',
    `${path} can be used by other users (mode ${(mode & 0o777).toString(8)}): run \`chmod 600\` on it`,
  );
}

/** Without this, a power cut may forget the name of a key that secrets were already sealed with. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return; // directories cannot be opened there
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
