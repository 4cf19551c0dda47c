import { compareOnBoth, compareSecured } from '../compare.ts';
import { javaArgs } from '../installations.ts';

const program = { name: 'java-transactions', command: 'java', args: javaArgs('Transactions') };
await Promise.all([
  compareOnBoth(program),
  compareSecured(program, 'SCRAM-SHA-512', ['commit and abort', 'consume, transform, produce']),
]);
