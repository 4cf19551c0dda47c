import { join } from 'node:path';
import { compareOnBoth, compareSecured } from './compare.ts';

const program = {
  name: 'kafkajs',
  command: process.execPath,
  args: [join(import.meta.dirname, 'node', 'kafkajs.ts')],
};
await Promise.all([
  compareOnBoth(program),
  compareSecured(program, 'SCRAM-SHA-512', [
    'produce with every codec',
    'group with rebalances',
    'admin of topics and configs',
  ]),
]);
