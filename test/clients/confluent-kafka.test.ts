import { join } from 'node:path';
import { compareOnBoth, compareSecured } from './compare.ts';
import { PYTHON } from './installations.ts';

// librdkafka is inside its wheel, so this stands for kcat and all else that is built on librdkafka, too.
const program = {
  name: 'confluent-kafka',
  command: PYTHON,
  args: [join(import.meta.dirname, 'python', 'confluent.py')],
};
await Promise.all([
  compareOnBoth(program),
  compareSecured(program, 'SCRAM-SHA-512', [
    'produce with every codec',
    'idempotent producing',
    'partitioning by key',
    'group with cooperative-sticky',
  ]),
]);
