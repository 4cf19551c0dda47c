import { join } from 'node:path';
import { compareOnBoth, compareSecured } from './compare.ts';
import { GO_PROGRAMS } from './installations.ts';

const program = { name: 'franz-go', command: join(GO_PROGRAMS, 'franz'), args: [] };
await Promise.all([
  compareOnBoth(program),
  compareSecured(program, 'SCRAM-SHA-512', [
    'produce with every codec',
    'produce by key',
    'group with cooperative-sticky',
  ]),
]);
