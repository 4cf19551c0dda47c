import { join } from 'node:path';
import { compareOnBoth } from './compare.ts';
import { GO_PROGRAMS } from './installations.ts';

await compareOnBoth({ name: 'sarama', command: join(GO_PROGRAMS, 'sarama'), args: [] });
