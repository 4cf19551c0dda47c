import { join } from 'node:path';
import { compareOnBoth } from '../compare.ts';
import { GO_PROGRAMS } from '../installations.ts';

await compareOnBoth({ name: 'franz-go-transactions', command: join(GO_PROGRAMS, 'franztxn'), args: [] });
