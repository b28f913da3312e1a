// What every slot is made of, read once for the process: the engine's compiled code, and the prelude without its types.
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { removeTypes } from './remove-types.ts';

export interface SlotParts {
  readonly wasm: WebAssembly.Module;
  readonly prelude: Readonly<Record<string, string>>;
}

let parts: Promise<SlotParts> | null = null;

export function slotParts(): Promise<SlotParts> {
  parts ??= readParts();
  return parts;
}

async function readParts(): Promise<SlotParts> {
  const { resolve } = createRequire(import.meta.url);
  const engine = await readFile(resolve('@jitl/quickjs-wasmfile-release-sync/wasm'));
  const folder = new URL('./sandbox/', import.meta.url);
  const names = (await readdir(folder)).filter((name) => /^[a-z-]+\.ts$/.test(name));
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, folder), 'utf8')));
  const plain = await removeTypes(texts);
  if ('problem' in plain) throw new Error(`the sandbox's own code: ${plain.problem}`);
  return {
    wasm: new WebAssembly.Module(engine),
    prelude: Object.fromEntries(names.map((name, index) => [`./${name}`, plain[index]!])),
  };
}
