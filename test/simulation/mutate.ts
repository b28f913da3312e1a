// Loaded before the server (`node --import`): puts the defect that SWITCHYARD_MUTANT names into the file it is about.
import { registerHooks } from 'node:module';
import { MUTANTS } from './mutants.ts';

const mutant = MUTANTS.find(({ name }) => name === process.env.SWITCHYARD_MUTANT);
if (!mutant) throw new Error(`no mutant ${process.env.SWITCHYARD_MUTANT}`);
const url = new URL(`../../src/${mutant.file}`, import.meta.url).href;

registerHooks({
  load: (asked, context, next) => {
    const loaded = next(asked, context);
    if (asked !== url) return loaded;
    const source = String(loaded.source);
    if (source.split(mutant.find).length !== 2)
      throw new Error(`${mutant.file} has no longer, or not only once: ${mutant.find}`);
    return { ...loaded, source: source.replace(mutant.find, () => mutant.replace) };
  },
});
