import { join } from 'node:path';
import { compareOnBoth, compareSecured } from './compare.ts';
import { PYTHON } from './installations.ts';

const program = {
  name: 'kafka-python',
  command: PYTHON,
  args: [join(import.meta.dirname, 'python', 'kafka_python.py')],
};
await Promise.all([
  compareOnBoth(program),
  compareSecured(program, 'SCRAM-SHA-512', ['produce with every codec', 'group with rebalances']),
]);
