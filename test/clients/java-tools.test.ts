import { compareOnBoth } from './compare.ts';
import { javaArgs } from './installations.ts';

await compareOnBoth({ name: 'java-tools', command: 'java', args: javaArgs('Tools') });
