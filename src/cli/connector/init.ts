// `switchyard connector init`: a folder with a connector that works, and its tests. It never writes over anything.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandError } from '../fault.ts';
import { declarations } from './types.ts';

const TEMPLATE = fileURLToPath(new URL('./template', import.meta.url));

export function initConnector(name: string, { dir }: { readonly dir?: string }): void {
  const shown = relative(process.cwd(), makeFolder(name, dir)) || '.';
  process.stdout.write(`${shown} has a connector for Example Pay, a PSP that does not exist, and its tests.

  switchyard connector test ${shown}
`);
}

/** Answers where it is. */
export function makeFolder(name: string, dir = name): string {
  const path = resolve(dir);
  const key = basename(name).toLowerCase();
  if (!/^[a-z0-9-]{2,40}$/.test(key))
    throw new CommandError(
      `${name}: a name has 2 to 40 lower-case letters, digits and hyphens, because it becomes the connector's key.`,
    );
  if (existsSync(path)) throw new CommandError(`${path} is there already: nothing was written.`);
  mkdirSync(path, { recursive: true });
  cpSync(TEMPLATE, path, { recursive: true });
  const file = join(path, 'connector.json');
  const words = { key, name: titled(key), id: key.replaceAll('-', '_') };
  const text = readFileSync(file, 'utf8').replace(
    /@(key|name|id)@/g,
    (_, word: keyof typeof words) => words[word],
  );
  writeFileSync(file, text);
  writeFileSync(join(path, 'switchyard.d.ts'), declarations());
  return path;
}

/** `my-psp` -> `My Psp`. */
function titled(key: string): string {
  return key
    .split('-')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join(' ');
}
