import { join } from 'node:path';
import { compareOnBoth } from '../compare.ts';
import { GO_PROGRAMS } from '../installations.ts';

await compareOnBoth({ name: 'sarama-transactions', command: join(GO_PROGRAMS, 'saramatxn'), args: [] });
