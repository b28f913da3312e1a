// The thread of remove-types.ts.
import { stripTypeScriptTypes } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

function remove(texts: readonly string[]): readonly string[] | { readonly problem: string } {
  try {
    return texts.map((text) => stripTypeScriptTypes(text));
  } catch (error) {
    const said = error instanceof Error ? error.message : 'not TypeScript';
    return { problem: said.slice(0, 1_000) };
  }
}

parentPort!.postMessage(remove(workerData as readonly string[]));
