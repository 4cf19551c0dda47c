import { compareOnBoth } from './compare.ts';
import { javaArgs } from './installations.ts';

await compareOnBoth({ name: 'java-clients', command: 'java', args: javaArgs('Clients') });
