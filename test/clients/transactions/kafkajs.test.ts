import { join } from 'node:path';
import { compareOnBoth } from '../compare.ts';

await compareOnBoth({
  name: 'kafkajs-transactions',
  command: process.execPath,
  args: [join(import.meta.dirname, '..', 'node', 'kafkajs-transactions.ts')],
});
