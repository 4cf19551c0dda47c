import { join } from 'node:path';
import { compareOnBoth } from '../compare.ts';
import { PYTHON } from '../installations.ts';

await compareOnBoth({
  name: 'confluent-kafka-transactions',
  command: PYTHON,
  args: [join(import.meta.dirname, '..', 'python', 'confluent_transactions.py')],
});
