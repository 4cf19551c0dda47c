import { compareOnBoth, compareSecured } from './compare.ts';
import { javaArgs } from './installations.ts';

const program = { name: 'java-clients', command: 'java', args: javaArgs('Clients') };
await Promise.all([
  compareOnBoth(program),
  compareSecured(program, 'SCRAM-SHA-512', ['produce with every codec', 'produce by key', 'group of the new protocol']),
  compareSecured(program, 'a certificate', [
    'large batches and records',
    'produce by key',
    'group with cooperative-sticky',
  ]),
]);
