// Takes the types out of TypeScript, with the parser that Node itself uses. In a thread of its own: a text made to
// break the parser breaks only that.
import { Worker } from 'node:worker_threads';

const DEADLINE_MS = 5_000;

/** The texts without types, in the same places; or why one of them has none. Never rejects. */
export function removeTypes(
  texts: readonly string[],
): Promise<readonly string[] | { readonly problem: string }> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./type-remover.ts', import.meta.url), {
      workerData: texts,
      env: {},
      argv: [],
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: 128, stackSizeMb: 4 },
    });
    const finish = (found: readonly string[] | { readonly problem: string }) => {
      clearTimeout(timer);
      resolve(found);
      void worker.terminate();
    };
    const timer = setTimeout(() => finish({ problem: 'reading it takes too long' }), DEADLINE_MS);
    worker.once('message', finish);
    worker.once('error', () => finish({ problem: 'it cannot be read as TypeScript' }));
    worker.once('exit', () => finish({ problem: 'it cannot be read as TypeScript' }));
  });
}
