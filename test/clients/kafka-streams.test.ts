import { compareOnBoth } from './compare.ts';
import { javaArgs } from './installations.ts';

await compareOnBoth({ name: 'kafka-streams', command: 'java', args: javaArgs('WordCount', 'at_least_once') });
