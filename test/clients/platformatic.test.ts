import { join } from 'node:path';
import { compareOnBoth, compareSecured } from './compare.ts';

const program = {
  name: 'platformatic',
  command: process.execPath,
  args: [join(import.meta.dirname, 'node', 'platformatic.ts')],
};
await Promise.all([
  compareOnBoth(program),
  compareSecured(program, 'SCRAM-SHA-512', ['produce with every codec', 'classic group', 'group of the new protocol']),
]);
