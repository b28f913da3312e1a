// Prints every statement that a module of src/store holds as a constant, as JSON. A program of its own, because it has
// each of those modules also export all its constants.
import { readdirSync } from 'node:fs';
import { registerHooks } from 'node:module';
import type { Statement } from '../../src/store/db.ts';

const folder = new URL('../../src/store/', import.meta.url);

registerHooks({
  load: (asked, context, next) => {
    const loaded = next(asked, context);
    if (!asked.startsWith(folder.href)) return loaded;
    const source = String(loaded.source);
    const names = [...source.matchAll(/^(?:export )?const (\w+)/gm)].map(([, name]) => name);
    return {
      ...loaded,
      source: `${source}\nexport const everyConstant = { ${names.join(', ')} };`,
    };
  },
});

const statements: Statement[] = [];

function gather(value: unknown): void {
  if (value === null || typeof value !== 'object') return;
  if ('name' in value && 'text' in value) statements.push(value as Statement);
  else for (const inner of Object.values(value)) gather(inner);
}

for (const file of readdirSync(folder))
  if (file.endsWith('.ts') && !file.endsWith('.test.ts'))
    gather((await import(new URL(file, folder).href)).everyConstant);
process.stdout.write(JSON.stringify(statements));
