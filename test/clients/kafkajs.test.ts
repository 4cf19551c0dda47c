import { join } from 'node:path';
import { compareOnBoth } from './compare.ts';

await compareOnBoth({
  name: 'kafkajs',
  command: process.execPath,
  args: [join(import.meta.dirname, 'node', 'kafkajs.ts')],
});
