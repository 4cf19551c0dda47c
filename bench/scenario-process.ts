/** Runs one scenario in this process, which is its alone: no scenario sees the heap, or the compiled code, of another. */
import { FULL, QUICK } from './harness.ts';
import { SCENARIOS } from './scenarios/index.ts';

const [name = '', folder = '', effort] = process.argv.slice(2);
const tables = await SCENARIOS[name]!({ effort: effort === 'quick' ? QUICK : FULL, folder });
process.send!(tables, () => process.disconnect());
