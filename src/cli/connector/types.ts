// `switchyard.d.ts`: the types of `ctx` and `sdk` for editors, taken from the very files that the server is built of.
import { readFileSync } from 'node:fs';

const SCRIPT = new URL('../../connectors/script/', import.meta.url);
/** Where the part of contract.ts ends that scripts have to do with. */
const END = '/** One request of a script';

export function declarations(): string {
  const contract = textOf('contract.ts');
  const sdk = textOf('sdk.ts');
  const end = contract.indexOf(END);
  if (end < 0) throw new Error('contract.ts has changed its order');
  return [
    '// Made by `switchyard connector init`. Types only: nothing of this runs.',
    withoutImports(contract.slice(0, end)),
    withoutImports(sdk),
  ].join('\n');
}

function textOf(name: string): string {
  return readFileSync(new URL(name, SCRIPT), 'utf8');
}

function withoutImports(text: string): string {
  return text.replace(/^import[\s\S]*?;\n/gm, '');
}
