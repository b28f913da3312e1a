#!/usr/bin/env node
// The `switchyard` command: keeps what Node makes of the sources, and runs program.ts. The first run strips the types of
// a thousand files and compiles them; every later one finds that done, and a file that was changed is done again. Kept
// beside the packages, where only those may write who may change the sources too; where nobody may, it is done each time.
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/switchyard', import.meta.url)));
await import('./program.ts');
