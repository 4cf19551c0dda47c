import { join } from 'node:path';
import { compareOnBoth, compareSecured } from './compare.ts';
import { GO_PROGRAMS } from './installations.ts';

const program = { name: 'sarama', command: join(GO_PROGRAMS, 'sarama'), args: [] };
await Promise.all([
  compareOnBoth(program),
  compareSecured(program, 'SCRAM-SHA-512', ['produce with every codec', 'produce by key', 'group with range']),
  compareSecured(program, 'PLAIN', ['idempotent producing']),
]);
