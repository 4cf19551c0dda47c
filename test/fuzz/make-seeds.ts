import { keepSeeds } from './corpus.ts';
import { TARGET_NAMES, targetNamed } from './targets/index.ts';

/*
 * node test/fuzz/make-seeds.ts: keeps the seeds that targets have and the corpus has not. Those that are there stay as they
 * are: they are what an earlier version wrote, and must be read for ever.
 */
for (const name of TARGET_NAMES) {
  const added = keepSeeds(await targetNamed(name));
  console.log(`${name}: ${added.length === 0 ? 'all kept' : `added ${added.join(', ')}`}`);
}
