import { join } from 'node:path';
import { compareOnBoth } from '../compare.ts';
import { PYTHON } from '../installations.ts';

await compareOnBoth({
  name: 'kafka-python-transactions',
  command: PYTHON,
  args: [join(import.meta.dirname, '..', 'python', 'kafka_python_transactions.py')],
});
