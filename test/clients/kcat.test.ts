import { join } from 'node:path';
import { compareOnBoth, compareSecured } from './compare.ts';
import { kcatEnv } from './installations.ts';

const program = {
  name: 'kcat',
  command: process.execPath,
  args: [join(import.meta.dirname, 'node', 'kcat.ts')],
  env: kcatEnv(),
};
await Promise.all([
  compareOnBoth(program),
  // SCRAM fails with Debian's librdkafka, 2.0.2, wherever it connects; confluent-kafka has a newer one.
  compareSecured(program, 'PLAIN', ['produce with every codec', 'produce by key', 'groups']),
]);
