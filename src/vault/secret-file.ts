// A file that holds one secret: for its owner only, made whole or not at all, never replaced by accident.
import { chmod, link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Random } from '../kernel/ports.ts';
import { VaultError } from './vault-error.ts';

/** The text without the line's end; null when there is no such file. Refused when other users can use it. */
export async function readSecretFile(path: string): Promise<string | null> {
  let text: string;
  try {
    text = (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
  await refuseOpenDoor(path);
  return text;
}

/** What lies there, made now when nothing does. Processes that come at the same moment get the same text. */
export async function readOrCreateSecretFile(
  path: string,
  make: () => string,
  random: Random,
): Promise<string> {
  const existing = await readSecretFile(path);
  if (existing !== null) return existing;
  await mkdir(dirname(path), { recursive: true });
  await withDraft(path, make(), random, async (draft) => {
    try {
      await link(draft, path); // the name appears with its content, and only once
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error; // another process was first: its text it is
    }
  });
  const text = await readSecretFile(path);
  if (text === null) throw new VaultError('bad_file', `${path} vanished while it was made`);
  return text;
}

/** After a crash the file holds the old text or the new one, whole. */
export async function replaceSecretFile(path: string, text: string, random: Random): Promise<void> {
  await withDraft(path, text, random, (draft) => rename(draft, path));
}

/** A file beside `path` with the text, durable, for its owner only; removed when it is still there afterwards. */
async function withDraft(
  path: string,
  text: string,
  random: Random,
  use: (draft: string) => Promise<void>,
): Promise<void> {
  const draft = `${path}.${process.pid}.${random.bytes(8).toString('hex')}`;
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(`${text}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await chmod(draft, 0o600); // whatever the umask is
    await use(draft);
  } finally {
    await rm(draft, { force: true });
  }
  await syncDirectory(dirname(path));
}

async function refuseOpenDoor(path: string): Promise<void> {
  if (process.platform === 'win32') return; // no mode bits there
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0) return;
  throw new VaultError(
    'bad_file',
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
