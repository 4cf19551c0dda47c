import { join } from 'node:path';
import { compareOnBoth } from '../compare.ts';

await compareOnBoth({
  name: 'platformatic-transactions',
  command: process.execPath,
  args: [join(import.meta.dirname, '..', 'node', 'platformatic-transactions.ts')],
});
