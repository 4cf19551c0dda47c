import { join } from 'node:path';
import { compareOnBoth } from './compare.ts';
import { PYTHON } from './installations.ts';

// librdkafka is inside its wheel, so this stands for kcat and all else that is built on librdkafka, too.
await compareOnBoth({
  name: 'confluent-kafka',
  command: PYTHON,
  args: [join(import.meta.dirname, 'python', 'confluent.py')],
});
