import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { mutantNamed, mutated } from './mutant.ts';

/*
 * Loaded before all else (`node --import`): the module that the mutant named by the environment is of is loaded with its
 * text replaced. No file changes.
 */
const mutant = mutantNamed(process.env.MILLRACE_MUTANT ?? '');

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.startsWith('file:') || !fileURLToPath(url).endsWith(`/${mutant.file}`)) return loaded;
    return { ...loaded, source: mutated(mutant, String(loaded.source)) };
  },
});
