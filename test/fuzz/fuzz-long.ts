import { parseArgs } from 'node:util';
import { keepInput } from './corpus.ts';
import { TARGET_NAMES, targetNamed } from './targets/index.ts';
import { fuzzWatched } from './watch.ts';

/*
 * The long run, by hand: npm run fuzz -- --seconds 600 --target segment-footers --seed 7. All targets and a seed of its own
 * unless given; `seconds` are for all of them together. What fails is kept in corpus/, where the bounded run finds it.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    target: { type: 'string', multiple: true },
    seed: { type: 'string' },
  },
});
const unknown = values.target?.find((name) => !TARGET_NAMES.includes(name));
if (unknown !== undefined) {
  console.error(`There is no target ${unknown}; there are ${TARGET_NAMES.join(', ')}.`);
  process.exit(2);
}
const targets = values.target ?? TARGET_NAMES;
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const msEach = (Number(values.seconds) * 1_000) / targets.length;
console.log(`seed ${seed}, ${Math.round(msEach / 1_000)} s for each of ${targets.length} targets`);
const done = await fuzzWatched({ targets, seed, msEach }, ({ target, runs, failure }) => {
  console.log(`${target}: ${runs} runs${failure ? '' : ', nothing found'}`);
});
for (const { target, failure } of done) {
  if (!failure) continue;
  const path = keepInput(await targetNamed(target), failure.input);
  console.error(`\n${target}, run ${failure.run}: an input of ${failure.input.length} bytes ${failure.flaw}\n${path}`);
}
process.exit(done.some(({ failure }) => failure) ? 1 : 0);
