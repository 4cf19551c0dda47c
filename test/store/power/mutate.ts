import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { mutated } from '../../sim/mutants/mutant.ts';
import { DISK_MUTANTS } from './mutants.ts';

/* Loaded before all else, as the simulator's loader is: the mutant's module is loaded with its text replaced. */
const mutant = DISK_MUTANTS.find(({ name }) => name === process.env.MILLRACE_POWER_MUTANT)!;

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.startsWith('file:') || !fileURLToPath(url).endsWith(`/${mutant.file}`)) return loaded;
    return { ...loaded, source: mutated(mutant, String(loaded.source)) };
  },
});
